"""A small world for flow tests: a real database, a real sandbox, accounts in it, and workers that can be killed."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, func, select

from dravo_app import clock, db, settings
from dravo_app.models import Attempt, Delivery, Event, PublishJob
from dravo_app.services import connecting, history, leases
from dravo_app.services.caller import Caller
from dravo_app.services.history import JobView
from dravo_app.services.publishing.intake import Intake
from dravo_app.services.publishing.lifecycle import FINAL
from dravo_app.services.publishing.plan import PublishRequest, publish
from dravo_app.services.publishing.ticker import WORKER, Ticker
from tests.support import warm
from tests.support.sandbox_server import Sandbox

ROOT = Path(__file__).resolve().parents[2]
FAST = settings.Engine(
    lease_seconds=1.0,
    heartbeat_seconds=0.3,
    poll_seconds=0.05,
    sweep_seconds=0.1,
    leader_seconds=1.0,
    backoff_seconds=0.001,
    look_up_seconds=0.2,
    circuit_seconds=0.1,
    settle_seconds=1.0,
)

STEADY = replace(FAST, lease_seconds=10.0, heartbeat_seconds=2.0)
"""FAST is for workers that are going to die; the leases of those who live must outlast a busy machine's pauses."""

ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For a promise that doesn't depend on the database and takes its time."""


def environment_of(engine: settings.Engine) -> dict[str, str]:
    """The variables that give a process these times."""
    return {f"DRAVO_ENGINE_{name.upper()}": str(value) for name, value in vars(engine).items()}


class World:
    """`caller` acts in the test environment. At the end all invariants are checked; `is_settled`: all has come to an end."""

    def __init__(self, caller: Caller, sandbox: Sandbox) -> None:
        self.caller = caller
        self.sandbox = sandbox
        self.is_settled = True

    def connect(self, handle: str, provider: str = "x") -> str:
        """A sandbox account; answers its id."""
        request = connecting.ConnectRequest(
            provider=provider,
            platform_account_id=handle,
            handle=handle,
            credentials={"access_token": f"sandbox_{handle}"},
        )
        identity = connecting.ask_identity(self.caller, request)
        with db.transaction() as session:
            return connecting.connect(session, self.caller, provider, identity)[0].id

    def publish(self, text: str, *accounts: str, at: datetime | None = None, **options: Any) -> str:
        """Publish now or at a time; answers the job's id."""
        request = PublishRequest(account_ids=list(accounts), text=text, scheduled_at=at, **options)
        with db.transaction() as session:
            return publish(session, self.caller, request).id

    def schedule(self, text: str, *accounts: str, in_seconds: float, **options: Any) -> str:
        """Publish at a time nearer than callers may ask for, or past: the clock stands back while the job is accepted."""
        at = datetime.now(UTC) + timedelta(seconds=in_seconds)
        clock.set_source(lambda: datetime.now(UTC) + timedelta(seconds=min(0.0, in_seconds) - 61))
        try:
            return self.publish(text, *accounts, at=at, **options)
        finally:
            clock.set_source(None)

    def receipt(self, job_id: str) -> JobView:
        with db.reading() as session:
            return history.get_receipt(session, self.caller, job_id)

    def wait_until_final(self, *jobs: str, seconds: float = 20.0) -> list[JobView]:
        """The receipts, once none of the jobs moves any more."""
        final = {"published", "partial", "failed", "canceled"}
        wait_for(
            lambda: set(self.statuses(*jobs)) <= final,
            seconds,
            lambda: "\n".join(str(self.receipt(job)) for job in jobs)[:5000],
        )
        return [self.receipt(job) for job in jobs]

    def statuses(self, *jobs: str) -> list[str]:
        """The jobs' statuses; cheap enough to ask again and again."""
        with db.reading() as session:
            return list(session.exec(select(PublishJob.status).where(col(PublishJob.id).in_(jobs))))

    def count(self, state: str) -> int:
        """How many deliveries are in that state."""
        with db.reading() as session:
            return session.exec(select(func.count()).where(col(Delivery.state) == state)).one()

    def visible(self, text: str) -> list[dict[str, Any]]:
        """What the world sees of a text."""
        return [item for item in self.sandbox.log() if item["text"] == text]

    def states(self, job_id: str) -> list[str]:
        """The states the job's deliveries went through, in order, as the events tell."""
        with db.reading() as session:
            statement = select(Event.type).where(col(Event.delivery_key).is_not(None))
            rows = session.exec(statement.where(col(Event.job_key) == self._job_key(job_id)).order_by(col(Event.key)))
            return [kind.removeprefix("delivery.") for kind in rows]

    def deliveries(self, job_id: str) -> list[Delivery]:
        with db.reading() as session:
            return list(session.exec(select(Delivery).where(col(Delivery.job_key) == self._job_key(job_id))))

    def attempts(self, job_id: str) -> list[Attempt]:
        keys = [delivery.key for delivery in self.deliveries(job_id)]
        with db.reading() as session:
            chosen = select(Attempt).where(col(Attempt.delivery_key).in_(keys))
            return list(session.exec(chosen.order_by(col(Attempt.delivery_key), col(Attempt.number))))

    def workers(self) -> list[str]:
        """The workers that say that they live."""
        with db.reading() as session:
            return leases.list_holders(session, WORKER)

    def is_quiet(self) -> bool:
        """Has every delivery come to an end?"""
        with db.reading() as session:
            moving = select(Delivery.key).where(col(Delivery.state).not_in([state.value for state in FINAL]))
            return session.exec(moving).first() is None

    def _job_key(self, job_id: str) -> int:
        with db.reading() as session:
            return session.exec(select(PublishJob.key).where(col(PublishJob.id) == job_id)).one() or 0


