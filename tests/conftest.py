"""Fixtures every test may use: settings of its own, a migrated database on both engines, a caller, a clock."""

import socket
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dravo_app import clock, crypto, db, settings
from dravo_app.models import Environment, Role
from dravo_app.services.caller import Caller
from tests.support import databases

Settle = Callable[..., settings.Settings]


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches another host: a connection to anything but loopback or a local socket fails the test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            host = str(address[0])
            assert host.startswith("127.") or host in ("::1", "localhost"), f"a test tried to reach {host}"
        return connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def settle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settle]:
    """Call it with variables (`settle(DRAVO_PORT="8001")`) to get settings of this test's own, with a key."""

    def with_variables(**variables: str) -> settings.Settings:
        for name in ("DATABASE_URL", "REDIS_URL", "DRAVO_SANDBOX_URL", "DRAVO_SECRET_KEY", "DRAVO_CRASHPOINT"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"DRAVO_DATA_DIR": str(tmp_path / "data"), **variables}.items():
            monkeypatch.setenv(name, value)
        settings.get_settings.cache_clear()
        db.dispose()
        crypto.make_key_file(settings.get_settings())
        return settings.get_settings()

    yield with_variables
    monkeypatch.undo()
    settings.get_settings.cache_clear()
    db.dispose()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return databases.make_sqlite_template(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def _postgres() -> Iterator[databases.Postgres | None]:
    # not below pytest's own folder: another run at the same time tidies that up under a server's feet
    with (
        tempfile.TemporaryDirectory(prefix="dravo-pg-", dir=databases.memory(), ignore_cleanup_errors=True) as folder,
        databases.running_postgres(Path(folder) / "data") as server,
    ):
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path, settle: Settle) -> Iterator[str]:
    """The address of a fresh, migrated database that the process's settings point to."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("_sqlite_template")
        (tmp_path / "data").mkdir()
        url = databases.copy_sqlite(template, tmp_path / "data")
        settle(DATABASE_URL=url)
        yield url
        return
    server: databases.Postgres | None = request.getfixturevalue("_postgres")
    if server is None:
        pytest.skip("no PostgreSQL here: the test tools' own server does not start, DRAVO_TEST_POSTGRES is not set")
    with server.fresh() as url:
        settle(DATABASE_URL=url)
        yield url


@pytest.fixture
def caller(database: str) -> Caller:
    """An owner of the first workspace, in the test environment."""
    return Caller(workspace_key=1, environment=Environment.TEST, actor="usr_tester", role=Role.OWNER)


class MovableClock:
    """Time stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def movable_clock() -> Iterator[MovableClock]:
    """The process's clock, in the test's hand."""
    hand = MovableClock()
    clock.set_source(lambda: hand.now)
    yield hand
    clock.set_source(None)
