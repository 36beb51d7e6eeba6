"""The ground that faults are brought to: a database, Redis and the sandbox, each behind a road that can be made bad, and workers.

This process takes the good roads, so that it can accept posts and count them whatever happens to the others.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy.engine import URL, make_url

from dravo_app import clock, crypto, db, queues, settings
from dravo_app.models import Environment, Role
from dravo_app.services import api_keys, networks
from dravo_app.services.caller import Caller
from dravo_app.services.publishing.plan import PublishRequest, publish
from tests.chaos import programs
from tests.chaos.moved_time import VARIABLE, MovedTime
from tests.chaos.programs import MovedSandbox, Running
from tests.chaos.proxy import Proxy, Target, running_proxy
from tests.support import databases
from tests.support.redis_server import RedisServer, running_redis
from tests.support.world import ROOT, World, environment_of

Kind = Literal["sqlite", "postgres"]
QUICK = settings.Engine(
    lease_seconds=3.0,
    heartbeat_seconds=0.75,
    poll_seconds=0.1,
    sweep_seconds=0.2,
    leader_seconds=1.0,
    drain_seconds=3.0,
    backoff_seconds=0.01,
    look_up_seconds=0.1,
    settle_seconds=10.0,
    threads=16,
)
"""Hours become seconds. `settle_seconds` stays longer than any request is held up on a frozen road: what is still under way to
a network that long can't be known to anybody."""


@dataclass
class Servers:
    """What is started once for many grounds."""

    folder: Path
    postgres: databases.Postgres | None
    sqlite_template: Path
    is_kept: bool = False


@contextmanager
def running_servers() -> Iterator[Servers]:
    folder = Path(tempfile.mkdtemp(prefix="dravo-chaos-"))
    servers = None
    try:
        with databases.running_postgres(folder / "postgres") as postgres:
            servers = Servers(folder, postgres, databases.make_sqlite_template(folder))
            yield servers
    finally:
        if servers is None or not servers.is_kept:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Ground:
    """One database and all that belongs to it. `roads` are what the workers and the door take."""

    kind: Kind
    folder: Path
    servers: Servers
    database_url: str
    engine: settings.Engine
    redis: RedisServer
    sandbox: MovedSandbox
    database_road: Proxy | None
    redis_road: Proxy
    sandbox_road: Proxy
    time: MovedTime
    network_time: MovedTime
    world: World
    api_key: str
    workers: list[Running] = field(default_factory=list)
    door: Running | None = None
    door_port: int = 0
    is_kept: bool = False
    """What is left in its folder is for somebody who looks for a mistake."""
    may_post: threading.Event = field(default_factory=threading.Event)
    _scheduling: threading.Lock = field(default_factory=threading.Lock)

    def environment(self) -> dict[str, str]:
        """What a process of Dravo gets."""
        return {
            **environment_of(self.engine),
            "DATABASE_URL": _via(self.database_url, self.database_road),
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_road.port}",
            "DRAVO_SANDBOX_URL": f"http://127.0.0.1:{self.sandbox_road.port}",
            "DRAVO_DATA_DIR": str(self.folder / "data"),
            "TZ": "Europe/Berlin",  # where clocks leave out an hour and show one twice, should anybody go by them
        }

    def add_worker(self, crashpoint: str = "") -> Running:
        worker = programs.start_worker(self.environment(), self.folder / "worker.log", crashpoint)
        self.workers.append(worker)
        return worker

    def bury(self) -> None:
        """Forget the workers that have ended."""
        self.workers = [worker for worker in self.workers if worker.is_alive]

    def open_door(self, crashpoint: str = "") -> Running:
        """`/v1`, at the same port each time."""
        self.door_port = self.door_port or _free_port()
        self.door = programs.start_door(self.environment(), self.folder / "door.log", self.door_port, crashpoint)
        return self.door

    def schedule(self, text: str, *accounts: str, in_seconds: float) -> str:
        """At a time nearer than callers may ask for; answers the job's id."""
        return self.schedule_at(text, *accounts, at=self.time.now() + timedelta(seconds=in_seconds))

    def schedule_at(self, text: str, *accounts: str, at: datetime) -> str:
        """This process's clock stands a minute before that time while the job is accepted."""
        with self._scheduling:
            clock.set_source(lambda: at - timedelta(seconds=61))
            try:
                request = PublishRequest(account_ids=list(accounts), text=text, scheduled_at=at)
                with db.transaction() as session:
                    return publish(session, self.world.caller, request).id
            finally:
                clock.set_source(self.time.now)

    @contextmanager
    def nobody_posting(self) -> Iterator[None]:
        """Those who post all the time hold still."""
        self.may_post.clear()
        try:
            yield
        finally:
            self.may_post.set()

    def migrate(self) -> None:
        """`./dravo migrate`, in a process of its own."""
        command = [sys.executable, "-m", "dravo_app.cli", "migrate"]
        environment = {**os.environ, **self.environment()}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=60)

    def heal(self) -> None:
        """Every road is good, every server up, nothing frozen; the workers are left as they are."""
        for road in (self.database_road, self.redis_road, self.sandbox_road):
            if road is not None:
                road.heal()

    def logs(self) -> str:
        """What the processes said."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def end(self) -> None:
        for process in [*self.workers, *([self.door] if self.door else [])]:
            process.kill()


@contextmanager
def standing_ground(
    servers: Servers, kind: Kind, engine: settings.Engine = QUICK, workers: int = 2
) -> Iterator[Ground]:
    """A fresh ground with its workers started. This process's settings point to it while it stands."""
    folder = Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=servers.folder))
    (folder / "data").mkdir()
    with ExitStack() as stack:
        url = stack.enter_context(_fresh_database(servers, kind, folder))
        redis = stack.enter_context(running_redis(folder))
        moved, network_time = MovedTime(folder / "clock"), MovedTime(folder / "network-clock")
        stack.enter_context(_pointing_to(url, redis.url, folder, engine, moved))
        sandbox = MovedSandbox(folder / "sandbox.db", network_time)
        sandbox.start()
        stack.callback(sandbox.close)
        os.environ["DRAVO_SANDBOX_URL"] = sandbox.url
        settings.get_settings.cache_clear()
        sandbox.faults(network="*", allow_duplicates=True)
        ground = Ground(
            kind, folder, servers, url, engine, redis, sandbox,
            database_road=stack.enter_context(running_proxy(_target(make_url(url)))) if kind == "postgres" else None,
            redis_road=stack.enter_context(running_proxy(redis.url.removeprefix("unix://"))),
            sandbox_road=stack.enter_context(running_proxy(("127.0.0.1", int(sandbox.url.rpartition(":")[2])))),
            time=moved, network_time=network_time, world=World(Caller(1, Environment.TEST, "usr_chaos", Role.OWNER), sandbox), api_key=_make_key(),
        )  # fmt: skip
        ground.may_post.set()
        stack.callback(_tidy, ground)
        stack.callback(ground.end)
        for _ in range(workers):
            ground.add_worker()
        yield ground


