"""A wake-up leaves once the post is committed, so that who wakes finds it; and never for what was rolled back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dravo_app import db, queues
from dravo_app.services.publishing.plan import PublishRequest, publish
from tests.conftest import Settle
from tests.support.redis_server import running_redis
from tests.support.sandbox_server import Sandbox
from tests.support.world import ON_SQLITE, World

pytestmark = ON_SQLITE


class Undone(Exception):
    """The caller's request broke off."""


@pytest.fixture
def account(world: World, sandbox: Sandbox, tmp_path: Path, settle: Settle, database: str) -> Iterator[str]:
    """An account of a world with a queue that is empty, and that no worker reads."""
    world.is_settled = False
    account = world.connect("alice")
    with running_redis(tmp_path) as server:
        settle(DATABASE_URL=database, DRAVO_SANDBOX_URL=sandbox.url, REDIS_URL=server.url)
        queues._away_until = 0.0  # another test's trouble is not ours
        yield account
        queues.connection().close()


def test_a_wake_up_leaves_after_the_commit(world: World, account: str) -> None:
    with db.transaction() as session:
        publish(session, world.caller, PublishRequest(account_ids=[account], text="Good morning"))
        assert _waiting() == 0
    assert _waiting() == 1


def test_what_is_rolled_back_wakes_nobody(world: World, account: str) -> None:
    with pytest.raises(Undone):
        _break_off(world, account)
    assert _waiting() == 0


def _break_off(world: World, account: str) -> None:
    with db.transaction() as session:
        publish(session, world.caller, PublishRequest(account_ids=[account], text="Never mind"))
        raise Undone


def _waiting() -> int:
    return queues._queue().count