@contextmanager
def working(engine: settings.Engine = STEADY, name: str = "inside") -> Iterator[Intake]:
    """The engine inside this process, as the worker runs it."""
    intake = Intake(name, engine)
    ticker = Ticker(intake, engine)
    intake.start()
    ticker.start()
    try:
        yield intake
    finally:
        intake.stop()
        ticker.stop()


class Worker:
    """A real worker process, fast engine, armed with a crash point if asked."""

    def __init__(self, crashpoint: str = "", engine: settings.Engine | None = None) -> None:
        times = environment_of(engine or (FAST if crashpoint else STEADY))
        environment = {**os.environ, **times, "DRAVO_CRASHPOINT": crashpoint, "DRAVO_DIE_WITH_PARENT": "1"}
        with open(os.devnull, "wb") as nowhere:
            self.process = warm.start("dravo_app.worker", [], environment, nowhere.fileno(), nowhere.fileno())

    def wait_killed(self, seconds: float = 20.0) -> None:
        """Until it died at its crash point, as `kill -9` would end it."""
        assert self.process.wait(timeout=seconds) == -signal.SIGKILL

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=35)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@contextmanager
def running_worker(crashpoint: str = "", engine: settings.Engine | None = None) -> Iterator[Worker]:
    worker = Worker(crashpoint, engine)
    try:
        yield worker
    finally:
        worker.end()


def run_publisher(text: str, *accounts: str, crashpoint: str) -> int:
    """Publish in a process of its own, armed with a crash point; answers how it ended."""
    environment = {**os.environ, "DRAVO_CRASHPOINT": crashpoint, "DRAVO_DIE_WITH_PARENT": "1"}
    return warm.start("tests.support.publisher", [text, *accounts], environment, output=1, errors=2).wait(30)


def wait_for(is_true: Callable[[], bool], seconds: float = 10.0, explain: Callable[[], str] = lambda: "") -> None:
    """Until it is true, or fail with an explanation."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {explain()}"
        time.sleep(0.02)
