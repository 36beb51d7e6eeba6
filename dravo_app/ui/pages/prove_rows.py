"""What the proof's page shows of a run and of its books: plain values, ready to be read by people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dravo_app import clock
from dravo_app.models import Environment
from dravo_app.services.proofs.record import Became, Books, Count, Ending, Fault, Kill, Kind, Line
from dravo_app.services.providers import list_providers

_SHOWN_MOMENTS = 8
_SHOWN = (Kind.FAULT, Kind.KILL)


@dataclass
class MomentRow:
    """One thing that was done to the posts of a run. `kind` is fault or kill."""

    number: int
    kind: str
    words: str
    at: str


@dataclass
class FaultRow:
    """A kind of fault, or a killed worker: how often, and what became of the posts that met it."""

    name: str
    meaning: str
    times: str
    became: str
    is_kill: bool
    is_wrong: bool


@dataclass
class EndingRow:
    """A delivery that isn't published; `until` is ISO 8601 or empty. `is_a_lie`: the world shows it all the same."""

    network: str
    network_name: str
    account: str
    text: str
    sentence: str
    until: str
    seen: str
    is_a_lie: bool


@dataclass
class InvariantRow:
    """One of the things that must hold, as `./dravo verify` words it."""

    title: str
    looked_at: str
    holds: bool


@dataclass
class Progress:
    """How far a run is, in deliveries; the shares are whole percents of what is planned."""

    words: str = ""
    accepted: str = "0"
    under_way: str = "0"
    published: str = "0"
    failed: str = "0"
    published_percent: int = 0
    failed_percent: int = 0
    accepted_percent: int = 0
    faults: str = "0"
    kills: str = "0"


def to_progress(lines: Iterable[Line]) -> Progress:
    """From all that a run has said so far."""
    said = list(lines)
    count = next((line.count for line in reversed(said) if line.count), Count())
    whole = max(1, count.planned)
    return Progress(
        words=next((line.words for line in reversed(said) if line.kind in (Kind.STEP, Kind.BEGAN)), ""),
        accepted=f"{count.accepted} of {count.planned}" if count.planned else "0",
        under_way=str(count.under_way),
        published=str(count.published),
        failed=str(count.failed),
        published_percent=100 * count.published // whole,
        failed_percent=100 * count.failed // whole,
        accepted_percent=100 * count.accepted // whole,
        faults=str(sum(line.kind is Kind.FAULT for line in said)),
        kills=str(sum(line.kind is Kind.KILL for line in said)),
    )


def to_moments(lines: Iterable[Line]) -> list[MomentRow]:
    """The latest first."""
    shown = [line for line in lines if line.kind in _SHOWN]
    numbered = list(enumerate(shown))[-_SHOWN_MOMENTS:]
    return [
        MomentRow(
            number=number,
            kind=line.kind.value,
            words=line.words,
            at=f"{line.at_seconds:.1f} s",
        )
        for number, line in reversed(numbered)
    ]


def to_fault_rows(books: Books) -> list[FaultRow]:
    """Killed workers first: they are what most programs fear most."""
    return [*(_kill_row(kill) for kill in books.kills), *(_fault_row(fault) for fault in books.faults)]


def to_ending_rows(books: Books) -> list[EndingRow]:
    names = {view.provider: view.name for view in list_providers(Environment.TEST)}
    return [_ending_row(ending, names) for ending in books.endings]


def to_invariant_rows(books: Books) -> list[InvariantRow]:
    return [
        InvariantRow(one.title[:1].upper() + one.title[1:], f"{one.looked_at:,} {one.unit}", one.broken == 0)
        for one in books.invariants
    ]


def began_at(books: Books) -> str:
    return clock.isoformat(books.began_at)


def _kill_row(kill: Kill) -> FaultRow:
    held = f"with {_posts(kill.under_way)} in its hands" if kill.under_way else "between two posts"
    lost = f", {kill.answers_lost} with an answer that never came" if kill.answers_lost else ""
    return FaultRow(
        name="kill -9",
        meaning=f"Worker {kill.worker} was killed {held}{lost}",
        times=f"after {kill.at_seconds:.0f} s",
        became=_became(kill.became) or "nothing to lose",
        is_kill=True,
        is_wrong=kill.became.wrong > 0,
    )


def _fault_row(fault: Fault) -> FaultRow:
    chance = f", {fault.by_chance} by chance" if fault.by_chance else ""
    return FaultRow(
        name=fault.marker,
        meaning=f"The network {fault.meaning}",
        times=f"{fault.played} {'time' if fault.played == 1 else 'times'}{chance}",
        became=_became(fault.became),
        is_kill=False,
        is_wrong=fault.became.wrong > 0,
    )


def _became(became: Became) -> str:
    parts = (
        (became.wrong, "not as Dravo says"),
        (became.published, "visible once"),
        (became.failed, "failed, not visible"),
        (became.waits, "waiting, not visible"),
        (became.asks, "asking a person"),
        (became.unfinished, "not finished"),
    )
    return " · ".join(f"{number} {words}" for number, words in parts if number)


def _ending_row(ending: Ending, names: Mapping[str, str]) -> EndingRow:
    is_lie = ending.is_visible and ending.code != "outcome_unknown"
    return EndingRow(
        network=ending.network,
        network_name=names.get(ending.network, ending.network),
        account=ending.account,
        text=ending.text,
        sentence=ending.sentence,
        until=clock.isoformat(ending.until) if ending.until else "",
        seen="Everybody can see it" if ending.is_visible else "Nobody can see it",
        is_a_lie=is_lie,
    )


def _posts(number: int) -> str:
    return "1 post" if number == 1 else f"{number} posts"
