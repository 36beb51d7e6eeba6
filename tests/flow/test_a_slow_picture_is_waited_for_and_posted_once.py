"""A picture that the network still works on holds its post back, unsent; whoever dies around it, there is one post."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dravo_app import settings
from dravo_app.services.media import fetching
from tests.support.picture_server import PictureServer, picture, running_picture_server
from tests.support.world import ON_SQLITE, World, running_worker, wait_for, working

pytestmark = ON_SQLITE


@pytest.fixture
def address(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A picture on a server that the operator has named; the world around it is there already."""
    with running_picture_server() as server:
        monkeypatch.setenv("DRAVO_ALLOW_PRIVATE", server.host)
        settings.get_settings.cache_clear()
        fetching.close()
        yield _put(server)
        fetching.close()


def test_nothing_is_seen_until_the_picture_is_ready(world: World, address: str) -> None:
    job = slow_post(world, address)
    with working():
        wait_for(lambda: world.count("processing") == 1)
        assert world.visible("Slow") == []
        (receipt,) = world.wait_until_final(job)
    assert receipt.status == "published"
    [seen] = world.visible("Slow")
    assert [medium["alt_text"] for medium in seen["media"]] == [f"Grain {MARKER}"]
    kinds = [attempt.kind for attempt in world.attempts(job)]
    assert (kinds[0], kinds[-1]) == ("publish", "publish") and set(kinds[1:-1]) == {"resume"}
    uploads = [request for request in world.sandbox.requests(network="mastodon") if request["path"].endswith("/media")]
    assert len(uploads) == 1, "the picture went up once"


def test_workers_that_die_at_the_upload_and_at_the_look_leave_one_post(world: World, address: str) -> None:
    job = slow_post(world, address)
    world.sandbox.faults(network="mastodon", allow_duplicates=True)  # no help from the network's memory for keys
    for _ in range(2):
        with running_worker("deliver_answered") as worker:
            worker.wait_killed()
    with working():
        (receipt,) = world.wait_until_final(job)
    assert receipt.status == "published"
    assert len(world.visible("Slow")) == 1


MARKER = "[[sandbox: processing 1s]]"


def slow_post(world: World, address: str) -> str:
    alts = {"mastodon": {"alt_texts": [f"Grain {MARKER}"]}}
    return world.publish("Slow", world.connect("alice", "mastodon"), media_urls=[address], provider_options=alts)


def _put(server: PictureServer) -> str:
    return str(server.put("slow.png", picture()))
