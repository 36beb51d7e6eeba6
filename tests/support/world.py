"""A small world for flow tests: a real database, a real sandbox, accounts in it, and workers that can be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from dravo_app import db, settings
from dravo_app.models import Attempt, Delivery, Event
from dravo_app.services import connecting, history
from dravo_app.services.caller import Caller
from dravo_app.services.history import JobView
from dravo_app.services.publishing.intake import Intake
from dravo_app.services.publishing.plan import PublishRequest, publish
from dravo_app.services.publishing.ticker import Ticker
from tests.support.sandbox_server import Sandbox

ROOT = Path(__file__).resolve().parents[2]
FAST = settings.Engine(lease_seconds=1.0, heartbeat_seconds=0.3, poll_seconds=0.05, sweep_seconds=0.1, leader_seconds=1.0)


class World:
    """`caller` acts in the test environment."""

    def __init__(self, caller: Caller, sandbox: Sandbox) -> None:
        self.caller = caller
        self.sandbox = sandbox

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

    def receipt(self, job_id: str) -> JobView:
        with db.reading() as session:
            return history.get_receipt(session, self.caller, job_id)

    def wait_until_final(self, *jobs: str, seconds: float = 20.0) -> list[JobView]:
        """The receipts, once none of the jobs moves any more."""
        final = {"published", "partial", "failed", "canceled"}
        wait_for(lambda: all(self.receipt(job).status in final for job in jobs), seconds, lambda: str([self.receipt(j) for j in jobs]))
        return [self.receipt(job) for job in jobs]

    def visible(self, text: str) -> list[dict[str, Any]]:
        """What the world sees of a text."""
        return [item for item in self.sandbox.log() if item["text"] == text]

    def states(self, job_id: str) -> list[str]:
        """The states the job's deliveries went through, in order, as the events tell."""
        with db.reading() as session:
            statement = select(Event.type).where(
                col(Event.details).is_not(None), col(Event.type).startswith("delivery."), col(Event.delivery_key).is_not(None)
            )
            rows = session.exec(statement.where(col(Event.job_key) == self._job_key(job_id)).order_by(col(Event.key)))
            return [kind.removeprefix("delivery.") for kind in rows]

    def deliveries(self, job_id: str) -> list[Delivery]:
        with db.reading() as session:
            return list(session.exec(select(Delivery).where(col(Delivery.job_key) == self._job_key(job_id))))

    def attempts(self, job_id: str) -> list[Attempt]:
        keys = [delivery.key for delivery in self.deliveries(job_id)]
        with db.reading() as session:
            return list(session.exec(select(Attempt).where(col(Attempt.delivery_key).in_(keys)).order_by(col(Attempt.key))))

    def _job_key(self, job_id: str) -> int:
        from dravo_app.models import PublishJob

        with db.reading() as session:
            return session.exec(select(PublishJob.key).where(col(PublishJob.id) == job_id)).one() or 0


@contextmanager
def working(engine: settings.Engine = FAST, name: str = "inside") -> Iterator[Intake]:
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

    def __init__(self, crashpoint: str = "", engine: settings.Engine = FAST) -> None:
        times = {f"DRAVO_ENGINE_{name.upper()}": str(value) for name, value in vars(engine).items()}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dravo_app.worker"],
            cwd=ROOT,
            env={**os.environ, **times, "DRAVO_CRASHPOINT": crashpoint, "DRAVO_DIE_WITH_PARENT": "1"},
            stderr=subprocess.DEVNULL,
        )

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
def running_worker(crashpoint: str = "", engine: settings.Engine = FAST) -> Iterator[Worker]:
    worker = Worker(crashpoint, engine)
    try:
        yield worker
    finally:
        worker.end()


def wait_for(is_true: Callable[[], bool], seconds: float = 10.0, explain: Callable[[], str] = lambda: "") -> None:
    """Until it is true, or fail with an explanation."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {explain()}"
        time.sleep(0.02)
