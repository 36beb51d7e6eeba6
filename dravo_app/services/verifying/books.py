"""What the checks write down while they run: what was looked at, what is broken, what can't be known."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum


class Invariant(StrEnum):
    """What must hold at every moment, whatever happened before."""

    I1 = "I1"
    I2 = "I2"
    I3 = "I3"
    I4 = "I4"
    I5 = "I5"
    I6 = "I6"
    I7 = "I7"
    I8 = "I8"
    I9 = "I9"


TITLES = {
    Invariant.I1: "every delivery ends, and says why",
    Invariant.I2: "at most one visible post per delivery",
    Invariant.I3: "nothing stands still past its limit",
    Invariant.I4: "published only if the network shows it",
    Invariant.I5: "only legal changes",
    Invariant.I6: "one event per change",
    Invariant.I7: "no secret in logs or stored answers",
    Invariant.I8: "what a worker lost is recovered in time",
    Invariant.I9: "the books balance",
}
UNITS = {
    Invariant.I3: "that move",
    Invariant.I4: "published",
    Invariant.I5: "changes",
    Invariant.I6: "events",
    Invariant.I7: "texts",
    Invariant.I8: "lost attempts",
}
"""What is counted; deliveries where nothing is said."""

KEPT = 200
"""Findings kept per invariant; further ones are counted only."""


@dataclass(frozen=True)
class Finding:
    """One thing that is broken: the id it is about, and a sentence."""

    about: str
    sentence: str


class Books:
    """Filled by the checks, in any order."""

    def __init__(self) -> None:
        self.looked_at: Counter[Invariant] = Counter()
        self.broken: Counter[Invariant] = Counter()
        self.findings: dict[Invariant, list[Finding]] = defaultdict(list)
        self.notes: dict[Invariant, list[str]] = defaultdict(list)
        self.states: Counter[str] = Counter()
        self.live = 0
        self.longest_recovery_seconds: float | None = None

    def look(self, invariant: Invariant, number: int = 1) -> None:
        """So many were looked at."""
        self.looked_at[invariant] += number

    def find(self, invariant: Invariant, about: str, sentence: str) -> None:
        """This is broken."""
        self.broken[invariant] += 1
        if len(self.findings[invariant]) < KEPT:
            self.findings[invariant].append(Finding(about, sentence))

    def note(self, invariant: Invariant, sentence: str) -> None:
        """What this check could not see, or what was learned on the way."""
        self.notes[invariant].append(sentence)
