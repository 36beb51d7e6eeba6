"""From the request to a real Mastodon-API server and back, through the whole engine, with a wire that loses the answer."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from dravo_app import db
from dravo_app.models import Account
from dravo_app.services import connecting, networks
from dravo_app.services.caller import Caller
from tests.conftest import Settle
from tests.flow.conftest import sandbox
from tests.peers.cutting import Wire, cutting
from tests.peers.snac import Account as SnacAccount
from tests.peers.snac import Snac
from tests.support.sandbox_server import Sandbox
from tests.support.world import FAST, ON_SQLITE, World, environment_of, working

__all__ = ["sandbox"]

pytestmark = ON_SQLITE


@pytest.fixture(name="wire")
def _wire(real_snac: Snac) -> Iterator[Wire]:
    with cutting(real_snac.url) as wire:
        yield wire


@pytest.fixture(name="world")
def _world(database: str, caller: Caller, sandbox: Sandbox, settle: Settle, wire: Wire) -> Iterator[World]:
    """A test environment whose operator has named that server: its accounts go there, all others to the sandbox."""
    allowed = urlsplit(wire.url).netloc
    settle(DATABASE_URL=database, DRAVO_SANDBOX_URL=sandbox.url, DRAVO_ALLOW_PRIVATE=allowed, **environment_of(FAST))
    networks.close_clients()
    yield World(caller, sandbox)
    networks.close_clients()


def test_one_request_one_post_with_the_answer_and_without(world: World, wire: Wire, real_snac: Snac) -> None:
    alice = real_snac.new_account()
    account = connect(world, alice, wire.url)
    with working():
        first = world.publish("With an answer", account.id)
        assert world.wait_until_final(first)[0].status == "published"
        wire.loses = b"POST /api/v1/statuses"
        private = {"mastodon": {"visibility": "private", "spoiler_text": "CW"}}
        jobs = [
            world.publish("Without an answer", account.id),
            world.publish("Without one, for followers", account.id, provider_options=private),
        ]
        assert [receipt.status for receipt in world.wait_until_final(*jobs)] == ["published", "published"]
    assert len(wire.lost) == 2
    posts = real_snac.list_posts(alice)
    assert {post.text for post in posts} == {"With an answer", "Without an answer", "Without one, for followers"}
    assert len(posts) == 3
    told = {world.deliveries(job)[0].platform_post_id for job in (first, *jobs)}
    assert told == {post.id for post in posts}
    assert [attempt.kind for attempt in world.attempts(jobs[1])] == ["publish", "look_up"]
    assert world.sandbox.requests() == [], "nothing of it went to the sandbox"


def test_the_servers_own_limit_decides(world: World, wire: Wire, real_snac: Snac) -> None:
    account = connect(world, real_snac.new_account(), wire.url)
    assert account.own_limits is not None and account.own_limits["max_characters"] == 100_000
    with working():
        job = world.publish("Long " * 900, account.id)
        assert world.wait_until_final(job)[0].status == "published"


def connect(world: World, alice: SnacAccount, url: str) -> Account:
    """Connected through the wire, as the API does it."""
    request = connecting.ConnectRequest(
        provider="mastodon",
        platform_account_id=f"@{alice.handle}",
        credentials={"access_token": alice.token, "instance": url},
    )
    identity = connecting.ask_identity(world.caller, request)
    with db.transaction() as session:
        return connecting.connect(session, world.caller, "mastodon", identity)[0]
