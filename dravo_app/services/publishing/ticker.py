"""The clockwork: says that this process lives, and, where it leads, repairs what was lost on the way.

Every worker has one, and there may be some without a worker; a leased row decides which of them sweeps. What a sweep does is
safe to do twice: a leader that was frozen and thawed finds its lead gone before it sweeps, or repairs what nobody else has.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from sqlmodel import Session, col, delete

from dravo_app import clock, db
from dravo_app.models import IdempotencyRecord
from dravo_app.services import leases, members, schema
from dravo_app.services.media import fetching
from dravo_app.services.publishing import reach, reconcile, restored, stuck, watermark
from dravo_app.settings import Engine, get_settings

log = logging.getLogger(__name__)

LEADER, WORKER, TICKER = leases.LEADER, leases.WORKER, leases.TICKER
_HOUSEKEEPING_ROUNDS = 600
_STANDSTILL_ROUNDS = 10
_ADVANCE_SECONDS = 1.0  # what is sent in the last of them before a crash leaves no mark


class Worker(Protocol):
    """Whose clockwork it is: its name in the leases, and who is told that a sweep found something."""

    owner: str

    def nudge(self) -> None: ...


class Ticker:
    """One thread. `may_lead`: take part in the choice of who sweeps; `on_outdated` hears, once, why this process must end."""

    def __init__(
        self,
        worker: Worker,
        engine: Engine,
        *,
        role: str = WORKER,
        may_lead: bool = True,
        on_outdated: Callable[[str], None] = log.error,
    ) -> None:
        self._worker = worker
        self._engine = engine
        self._role = role
        self._may_lead = may_lead
        self._on_outdated = on_outdated
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)
        self._rounds = 0
        self._clock_told: float | None = None
        self._advanced_at = -_ADVANCE_SECONDS

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End, and give the roles back so that another worker need not wait."""
        self._stopping.set()
        self._thread.join(timeout=5)
        with db.transaction() as session:
            if _is_behind(session) is False:  # only what has been held lifts it
                watermark.advance(session)
            leases.give_back(session, LEADER, self._worker.owner)
            leases.give_back(session, self._role + self._worker.owner, self._worker.owner)

    def tick(self) -> None:
        """One round: say that we live, lead if nobody else does, and sweep where we lead."""
        with db.transaction() as session:
            outdated = schema.why_outdated(session)
            is_behind = _is_behind(session)
            is_leader = outdated is None and self._report(session)
            if outdated is None and is_behind is False:
                self._advance(session)
        if outdated is not None:
            self._give_up(outdated)
            return
        if is_behind:
            restored.hold_restored()
        if is_leader and self._sweep():
            self._worker.nudge()
        if is_leader and self._rounds % _STANDSTILL_ROUNDS == 0:
            tell_of_standstills()

    def _report(self, session: Session) -> bool:
        owner, engine = self._worker.owner, self._engine
        members.report(session, self._role, owner, engine.sweep_seconds, has_sandbox=reach.has_sandbox())
        reach.look_around(session)
        if self._role == WORKER:  # held by all of them in common, so that it outlasts each
            leases.take(session, leases.PRESENT, leases.PRESENT, get_settings().late_after_seconds)
        return self._may_lead and leases.take(session, LEADER, owner, engine.leader_seconds)

    def _sweep(self) -> int:
        """In a transaction of its own: a leader that freezes in the middle keeps nobody else from taking the lead."""
        with db.transaction() as session:
            if not leases.is_held(session, LEADER, self._worker.owner):
                return 0
            found = reconcile.recover_lost(session) + reconcile.pull_back(session)
            if self._rounds % _HOUSEKEEPING_ROUNDS == 0:
                _keep_house(session)
        self._rounds += 1
        return found

    def _tell_clock(self) -> None:
        ahead = members.find_clock_trouble()
        if ahead is not None and self._clock_told != ahead // 1:
            log.warning(members.clock_sentence(ahead))
        self._clock_told = ahead // 1 if ahead is not None else None

    def _give_up(self, outdated: str) -> None:
        self._stopping.set()
        self._on_outdated(outdated)

    def _advance(self, session: Session) -> None:
        if time.monotonic() - self._advanced_at >= _ADVANCE_SECONDS:
            watermark.advance(session)
            self._advanced_at = time.monotonic()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.tick()
                self._tell_clock()
                fetching.sweep()
            except Exception:
                log.exception("a sweep failed; the next one follows")
            self._stopping.wait(self._engine.sweep_seconds)


def _is_behind(session: Session) -> bool | None:
    """None where that can't be told: then nothing is held, and nothing is claimed; the rest goes on, so that somebody hears of it."""
    try:
        return watermark.is_behind(session)
    except OSError:
        log.exception("the watermark's file can't be read, so nothing is sent")
        return None


def tell_of_standstills() -> None:
    """Looked for outside of a writing transaction: mostly there is nothing to write."""
    with db.reading() as session:
        found = stuck.find(session)
    if found:
        with db.transaction() as session:
            stuck.tell(session, found)


def _keep_house(session: Session) -> None:
    session.exec(delete(IdempotencyRecord).where(col(IdempotencyRecord.expires_at) < clock.now()))
    leases.sweep(session)