def _tidy(ground: Ground) -> None:
    ground.servers.is_kept |= ground.is_kept
    if not ground.is_kept:
        shutil.rmtree(ground.folder, ignore_errors=True)


@contextmanager
def _fresh_database(servers: Servers, kind: Kind, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield databases.copy_sqlite(servers.sqlite_template, folder / "data")
        return
    assert servers.postgres is not None, "there is no PostgreSQL here"
    with servers.postgres.fresh() as url:
        yield url


@contextmanager
def _pointing_to(url: str, redis_url: str, folder: Path, engine: settings.Engine, moved: MovedTime) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(
        {"DATABASE_URL": url, "REDIS_URL": redis_url, "DRAVO_DATA_DIR": str(folder / "data")}
        | {VARIABLE: str(moved.path), **environment_of(engine)}
    )
    _forget()
    crypto.make_key_file(settings.get_settings())
    clock.set_source(moved.now)
    try:
        yield
    finally:
        clock.set_source(None)
        networks.close_clients()
        os.environ.clear()
        os.environ.update(before)
        _forget()


def _forget() -> None:
    settings.get_settings.cache_clear()
    db.dispose()
    queues._away_until = 0.0


def _make_key() -> str:
    with db.transaction() as session:
        return api_keys.create_key(session, 1, "chaos", Environment.TEST)[1]


def _target(url: URL) -> Target:
    host = url.query.get("host") or url.host or "127.0.0.1"
    assert isinstance(host, str)
    return f"{host}/.s.PGSQL.{url.port or 5432}" if host.startswith("/") else (host, url.port or 5432)


def _via(database_url: str, road: Proxy | None) -> str:
    if road is None:
        return database_url
    url = make_url(database_url).set(host="127.0.0.1", port=road.port)
    return url.difference_update_query(["host"]).render_as_string(hide_password=False)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_until(is_true: Callable[[], bool], seconds: float) -> float | None:
    """How long it took; None where it didn't come true in time."""
    began_at = time.monotonic()
    while not is_true():
        if time.monotonic() - began_at > seconds:
            return None
        time.sleep(0.05)
    return time.monotonic() - began_at
