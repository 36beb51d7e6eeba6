"""The worker's engine: takes what is due, carries many deliveries at once, keeps their leases, and stops without losing any.

One dispatcher thread polls the database (and is woken early through Redis) and writes down which conversations begin; a pool of
threads talks to the networks; one closing thread writes what came of them; one heartbeat thread extends the leases of what is
under way. What the dispatcher and the closing thread find at one moment shares a transaction: the busier, the cheaper.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from queue import Empty, SimpleQueue

from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from dravo_app import clock, db
from dravo_app.crashpoints import crashpoint
from dravo_app.models import Delivery
from dravo_app.services.publishing import closing, dispatch, opening, release
from dravo_app.services.publishing.claims import Claim
from dravo_app.services.publishing.deliver import Finished, converse
from dravo_app.services.publishing.lease_guard import LeaseGuard
from dravo_app.services.publishing.opening import Opened
from dravo_app.settings import Engine

log = logging.getLogger(__name__)

_OPEN_SECONDS = 5.0
_BEAT_SECONDS = 4.0
_MOST_AT_ONCE = 100


class Intake:
    """`owner` names this worker in the leases."""

    def __init__(self, owner: str, engine: Engine) -> None:
        self.owner = owner
        self._engine = engine
        self._guard = LeaseGuard(engine.sure_seconds)
        self._pool = ThreadPoolExecutor(engine.threads, thread_name_prefix="deliver")
        self._nudged = threading.Event()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._untouched: dict[int, Claim] = {}
        self._under_way = 0
        self._finished: SimpleQueue[Finished] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run_dispatcher, name="dispatcher", daemon=True),
            threading.Thread(target=self._run_closing, name="closing", daemon=True),
            threading.Thread(target=self._run_heartbeat, name="heartbeat", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def nudge(self) -> None:
        """There may be something due: look now rather than at the next poll."""
        self._nudged.set()

    def stop(self) -> bool:
        """Take nothing more, hand back what nobody has begun, wait for the rest. True when all came home in time."""
        self._stopping.set()
        self._nudged.set()
        self._threads[0].join(timeout=5)
        _surviving(self._hand_back)
        is_home = _wait(lambda: self._under_way == 0, self._engine.drain_seconds)
        self._pool.shutdown(wait=False, cancel_futures=True)
        return is_home

    def fill(self) -> int:
        """Release, claim and begin as much as there are free threads for; how many were begun."""
        if self._stopping.is_set():
            return 0
        with db.transaction() as session:  # also while no thread is free: what is due is not late for want of one
            release.release(session)
        crashpoint("release_committed")
        free = self._engine.threads - self._under_way
        if free <= 0:
            return 0
        began_at = time.monotonic()
        with db.transaction() as session:
            claims = dispatch.claim(session, self.owner, free, self._engine.lease_seconds)
        crashpoint("claim_committed")
        if not claims:
            return 0
        self._guard.hold([(claim.delivery_key, claim.fence) for claim in claims], began_at)
        with self._lock:
            self._under_way += len(claims)
            self._untouched.update({claim.delivery_key: claim for claim in claims})
        self._begin(claims)
        return len(claims)

    def beat(self) -> None:
        """Extend the leases of all that is under way; what another worker has taken over is not revived."""
        keys = self._guard.held()
        if not keys:
            return
        began_at = time.monotonic()
        extended = db.insistently(
            lambda session: _extend(session, self.owner, keys, self._engine.lease_seconds), _BEAT_SECONDS
        )
        self._guard.extend(extended, began_at)

    def _begin(self, claims: Sequence[Claim]) -> None:
        opened: list[Opened] = []
        try:
            opened = db.insistently(lambda session: opening.open_all(session, claims), _OPEN_SECONDS)
        finally:  # what could not be written down is not begun; the sweep takes it back once its lease has run out
            begun = {one.claim.delivery_key for one in opened}
            self._let_go([claim for claim in claims if claim.delivery_key not in begun])
        crashpoint("deliver_attempt_committed")
        for one in opened:
            self._pool.submit(self._carry, one)

    def _carry(self, opened: Opened) -> None:
        claim = opened.claim
        if not self._touch(claim):  # handed back before a thread was free
            self._let_go([claim])
            return
        with self._guard.guarding((claim.delivery_key, claim.fence)):
            finished = converse(opened)
        crashpoint("deliver_answered")
        self._finished.put(finished)

    def _touch(self, claim: Claim) -> bool:
        """From here on it can't be handed back any more; False where it was."""
        with self._lock:
            return self._forget_untouched(claim)

    def _let_go(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            self._guard.let_go((claim.delivery_key, claim.fence))
        with self._lock:
            for claim in claims:
                self._forget_untouched(claim)
            self._under_way -= len(claims)

    def _forget_untouched(self, claim: Claim) -> bool:
        """This very claim: a delivery whose answer was just written may have been claimed again before the old claim is let go."""
        is_there = self._untouched.get(claim.delivery_key) == claim
        if is_there:
            del self._untouched[claim.delivery_key]
        return is_there

    def _close(self, finished: Sequence[Finished]) -> None:
        """Write what came of these; one that can't be written must not keep the others from it."""
        try:
            db.insistently(lambda session: closing.close_all(session, finished))
            crashpoint("deliver_closed")
        except OperationalError:
            log.exception("the database is away: %d answers are lost and will be looked up", len(finished))
        except Exception:
            if len(finished) > 1:
                for one in finished:
                    self._close([one])
            else:
                log.exception("an answer could not be written; it will be looked up")

    def _run_closing(self) -> None:
        while True:
            finished = [self._finished.get(), *_all_of(self._finished)]
            _surviving(lambda: self._close(finished))  # noqa: B023  # run at once
            self._let_go([one.opened.claim for one in finished])
            self._nudged.set()

    def _hand_back(self) -> None:
        with self._lock:
            claims, self._untouched = list(self._untouched.values()), {}
        if claims:
            with db.transaction() as session:
                dispatch.hand_back(session, claims)

    def _run_dispatcher(self) -> None:
        while not self._stopping.is_set():
            self._nudged.wait(self._engine.poll_seconds * random.uniform(0.8, 1.0))
            self._nudged.clear()
            _surviving(self._take_all)

    def _take_all(self) -> None:
        with db.reading() as session:
            has_due = dispatch.has_due(session)
        while has_due and self.fill():
            pass

    def _run_heartbeat(self) -> None:
        pause = self._engine.heartbeat_seconds
        while not self._stopping.wait(pause) or self._under_way:
            # after one that failed the next follows at once: what is under way may be sent for `sure_seconds` only
            pause = self._engine.heartbeat_seconds if _surviving(self.beat) else 0.0
            if self._stopping.is_set():
                time.sleep(min(1.0, self._engine.heartbeat_seconds))


def _all_of(queue: "SimpleQueue[Finished]") -> list[Finished]:
    found: list[Finished] = []
    while len(found) < _MOST_AT_ONCE:
        try:
            found.append(queue.get_nowait())
        except Empty:
            break
    return found


def _extend(session: Session, owner: str, keys: list[int], lease_seconds: float) -> list[int]:
    now = clock.now()
    # Locked in the order of who closes: else each waits for the other.
    ours = select(Delivery.key).where(col(Delivery.key).in_(keys)).order_by(col(Delivery.key))
    session.exec(ours.with_for_update(key_share=True)).all()
    statement = (
        update(Delivery)
        .where(col(Delivery.key).in_(keys), col(Delivery.lease_owner) == owner, col(Delivery.lease_until) >= now)
        .values(lease_until=now + timedelta(seconds=lease_seconds))
        .returning(col(Delivery.key))
    )
    return [key for (key,) in session.connection().execute(statement) if key is not None]


def _surviving(step: Callable[[], None]) -> bool:
    try:
        step()
    except Exception:
        log.exception("the worker stumbled; it goes on in a second")
        time.sleep(1.0)
        return False
    return True


def _wait(is_done: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
