"""A Dravo of the bench's own for one row: a database, a queue server, a sandbox and settings that point to them."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dravo_app import crypto, db, migrations, settings
from dravo_app.models import Environment, Role
from dravo_app.services import networks
from dravo_app.services.caller import Caller
from tests.bench import machine
from tests.support import databases
from tests.support.redis_server import running_redis
from tests.support.sandbox_server import Sandbox, running_sandbox
from tests.support.world import World

CALLER = Caller(workspace_key=1, environment=Environment.TEST, actor="usr_bench", role=Role.OWNER)
SQLITE, POSTGRES = "SQLite", "PostgreSQL"


class NoPostgres(Exception):
    """There is no PostgreSQL server to measure on."""


@dataclass(frozen=True)
class Place:
    """`world` acts in it; processes that are started now belong to it, by their environment."""

    database: str
    folder: Path
    url: str
    redis_url: str
    sandbox: Sandbox
    world: World


class Servers:
    """The PostgreSQL server of a run, started when the first row asks for it."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._postgres: databases.Postgres | None = None
        self.described: dict[str, str] = {}

    @contextmanager
    def database(self, kind: str, folder: Path) -> Iterator[str]:
        """The address of a fresh, migrated database. Raises NoPostgres."""
        if kind == SQLITE:
            (folder / "data").mkdir(exist_ok=True)
            url = f"sqlite:///{folder / 'data' / 'dravo.db'}"
            migrations.upgrade(url)
            yield url
            return
        with self._server().fresh() as url:
            self.described[POSTGRES] = machine.describe_postgres(url)
            yield url

    def _server(self) -> databases.Postgres:
        if self._postgres is None:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
            self._postgres = self._stack.enter_context(databases.running_postgres(folder / "data"))
        if self._postgres is None:
            raise NoPostgres("There is no PostgreSQL here: set DRAVO_TEST_POSTGRES to a server's address.")
        return self._postgres


@contextmanager
def folder_for_a_row() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dravo-bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def standing(servers: Servers, kind: str, **variables: str) -> Iterator[Place]:
    """A place on this kind of database, gone afterwards."""
    with ExitStack() as stack:
        folder = stack.enter_context(folder_for_a_row())
        url = stack.enter_context(servers.database(kind, folder))
        redis = stack.enter_context(running_redis(folder))
        servers.described["Queue"] = machine.describe_redis(redis.url)
        sandbox = stack.enter_context(running_sandbox(folder))
        stack.enter_context(
            settled(folder, DATABASE_URL=url, REDIS_URL=redis.url, DRAVO_SANDBOX_URL=sandbox.url, **variables)
        )
        yield Place(kind, folder, url, redis.url, sandbox, World(CALLER, sandbox))


@contextmanager
def settled(folder: Path, **variables: str) -> Iterator[None]:
    """This process's settings, and those of the processes it starts, are the row's own."""
    before = dict(os.environ)
    for name in ("DATABASE_URL", "REDIS_URL", "DRAVO_SECRET_KEY", "DRAVO_SECRET_KEY_FILE", "DRAVO_CRASHPOINT"):
        os.environ.pop(name, None)
    os.environ.update(DRAVO_DATA_DIR=str(folder / "data"), **variables)
    _forget()
    crypto.make_key_file(settings.get_settings())
    try:
        yield
    finally:
        networks.close_clients()
        os.environ.clear()
        os.environ.update(before)
        _forget()


def _forget() -> None:
    settings.get_settings.cache_clear()
    db.dispose()
