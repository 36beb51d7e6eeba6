"""A post with pictures shows exactly those, made to fit; where a picture can't be had, nothing of the post is seen."""

import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlmodel import col, update

from dravo_app import db, settings
from dravo_app.models import Account
from dravo_app.services import networks
from dravo_app.services.media import fetching, store
from tests.support.picture_server import Answer, PictureServer, moving, photo, picture, running_picture_server
from tests.support.world import ON_SQLITE, STEADY, World, environment_of, running_worker, wait_for, working

NETWORKS = ("x", "bluesky", "mastodon")


@pytest.fixture
def server(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[PictureServer]:
    """A picture server that the operator has named; the world around it is there already."""
    with running_picture_server() as server:
        monkeypatch.setenv("DRAVO_ALLOW_PRIVATE", server.host)
        settings.get_settings.cache_clear()
        fetching.close()
        yield server
        fetching.close()


@contextmanager
def settled(engine: settings.Engine) -> Iterator[None]:
    """The process's settings with these times and threads."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment_of(engine).items():
            patch.setenv(name, value)
        settings.get_settings.cache_clear()
        fetching.close()
        yield
    settings.get_settings.cache_clear()


def everywhere(world: World, handle: str = "alice") -> list[str]:
    return [world.connect(handle, network) for network in NETWORKS]


def shown(world: World, item: dict[str, Any], place: int = 0) -> Image.Image:
    """The picture that the world sees with a post."""
    address = f"{world.sandbox.url}{item['media'][place]['address']}"
    return Image.open(io.BytesIO(httpx.get(address, trust_env=False, verify=False).raise_for_status().content))


def files_held() -> list[str]:
    return [path.name for path in (settings.get_settings().data_dir / "fetched").rglob("*") if path.is_file()]


def test_each_account_gets_the_pictures_with_what_they_show(world: World, server: PictureServer) -> None:
    addresses = [server.put("red.png", picture(seed=1)), server.put("photo.jpg", photo((90, 60)), "image/jpeg")]
    options = {network: {"alt_texts": ["Grain", "Soft colours"]} for network in NETWORKS}
    with working():
        job = world.publish("Look", *everywhere(world), media_urls=addresses, provider_options=options)
        (receipt,) = world.wait_until_final(job)
    assert receipt.status == "published", receipt
    assert receipt.media_urls == addresses
    seen = world.visible("Look")
    assert sorted(item["network"] for item in seen) == sorted(NETWORKS)
    for item in seen:
        assert [(m["content_type"], m["alt_text"]) for m in item["media"]] == [
            ("image/png", "Grain"),
            ("image/jpeg", "Soft colours"),
        ]
        assert shown(world, item).size == (64, 48)
    assert [server.count(name) for name in ("red.png", "photo.jpg")] == [1, 1], "fetched once for all accounts"


@ON_SQLITE
@pytest.mark.parametrize("network", ["x", "bluesky"])
def test_a_token_that_ends_between_the_pictures_and_the_post_is_renewed_and_makes_one_post(
    world: World, server: PictureServer, network: str
) -> None:
    words = "Between [[sandbox: token expired]]"  # said in the post: the pictures go up before
    with working():
        job = world.publish(words, world.connect("alice", network), media_urls=[server.put("a.png", picture())])
        (receipt,) = world.wait_until_final(job)
    assert receipt.status == "published"
    assert [attempt.error_code for attempt in world.attempts(job)] == ["access_expired", None]
    (seen,) = world.visible(words)
    assert len(seen["media"]) == 1
    paths = [request["path"] for request in world.sandbox.requests(network=network)]
    renewed = next(number for number, path in enumerate(paths) if "oauth2/token" in path or "refreshSession" in path)
    assert any("media" in path or "uploadBlob" in path for path in paths[:renewed]), "a picture went up before it ended"


@ON_SQLITE
def test_an_account_may_have_pictures_of_its_own(world: World, server: PictureServer) -> None:
    alice, bob, carol = (world.connect(name, "mastodon") for name in ("alice", "bob", "carol"))
    wide, high = server.put("wide", picture(size=(40, 20))), server.put("high", picture(size=(20, 40)))
    options = {
        "mastodon": {
            "media_urls": [high],
            "alt_texts": ["High"],
            "accounts": {bob: {"media_urls": [wide]}, carol: {"media_urls": []}},
        }
    }
    with working():
        job = world.publish("Own", alice, bob, carol, media_urls=[wide, high], provider_options=options)
        (receipt,) = world.wait_until_final(job)
    assert receipt.status == "published"
    seen = {item["account"]: item for item in world.visible("Own")}
    told = {name: [(m["height"], m["alt_text"] or "") for m in item["media"]] for name, item in seen.items()}
    assert sorted(told.values()) == [[], [(20, "")], [(40, "High")]]


@ON_SQLITE
def test_a_picture_that_is_too_large_is_made_smaller_and_says_nothing_of_where_it_was_taken(
    world: World, server: PictureServer
) -> None:
    accounts = everywhere(world)
    with db.transaction() as session:  # an instance with small limits, read a moment ago
        limits = {"image_matrix_limit": 200_000, "image_size_limit": 150_000, "max_media_attachments": 4}
        session.exec(update(Account).where(col(Account.provider) == "mastodon").values(own_limits=limits))
    notes = Image.Exif()
    notes[0x0112], notes[0x010F] = 6, "Camera of somebody"
    large = photo((3000, 2000), exif=notes, quality=98)
    with working():
        job = world.publish("Large", *accounts, media_urls=[server.put("large.jpg", large)])
        (receipt,) = world.wait_until_final(job, seconds=30)
    assert receipt.status == "published", receipt
    sizes = {}
    for item in world.visible("Large"):
        seen = shown(world, item)
        sizes[item["network"]] = seen.size
        assert not seen.getexif() and seen.height > seen.width, "upright, without the camera's notes"
        assert item["media"][0]["size_bytes"] < len(large)
    assert sizes["mastodon"][0] * sizes["mastodon"][1] <= 200_000


@ON_SQLITE
def test_a_picture_that_is_gone_is_asked_for_again_then_nothing_is_published(
    world: World, server: PictureServer
) -> None:
    with working():
        job = world.publish("Gone", *everywhere(world), media_urls=[f"http://{server.host}/gone.png"])
        (receipt,) = world.wait_until_final(job)
    assert receipt.status == "failed" and world.visible("Gone") == []
    for result in receipt.results:
        assert (result.error_code, result.attempts) == ("media_unreachable", 5)
        assert result.error_message == "The file's server answered 404."


def test_a_picture_that_comes_back_goes_out(world: World, server: PictureServer) -> None:
    came = [(503, "text/html", b""), (503, "text/html", b"")]
    address = server.put("late.png", lambda: came.pop() if came else (200, "image/png", picture()))
    with working():
        job = world.publish("Late", world.connect("alice", "mastodon"), media_urls=[address])
        (receipt,) = world.wait_until_final(job)
    assert receipt.status == "published" and receipt.results[0].attempts == 3
    assert len(world.visible("Late")[0]["media"]) == 1


@ON_SQLITE
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, "image/png", b"<!DOCTYPE html><title>Log in</title>"), "The file is a web page"),
        ((200, "image/png", picture()[:2000]), "cut off"),
        ((200, "image/png", moving("PNG")), "moves"),
        ((200, "video/mp4", b"\x00\x00\x00\x20ftypmp42"), "a video (MP4)"),
    ],
)
def test_what_is_no_picture_fails_at_once_with_a_sentence(
    world: World, server: PictureServer, answer: Answer, said: str
) -> None:
    good = server.put("good.png", picture())
    with working():
        job = world.publish("No picture", *everywhere(world), media_urls=[good, server.put("bad.png", answer)])
        (receipt,) = world.wait_until_final(job)
    assert receipt.status == "failed" and world.visible("No picture") == []
    for result in receipt.results:
        assert (result.error_code, result.who_acts, result.attempts) == ("media_unusable", "author", 1)
        assert result.error_message and result.error_message.startswith("Picture 2: ") and said in result.error_message


@ON_SQLITE
def test_an_address_that_leads_inside_by_now_is_refused_when_it_is_fetched(world: World, server: PictureServer) -> None:
    inside = picture()
    assert server.put("secret", inside)
    with working():
        job = world.publish("Inside", *everywhere(world), media_urls=[f"{world.sandbox.url}/healthz"])
        (receipt,) = world.wait_until_final(job)
    assert {result.error_code for result in receipt.results} == {"address_refused"}
    assert world.visible("Inside") == []


@ON_SQLITE
def test_a_slow_server_holds_up_only_its_own_post(
    world: World, server: PictureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "WHOLE_SECONDS", 0.5)
    release = threading.Event()

    def slow() -> Answer:
        release.wait(60)
        return (200, "image/png", picture())

    accounts = [world.connect(name, "mastodon") for name in ("alice", "bob")]
    with working():
        waiting = world.publish("Slow", accounts[0], media_urls=[server.put("slow.png", slow)])
        quick = world.publish("Quick", accounts[1], media_urls=[server.put("quick.png", picture())])
        world.wait_until_final(quick, seconds=20)  # before the slow one is given up
        wait_for(lambda: any(attempt.error_code == "media_unreachable" for attempt in world.attempts(waiting)))
        release.set()
        (receipt,) = world.wait_until_final(waiting)
    assert receipt.status == "published"
    assert server.count("slow.png") == 1, "what came too late for the first try was there for the next"


@ON_SQLITE
def test_posts_without_pictures_pass_those_that_wait_for_theirs(
    world: World, server: PictureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_BUSY_SECONDS", 0.3)
    release = threading.Event()

    def slow() -> Answer:
        release.wait(60)
        return (200, "image/png", picture())

    few = replace(STEADY, threads=4)
    accounts = [world.connect(f"account{n}", "mastodon") for n in range(6)]
    with settled(few), working(few):
        waiting = world.publish("Slow", *accounts[:5], media_urls=[server.put("slow.png", slow)])
        wait_for(lambda: server.count("slow.png") == 1)
        (passing,) = world.wait_until_final(world.publish("Quick", accounts[5]), seconds=15)
        release.set()
        (receipt,) = world.wait_until_final(waiting, seconds=30)
    assert (passing.status, receipt.status) == ("published", "published")
    codes = {attempt.error_code for attempt in world.attempts(waiting)}
    assert codes == {None, "throttled"}, "who found no place waited its turn"


@ON_SQLITE
def test_a_stumble_before_the_post_leaves_is_told_as_that(
    world: World, server: PictureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stumbles = [RuntimeError("a fault that nobody foresaw")]
    rules = networks.stranger_rules

    def stumbling() -> tuple[frozenset[str], frozenset[str]]:
        if stumbles:
            raise stumbles.pop()
        return rules()

    account = world.connect("alice")
    monkeypatch.setattr(networks, "stranger_rules", stumbling)
    with working():
        job = world.publish("Stumble", account, media_urls=[server.put("a.png", picture())])
        (receipt,) = world.wait_until_final(job)
    told = [(attempt.kind, attempt.error_code) for attempt in world.attempts(job)]
    assert told == [("publish", "provider_unavailable"), ("publish", None)]
    assert receipt.status == "published"


def test_an_answer_lost_after_posting_is_looked_up_without_fetching_again(
    world: World, server: PictureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "KEPT_SECONDS", 0.0)  # so that a second fetch would be seen
    text = "Lost [[sandbox: answer lost]]"
    addresses = {network: server.put(network, picture()) for network in NETWORKS}
    options = {network: {"media_urls": [address]} for network, address in addresses.items()}
    with working():
        job = world.publish(text, *everywhere(world), provider_options=options)
        (receipt,) = world.wait_until_final(job)
    assert receipt.status == "published"
    assert {attempt.kind for attempt in world.attempts(job)} >= {"publish", "look_up"}
    assert sorted((item["network"], len(item["media"])) for item in world.visible(text)) == sorted(
        (network, 1) for network in NETWORKS
    )
    assert [server.count(network) for network in NETWORKS] == [1, 1, 1]


@ON_SQLITE
def test_a_worker_that_dies_with_pictures_in_hand_posts_once_and_leaves_no_file_for_long(
    world: World, server: PictureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = server.put("held.png", picture())
    job = world.publish("Held", *everywhere(world), media_urls=[address])
    with running_worker("deliver_prepared") as worker:
        worker.wait_killed()
    assert files_held(), "the killed worker could not tidy up"
    monkeypatch.setattr("dravo_app.services.media.store.LEFTOVER_SECONDS", 0.0)
    time.sleep(0.01)
    with working():
        (receipt,) = world.wait_until_final(job)
    assert receipt.status == "published"
    assert [len(item["media"]) for item in world.visible("Held")] == [1, 1, 1]
    fetching.close()
    assert files_held() == []
