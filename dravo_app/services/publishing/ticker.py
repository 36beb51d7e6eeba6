"""The worker's clockwork: says that this worker lives, and, where it leads, repairs what was lost on the way.

Every worker has one; a leased row decides which of them sweeps. What a sweep does is safe to do twice.
"""

import logging
import threading

from sqlmodel import Session, col, delete

from dravo_app import clock, db
from dravo_app.models import IdempotencyRecord
from dravo_app.services import leases
from dravo_app.services.media import fetching
from dravo_app.services.publishing import reconcile
from dravo_app.services.publishing.intake import Intake
from dravo_app.settings import Engine

log = logging.getLogger(__name__)

LEADER = "leader"
WORKER = leases.WORKER
_PRESENCE_SECONDS = 5.0
_HOUSEKEEPING_ROUNDS = 600


class Ticker:
    """One thread; `intake` is nudged after a sweep that found something."""

    def __init__(self, intake: Intake, engine: Engine) -> None:
        self._intake = intake
        self._engine = engine
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)
        self._rounds = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End, and give the roles back so that another worker need not wait."""
        self._stopping.set()
        self._thread.join(timeout=5)
        with db.transaction() as session:
            leases.give_back(session, LEADER, self._intake.owner)
            leases.give_back(session, WORKER + self._intake.owner, self._intake.owner)

    def tick(self) -> None:
        """One round."""
        with db.transaction() as session:
            leases.take(
                session, WORKER + self._intake.owner, self._intake.owner, self._engine.sweep_seconds + _PRESENCE_SECONDS
            )
            if not leases.take(session, LEADER, self._intake.owner, self._engine.leader_seconds):
                return
            found = reconcile.recover_lost(session)
            if self._rounds % _HOUSEKEEPING_ROUNDS == 0:
                _keep_house(session)
        self._rounds += 1
        if found:
            self._intake.nudge()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.tick()
                fetching.sweep()
            except Exception:
                log.exception("a sweep failed; the next one follows")
            self._stopping.wait(self._engine.sweep_seconds)


def _keep_house(session: Session) -> None:
    session.exec(delete(IdempotencyRecord).where(col(IdempotencyRecord.expires_at) < clock.now()))
    leases.sweep(session)
