"""What a run of the fault suite says, for people and as JSON."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.scenario import Finding
from tests.chaos.walk import Walk

_NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


@dataclass
class Report:
    """All that was found."""

    seed: int
    machine: str
    findings: list[Finding] = field(default_factory=list)
    walks: list[Walk] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Is nothing wrong, and was anything done at all?"""
        all_good = all(finding.is_good for finding in self.findings) and all(walk.is_good for walk in self.walks)
        return all_good and bool(self.walks or any(finding.skipped is None for finding in self.findings))

    @property
    def verdict(self) -> str:
        """One line; on which databases, where it wasn't both, and how much was left out."""
        if not (self.walks or any(finding.skipped is None for finding in self.findings)):
            return "NOT GOOD: nothing was done"
        places = {f.database for f in self.findings if f.skipped is None} | {walk.database for walk in self.walks}
        where = [_NAMES[kind] for kind in _NAMES if kind in places]
        only = f", on {where[0]} only" if len(where) == 1 else "" if where else ", on no database"
        skipped = sum(finding.skipped is not None for finding in self.findings)
        return f"{'good' if self.is_good else 'NOT GOOD'}{only}" + (f"; {skipped} skipped" if skipped else "")

    def lines(self) -> list[str]:
        """The end of a run, as it is printed."""
        return [
            "",
            f"seed {self.seed} · {self.machine}",
            *self.notes,
            *_about_scenarios(self.findings),
            *(line for walk in self.walks for line in _about_walk(walk)),
            f"verdict: {self.verdict}",
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "machine": self.machine,
            "is_good": self.is_good,
            "verdict": self.verdict,
            "notes": self.notes,
            "scenarios": [
                {
                    "fault": finding.fault, "database": finding.database, "bound_seconds": finding.bound_seconds,
                    "whole_after_seconds": finding.whole_after, "accepted": finding.accepted,
                    "skipped": finding.skipped, "trouble": finding.trouble, "is_good": finding.is_good,
                    "shown_by": finding.shown_by, "tests_passed": finding.tests, "tests_left_out": finding.left_out,
                }
                for finding in self.findings
            ],
            "walks": [_walk_as_json(walk) for walk in self.walks],
        }  # fmt: skip


def _about_scenarios(findings: list[Finding]) -> list[str]:
    if not findings:
        return []
    run = [finding for finding in findings if finding.skipped is None]
    slowest = max((f for f in run if f.whole_after is not None), key=lambda f: f.whole_after or 0.0, default=None)
    lines = [
        f"scenarios: {len(run)} run, {sum(f.is_good for f in run)} good, {sum(not f.is_good for f in run)} bad,"
        f" {len(findings) - len(run)} skipped; {sum(f.accepted for f in run)} deliveries accepted"
        + (f", longest recovery {slowest.whole_after:.1f} s ({slowest.fault}, {slowest.database})" if slowest else ""),
        f"  of these {sum(f.shown_by == 'tests' for f in run)} by tests of the suite, of which"
        f" {sum(f.tests for f in run)} passed (a test counts for each fault that it shows)",
    ]
    lines += [f"  skipped: {f.fault} on {f.database}: {f.skipped}" for f in findings if f.skipped]
    lines += [
        f"  skipped in part: {f.fault} on {f.database}: {test}: {why}" for f in run for test, why in f.left_out.items()
    ]
    lines += [f"  NOT GOOD: {f.fault} on {f.database}: {_why(f)}" for f in run if not f.is_good]
    return lines


def _why(finding: Finding) -> str:
    is_whole = finding.whole_after is not None or finding.shown_by == "tests"
    late = [] if is_whole else [f"not whole again within {finding.bound_seconds:g} s"]
    return "; ".join([*late, *finding.trouble[:10]])


def _about_walk(walk: Walk) -> list[str]:
    books = walk.books
    settled = "never settled" if walk.settled_after is None else f"settled {walk.settled_after:.1f} s after the last"
    return [
        f"walk on {walk.database}, seed {walk.seed}, {walk.seconds:.0f} s, {settled}",
        f"  faults: {walk.faults.total()}: {_list(walk.faults)}",
        f"  deliveries accepted {books.accepted} · published {books.published} · canceled {books.canceled}"
        f" · failed {books.failed.total()} ({_list(books.failed)}) · asking a person {books.asking}",
        f"  people: asked again {walk.counted.asked_again} times, gave up {walk.counted.gave_up}, retried {walk.counted.retried}",
        f"  lost {books.lost} · twice {books.twice} · stuck {books.stuck} · broken invariants {len(books.broken)}"
        f" · secrets in logs {books.secrets_in_logs}",
        f"  longest recovery {walk.longest_recovery[0]:.1f} s ({walk.longest_recovery[1]})",
        *(f"  NOT GOOD: {line}" for line in [*walk.unrecovered, *books.trouble, *books.broken][:30]),
    ]


def _walk_as_json(walk: Walk) -> dict[str, Any]:
    books = walk.books
    return {
        "database": walk.database, "seed": walk.seed, "seconds": walk.seconds, "is_good": walk.is_good,
        "faults": dict(walk.faults), "accepted": books.accepted, "published": books.published,
        "failed": dict(books.failed), "canceled": books.canceled, "asking_a_person": books.asking,
        "lost": books.lost, "twice": books.twice, "stuck": books.stuck, "broken": books.broken,
        "secrets_in_logs": books.secrets_in_logs, "people": vars(walk.counted),
        "longest_recovery_seconds": walk.longest_recovery[0], "longest_recovery_after": walk.longest_recovery[1],
        "unrecovered": walk.unrecovered, "settled_after_seconds": walk.settled_after, "trouble": books.trouble,
    }  # fmt: skip


def _list(counted: "Counter[str]") -> str:
    return ", ".join(f"{name} {number}" for name, number in counted.most_common()) or "none"
