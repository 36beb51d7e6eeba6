"""What comes out: a line per invariant for people, the same for programs."""

from dataclasses import asdict, dataclass
from datetime import datetime

from dravo_app import clock
from dravo_app.services.verifying.books import TITLES, UNITS, Books, Finding, Invariant

_SHOWN = 20


@dataclass(frozen=True)
class Line:
    """One invariant: how much was looked at, how much of it is broken, and some of that."""

    name: str
    title: str
    looked_at: int
    unit: str
    broken: int
    findings: list[Finding]
    notes: list[str]


@dataclass(frozen=True)
class Report:
    """`against` says what the database was held against."""

    checked_at: datetime
    against: str
    deliveries: dict[str, int]
    lines: list[Line]

    @property
    def is_ok(self) -> bool:
        return not any(line.broken for line in self.lines)

    def broken(self) -> list[str]:
        """Each finding that was kept, as one string."""
        return [f"{line.name} {one.about}: {one.sentence}" for line in self.lines for one in line.findings]


def make(books: Books, against: str, checked_at: datetime) -> Report:
    lines = [
        Line(
            name=invariant.value,
            title=TITLES[invariant],
            looked_at=books.looked_at[invariant],
            unit=_unit(invariant, books.looked_at[invariant]),
            broken=books.broken[invariant],
            findings=books.findings[invariant],
            notes=books.notes[invariant],
        )
        for invariant in Invariant
    ]
    return Report(checked_at, against, dict(sorted(books.states.items())), lines)


def _unit(invariant: Invariant, number: int) -> str:
    if number == 1:
        return UNITS[invariant].removesuffix("s") if invariant in UNITS else "delivery"
    return UNITS.get(invariant, "deliveries")


def as_text(report: Report) -> list[str]:
    """For people."""
    width = max(len(line.title) for line in report.lines)
    numbers = max(len(f"{line.looked_at:,}") for line in report.lines)
    said = []
    for line in report.lines:
        word = f"{line.broken:,} broken" if line.broken else "ok"
        said.append(f"{line.name} {line.title:<{width}}  {word:<9} {line.looked_at:>{numbers},} {line.unit}")
        said += [f"     {one.about}: {one.sentence}" for one in line.findings[:_SHOWN]]
        if line.broken > _SHOWN:
            said.append(f"     … and {line.broken - _SHOWN:,} more (--json lists {len(line.findings)})")
        said += [f"     {note}" for note in line.notes]
    total = sum(report.deliveries.values())
    states = ", ".join(f"{number:,} {state}" for state, number in report.deliveries.items()) or "none yet"
    return [*said, "", f"{total:,} accepted: {states}.", report.against, _verdict(report)]


def as_json(report: Report) -> dict[str, object]:
    """For programs."""
    return {
        "ok": report.is_ok,
        "checked_at": clock.isoformat(report.checked_at),
        "against": report.against,
        "accepted": sum(report.deliveries.values()),
        "deliveries": report.deliveries,
        "invariants": [{"ok": not line.broken, **asdict(line)} for line in report.lines],
    }


def _verdict(report: Report) -> str:
    broken = [line.name for line in report.lines if line.broken]
    return f"Broken: {', '.join(broken)}." if broken else "All hold."
