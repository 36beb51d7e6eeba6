"""A world as several hosts share it: one database, one Redis, one key; each host's folder is its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dravo_app import queues
from dravo_app.services import networks
from dravo_app.services.caller import Caller
from tests.conftest import Settle
from tests.flow.conftest import postgres, sandbox, sqlite
from tests.support.invariants import check_invariants
from tests.support.redis_server import RedisServer, running_redis
from tests.support.sandbox_server import Sandbox
from tests.support.world import FAST, World, environment_of

__all__ = ["postgres", "sandbox", "sqlite"]
KEY = "shared-by-the-hosts-of-this-installation"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with running_redis(tmp_path) as server:
        yield server
        queues.connection().close()


@pytest.fixture
def world(database: str, caller: Caller, sandbox: Sandbox, redis: RedisServer, settle: Settle) -> Iterator[World]:
    known = {"DATABASE_URL": database, "REDIS_URL": redis.url, "DRAVO_SANDBOX_URL": sandbox.url}
    settle(**known, DRAVO_SECRET_KEY=KEY, **environment_of(FAST))
    queues._away_until = 0.0  # another test's trouble is not ours
    world = World(caller, sandbox)
    yield world
    networks.close_clients()
    check_invariants(sandbox, is_settled=world.is_settled)
