"""X works on an animation for a while: the post waits for it unsent, goes out once, and is known by its picture."""

from collections.abc import Iterator

import pytest

from dravo_app import settings
from dravo_app.services.media import fetching
from tests.support.picture_server import PictureServer, moving, picture, running_picture_server
from tests.support.world import ON_SQLITE, World, working


@pytest.fixture
def server(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[PictureServer]:
    """A picture server that the operator has named."""
    with running_picture_server() as server:
        monkeypatch.setenv("DRAVO_ALLOW_PRIVATE", server.host)
        settings.get_settings.cache_clear()
        fetching.close()
        yield server
        fetching.close()


@ON_SQLITE
def test_it_waits_unsent_and_goes_out_once(world: World, server: PictureServer) -> None:
    address = server.put("wave.gif", moving("GIF", 5), "image/gif")
    account = world.connect("alice")
    with working():
        job = world.publish(
            "It moves", account, media_urls=[address], provider_options={"x": {"alt_texts": ["A wave"]}}
        )
        (receipt,) = world.wait_until_final(job)
    assert receipt.status == "published", receipt
    assert world.states(job) == ["queued", "sending", "processing", "waiting", "queued", "sending", "published"]
    [item] = world.visible("It moves")
    assert [(m["content_type"], m["alt_text"]) for m in item["media"]] == [("image/gif", "A wave")]


@ON_SQLITE
def test_a_lost_answer_is_found_by_its_words_and_its_pictures(world: World, server: PictureServer) -> None:
    account, words = world.connect("alice"), "The same words [[sandbox: answer lost]]"
    still, wave = server.put("wall.png", picture()), server.put("wave.gif", moving("GIF", 5), "image/gif")
    with working():
        jobs = [world.publish(words, account, media_urls=urls) for urls in ([], [still], [still, still], [wave])]
        receipts = world.wait_until_final(*jobs)
    assert [receipt.status for receipt in receipts] == ["published"] * 4, receipts
    seen = {item["post_id"]: [m["content_type"] for m in item["media"]] for item in world.visible(words)}
    assert [seen.pop(str(receipt.results[0].platform_post_id)) for receipt in receipts] == [
        [],
        ["image/png"],
        ["image/png", "image/png"],
        ["image/gif"],
    ]
    assert seen == {}, "nothing went out twice"
