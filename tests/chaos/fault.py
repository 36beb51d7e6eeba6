"""What a fault is, in one place: what is done, what becomes of the posts, how soon all is whole again, and who shows it."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dravo_app.settings import Engine
from tests.chaos.ground import QUICK, Ground, Kind, Servers

BOTH: tuple[Kind, ...] = ("sqlite", "postgres")
Harm = Callable[[Ground, random.Random], None]
"""Brings the fault, holds it, and leaves all well again; draws what it needs from the chance it is given."""

Lane = Literal["programs", "roads"]
"""In the walk one fault of each lane may be there at the same time."""


@dataclass(frozen=True)
class Fault:
    """A row of the table, and of `docs/chaos.md`. Either `harm` brings it, or `tests` show it, or both.

    `alone` takes the place of `harm` where the fault is brought by itself: it goes through all that `harm` draws one of.
    `look` holds the ground against what the row promises beyond the books, once all is whole again: a sentence for each breach.
    """

    name: str
    does: str
    ends: str
    bound_seconds: float
    harm: Harm | None = None
    lane: Lane | None = None
    databases: tuple[Kind, ...] = BOTH
    tests: tuple[str, ...] = ()
    alone: Harm | None = None
    look: Callable[[Ground], list[str]] = lambda _ground: []
    engine: Engine = QUICK
    """The times of its scenario; the walk has its own."""
    obstacle: Callable[[Servers], str | None] = lambda _servers: None
    """Why this machine can't do it; None where it can."""
