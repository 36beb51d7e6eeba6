"""A world for each promise."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dravo_app.services import networks
from dravo_app.services.caller import Caller
from tests.conftest import Settle
from tests.support import databases
from tests.support.invariants import check_invariants
from tests.support.sandbox_server import Sandbox, WarmSandbox, running_sandbox
from tests.support.world import FAST, World, environment_of


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path, WarmSandbox) as sandbox:
        yield sandbox


@pytest.fixture
def world(database: str, caller: Caller, sandbox: Sandbox, settle: Settle) -> Iterator[World]:
    settle(DATABASE_URL=database, DRAVO_SANDBOX_URL=sandbox.url, **environment_of(FAST))
    world = World(caller, sandbox)
    yield world
    networks.close_clients()
    check_invariants(sandbox, is_settled=world.is_settled)


@pytest.fixture
def postgres(request: pytest.FixtureRequest) -> databases.Postgres:
    """The server; skips where there is none."""
    server: databases.Postgres | None = request.getfixturevalue("_postgres")
    if server is None:
        pytest.skip("no PostgreSQL here")
    return server


@pytest.fixture
def sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of its own, for a test that holds one kind against the other."""
    (tmp_path / "data").mkdir()
    return databases.copy_sqlite(request.getfixturevalue("_sqlite_template"), tmp_path / "data")
