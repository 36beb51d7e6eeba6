"""What a run of the fault suite says, for people and as JSON."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.scenario import Finding
from tests.chaos.walk import Walk


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
        are_good = [finding.is_good for finding in self.findings] + [walk.is_good for walk in self.walks]
        return bool(are_good) and all(are_good)

    def lines(self) -> list[str]:
        """The end of a run, as it is printed."""
        return [
            "",
            f"seed {self.seed} · {self.machine}",
            *self.notes,
            *_about_scenarios(self.findings),
            *(line for walk in self.walks for line in _about_walk(walk)),
            f"verdict: {'good' if self.is_good else 'NOT GOOD'}",
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "machine": self.machine,
            "is_good": self.is_good,
            "notes": self.notes,
            "scenarios": [
                {
                    "fault": finding.fault, "database": finding.database, "bound_seconds": finding.bound_seconds,
                    "whole_after_seconds": finding.whole_after, "accepted": finding.accepted,
                    "skipped": finding.skipped, "trouble": finding.trouble,
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
        f"scenarios: {len(run)} run, {sum(f.is_good for f in run)} good,"
        f" {sum(f.accepted for f in run)} deliveries accepted"
        + (f", longest recovery {slowest.whole_after:.1f} s ({slowest.fault}, {slowest.database})" if slowest else "")
    ]
    lines += [f"  skipped: {f.fault} on {f.database}: {f.skipped}" for f in findings if f.skipped]
    for finding in run:
        if not finding.is_good:
            lines.append(f"  NOT GOOD: {finding.fault} on {finding.database}: {_why(finding)}")
    return lines


def _why(finding: Finding) -> str:
    late = [] if finding.whole_after is not None else [f"not whole again within {finding.bound_seconds:g} s"]
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
