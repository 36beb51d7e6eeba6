"""One fault alone: posts flow, it comes, it goes, and the time until everything is whole again is taken; then the books."""

import random
import threading
import time
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from dravo_app import db
from dravo_app.errors import Invalid
from tests.chaos import programs
from tests.chaos.books import HANDLE, close_books
from tests.chaos.fault import Fault
from tests.chaos.ground import Ground, Kind, Servers, standing_ground, wait_until
from tests.chaos.people import Promise

Place = Literal["sqlite", "postgres", "any"]
"""`any`: shown by tests that choose no database."""
_MOST_POSTS = 40
NETWORKS, ACCOUNTS_EACH = ("x", "bluesky", "mastodon"), 3
_TEXTS = (
    "",
    "",
    "",
    " [[sandbox: answer lost]]",
    " [[sandbox: 500 before]]",
    " [[sandbox: slow 1s]]",
    " [[sandbox: 429 retry-after 1]]",
)


@dataclass
class Finding:
    """What became of one scenario.

    `whole_after`: seconds; None where it didn't get well within its bound, and where tests show the fault: then `tests` says how
    many passed. `skipped`: why nothing was done; `left_out`: tests that weren't run while others were, with their reasons.
    """

    fault: str
    database: Place
    bound_seconds: float
    whole_after: float | None = None
    accepted: int = 0
    skipped: str | None = None
    trouble: list[str] = field(default_factory=list)
    shown_by: Literal["chaos", "tests"] = "chaos"
    tests: int = 0
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Is nothing wrong? Also where it was skipped."""
        is_shown = self.whole_after is not None or (self.shown_by == "tests" and self.tests > 0)
        return self.skipped is not None or (is_shown and not self.trouble)


def run_scenario(fault: Fault, servers: Servers, kind: Kind, seed: int) -> Finding:
    """On a fresh ground with two workers and, for faults of the API, a door."""
    finding = Finding(fault.name, kind, fault.bound_seconds)
    finding.skipped = _obstacle(fault, servers, kind)
    harm = fault.alone or fault.harm
    if finding.skipped or harm is None:
        return finding
    chance = random.Random(f"{seed} {fault.name} {kind}")
    with standing_ground(servers, kind, fault.engine) as ground:
        if "API" in fault.name:
            ground.open_door()
            programs.wait_for_door(ground.door_port)
        posting = Posting(ground, chance)
        posting.start()
        wait_until(lambda: ground.world.count("published") >= 3, 20)
        try:
            harm(ground, chance)
        except Exception as broken:  # noqa: BLE001  # it must show in the report, and the other faults follow
            finding.trouble.append(f"{type(broken).__name__}: {broken}")
        ended_at = time.monotonic()
        promises = posting.end()
        _settle(ground, finding, ended_at)
        books = close_books(ground, promises)
        finding.accepted = books.accepted
        finding.trouble += [*books.trouble, *books.broken, *fault.look(ground)]
        ground.is_kept = not finding.is_good
    return finding


def _obstacle(fault: Fault, servers: Servers, kind: Kind) -> str | None:
    if kind not in fault.databases:
        return f"not on {kind}"
    if kind == "postgres" and servers.postgres is None:
        return "no PostgreSQL here"
    return fault.obstacle(servers)


def _settle(ground: Ground, finding: Finding, ended_at: float) -> None:
    took = wait_until(lambda: is_quiet(ground), finding.bound_seconds)
    finding.whole_after = None if took is None else time.monotonic() - ended_at


def is_quiet(ground: Ground) -> bool:
    """Has every delivery come to an end? No, while nobody can look."""
    try:
        return ground.world.is_quiet()
    except SQLAlchemyError:
        db.dispose()
        return False


class Posting(threading.Thread):
    """A post to two accounts, four times a second for a while, in this process, until `end`."""

    def __init__(self, ground: Ground, chance: random.Random, most: int = _MOST_POSTS) -> None:
        super().__init__(name="posting", daemon=True)
        self._most = most
        self._ground = ground
        self._chance = random.Random(chance.random())
        handles = [f"{HANDLE}{number}" for number in range(ACCOUNTS_EACH)]
        self._accounts = [ground.world.connect(handle, network) for handle in handles for network in NETWORKS]
        self._promises: list[Promise] = []
        self._stopping = threading.Event()

    def end(self) -> list[Promise]:
        """All that was accepted."""
        self._stopping.set()
        self.join(30)
        return self._promises

    def run(self) -> None:
        number = 0
        while number < self._most and not self._stopping.wait(0.25):
            if not self._ground.may_post.is_set():
                continue
            number += 1
            promise = Promise(f"Post {number}{self._chance.choice(_TEXTS)}", self._chance.sample(self._accounts, 2))
            try:
                promise.job_id = self._ground.world.publish(promise.text, *promise.accounts)
            except Invalid:  # one of its accounts is disconnected at this moment
                continue
            except SQLAlchemyError:
                db.dispose()
                continue
            self._promises.append(promise)
