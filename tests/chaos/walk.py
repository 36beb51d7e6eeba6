"""The random walk: people publish all the time, and fault after fault comes, two lanes of them at once; then it all settles.

What is done, in which order and how long follows from the seed. When exactly each thing meets which is up to the machine.
"""

import itertools
import random
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from dravo_app import db
from dravo_app.models import Delivery, DeliveryState
from tests.chaos import programs
from tests.chaos.books import HANDLE, Books, close_books
from tests.chaos.fault import Fault, Lane
from tests.chaos.ground import Ground, Kind, Servers, standing_ground, wait_until
from tests.chaos.people import Counted, Person
from tests.chaos.scenario import NETWORKS, is_quiet
from tests.chaos.table import FAULTS

PEOPLE = 2
_RATE = 0.05  # of all conversations meet some trouble of the network's own, all the time
RECOVERS_WITHIN_SECONDS = 60.0
SETTLES_WITHIN_SECONDS = 240.0
_LANES: tuple[Lane, ...] = ("programs", "roads")


@dataclass
class Walk:
    """What came of it."""

    database: Kind
    seed: int
    seconds: float
    faults: Counter[str] = field(default_factory=Counter)
    books: Books = field(default_factory=Books)
    counted: Counted = field(default_factory=Counted)
    longest_recovery: tuple[float, str] = (0.0, "nothing happened")
    unrecovered: list[str] = field(default_factory=list)
    settled_after: float | None = None

    @property
    def is_good(self) -> bool:
        return self.books.are_good and not self.unrecovered and self.settled_after is not None


def eligible(servers: Servers, kind: Kind, lane: Lane) -> list[Fault]:
    """What this machine can do on this lane."""
    return [f for f in FAULTS if f.lane == lane and f.harm and kind in f.databases and f.obstacle(servers) is None]


def plan(faults: list[Fault], seed: int, kind: Kind, lane: Lane) -> Iterator[tuple[float, Fault, random.Random]]:
    """Without end: a pause, a fault, and the chance that it draws from. Every fault once before any comes twice."""
    chance = random.Random(f"{seed} {kind} {lane}")
    while True:
        for fault in chance.sample(faults, len(faults)):
            yield chance.uniform(0.5, 2.5), fault, random.Random(chance.random())


def walk(
    servers: Servers, kind: Kind, seed: int, seconds: float, tell: Callable[[str], None], steps: int | None = None
) -> Walk:
    """So many seconds of it, or, with `steps`, so many faults on each lane, whatever comes first."""
    result = Walk(kind, seed, seconds)
    chance = random.Random(f"{seed} {kind}")
    with standing_ground(servers, kind, workers=chance.randint(1, 3)) as ground:
        ground.open_door()
        assert programs.wait_for_door(ground.door_port), f"/v1 doesn't start: {ground.logs()[-2000:]}"
        ground.sandbox.faults(network="*", rate=_RATE, seed=seed % 2**31)
        people = _people(ground, seed)
        lanes = [
            _Lane(ground, result, lane, plan(eligible(servers, kind, lane), seed, kind, lane), tell) for lane in _LANES
        ]
        for thread in [*people, *lanes]:
            thread.start()
        _wait_for(lanes, seconds, steps)
        ground.heal()
        for person in people:
            person.stop()
            _add(result.counted, person.counted)
        _settle(ground, result, tell)
        result.books = close_books(ground, [promise for person in people for promise in person.promises])
        ground.is_kept = not result.is_good
    return result


def _people(ground: Ground, seed: int) -> list[Person]:
    accounts = [ground.world.connect(f"{HANDLE}{n}", network) for n in range(4) for network in NETWORKS]
    shares = itertools.cycle(accounts)
    return [
        Person(f"Person {n}", ground, [next(shares) for _ in range(6)], f"{seed} {ground.kind}") for n in range(PEOPLE)
    ]


def _wait_for(lanes: "list[_Lane]", seconds: float, steps: int | None) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and (steps is None or min(lane.steps for lane in lanes) < steps):
        time.sleep(0.1)
    for lane in lanes:
        lane.stopping.set()
    for lane in lanes:
        lane.join(120)


def _settle(ground: Ground, result: Walk, tell: Callable[[str], None]) -> None:
    ground.sandbox.faults(network="*", rate=None)
    ground.bury()
    while len(ground.workers) < 2:
        ground.add_worker()
    tell("no more faults; waiting until every delivery has come to an end")
    result.settled_after = wait_until(lambda: is_quiet(ground), SETTLES_WITHIN_SECONDS)


class _Lane(threading.Thread):
    """One fault after the other; after each, a post of its own must go out before the next comes."""

    def __init__(
        self, ground: Ground, result: Walk, lane: Lane, faults: Iterator[tuple[float, Fault, random.Random]],
        tell: Callable[[str], None],
    ) -> None:  # fmt: skip
        super().__init__(name=lane, daemon=True)
        self.stopping = threading.Event()
        self.steps = 0
        self._ground, self._result, self._faults, self._tell = ground, result, faults, tell
        self._account = ground.world.connect(f"{HANDLE}-canary-{lane}")
        ground.sandbox.faults(network="x", account=f"{HANDLE}-canary-{lane}", script=["ok"] * 1000)

    def run(self) -> None:
        for pause, fault, chance in self._faults:
            if self.stopping.wait(pause):
                return
            self._bring(fault, chance)
            self.steps += 1

    def _bring(self, fault: Fault, chance: random.Random) -> None:
        assert fault.harm is not None
        began_at = time.monotonic()
        try:
            fault.harm(self._ground, chance)
        except Exception:  # noqa: BLE001  # it must show in the report, and the walk goes on
            self._result.unrecovered.append(f"{fault.name}: the harm itself failed: {traceback.format_exc(limit=3)}")
            return
        self._result.faults[fault.name] += 1
        held_for = time.monotonic() - began_at
        took = self._recovery()
        if took is None:
            self._result.unrecovered.append(f"{fault.name}: not whole again within {RECOVERS_WITHIN_SECONDS:g} s")
            self._tell(f"{fault.name}: NOT whole again within {RECOVERS_WITHIN_SECONDS:g} s")
            return
        self._result.longest_recovery = max(self._result.longest_recovery, (took, fault.name))
        self._tell(f"{fault.name}: {held_for:.1f} s, whole again after {took:.1f} s")

    def _recovery(self) -> float | None:
        """Until what was being sent is no longer held by whoever held it, and a new post has gone out."""
        held = _sending()
        text = f"canary {self.name} {self.steps}"
        began_at = time.monotonic()
        job = None
        while time.monotonic() - began_at < RECOVERS_WITHIN_SECONDS:
            try:
                job = job or self._ground.world.publish(text, self._account)
                if self._ground.world.statuses(job) == ["published"] and not held & _sending():
                    return time.monotonic() - began_at
            except SQLAlchemyError:
                db.dispose()
            time.sleep(0.05)
        return None


def _sending() -> set[tuple[int | None, int]]:
    try:
        with db.reading() as session:
            sending = select(Delivery.key, Delivery.fence).where(col(Delivery.state) == DeliveryState.SENDING)
            return set(session.exec(sending))
    except SQLAlchemyError:
        return set()


def _add(total: Counted, one: Counted) -> None:
    for name, number in vars(one).items():
        setattr(total, name, getattr(total, name) + number)
