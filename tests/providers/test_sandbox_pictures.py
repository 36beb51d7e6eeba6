"""X and Bluesky with pictures against the real sandbox process: what the world saw is what was sent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from dravo_app.errors import MediaUnusable
from dravo_app.ids import new_id
from dravo_app.providers import http
from dravo_app.providers.base import Provider
from dravo_app.providers.bluesky.publish import Bluesky
from dravo_app.providers.types import Identity, Medium, Processing, Publication, Published, Ready
from dravo_app.providers.x.publish import X
from tests.support.sandbox_server import Sandbox, running_sandbox


@pytest.fixture(name="sandbox", scope="module")
def _sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture(name="client", scope="module")
def _client() -> Iterator[httpx.Client]:
    with http.make_client() as client:
        yield client


class Person:
    """A new account on one network of the sandbox, connected."""

    def __init__(self, sandbox: Sandbox, adapter: Provider) -> None:
        self.sandbox, self.adapter = sandbox, adapter
        handle = f"user{new_id('u').rpartition('_')[2][-12:].lower()}"
        self.identity: Identity = adapter.identify({"access_token": f"sandbox_{handle}"}, handle)
        self.credentials = self.identity.credentials

    def written(self, text: str, *media: Medium) -> Publication:
        native, handle = self.identity.platform_account_id, self.identity.handle
        urls, alts = ("https://pictures.example/",) * len(media), tuple(medium.alt_text for medium in media)
        return Publication(
            f"dlv_{text}", native, handle, text, datetime.now(UTC), media_urls=urls, alt_texts=alts, media=media
        )

    def seen(self) -> list[dict[str, Any]]:
        return [dict(item) for item in self.sandbox.log(network=self.adapter.slug, account=self.identity.handle)]


def still(folder: Path, color: str, alt_text: str = "") -> Medium:
    path = folder / f"{color}.png"
    Image.new("RGB", (64, 48), color).save(path)
    return Medium(path, "image/png", path.stat().st_size, 64, 48, alt_text)


def moving(folder: Path, alt_text: str = "") -> Medium:
    path = folder / "moving.gif"
    frames = [Image.new("RGB", (32, 24), color) for color in ("red", "green", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    return Medium(path, "image/gif", path.stat().st_size, 32, 24, alt_text, is_animated=True)


@pytest.mark.parametrize("adapter", [X, Bluesky])
def test_pictures_are_seen_in_order_with_their_descriptions(
    sandbox: Sandbox, client: httpx.Client, tmp_path: Path, adapter: type[Provider]
) -> None:
    person = Person(sandbox, adapter(client, f"{sandbox.url}/{adapter.slug}"))
    sent = [still(tmp_path, "red", "A red wall"), still(tmp_path, "blue"), still(tmp_path, "green", "Grass 🌱")]
    post = person.written("Three walls https://example.com/walls", *sent)
    published = person.adapter.publish(person.credentials, post)
    assert isinstance(published, Published)
    [item] = person.seen()
    assert item["post_id"] == published.platform_post_id
    assert [medium["alt_text"] or "" for medium in item["media"]] == ["A red wall", "", "Grass 🌱"]
    assert [(medium["width"], medium["height"]) for medium in item["media"]] == [(64, 48)] * 3
    assert [medium["size_bytes"] for medium in item["media"]] == [medium.size_bytes for medium in sent]
    found = person.adapter.look_up(person.credentials, post)
    assert found is not None
    assert found.platform_post_id == published.platform_post_id


def test_on_x_the_same_words_without_the_pictures_are_another_post(
    sandbox: Sandbox, client: httpx.Client, tmp_path: Path
) -> None:
    person = Person(sandbox, X(client, f"{sandbox.url}/x"))
    bare, pictured = person.written("A wall"), person.written("A wall", still(tmp_path, "red"))
    first = person.adapter.publish(person.credentials, bare)
    assert isinstance(first, Published)
    assert person.adapter.look_up(person.credentials, pictured) is None
    second = person.adapter.publish(person.credentials, pictured)
    assert isinstance(second, Published)
    found = [person.adapter.look_up(person.credentials, post) for post in (bare, pictured)]
    assert [post and post.platform_post_id for post in found] == [first.platform_post_id, second.platform_post_id]


def test_an_animation_waits_unsent_until_x_is_done_with_it(
    sandbox: Sandbox, client: httpx.Client, tmp_path: Path
) -> None:
    person = Person(sandbox, X(client, f"{sandbox.url}/x"))
    post = person.written("It moves", moving(tmp_path, "Red, green, blue"))
    outcome = person.adapter.publish(person.credentials, post)
    assert isinstance(outcome, Processing)
    assert person.seen() == []
    ends_at = time.monotonic() + 10
    while isinstance(outcome, Processing) and time.monotonic() < ends_at:
        time.sleep(0.2)
        outcome = person.adapter.resume(person.credentials, post, outcome.handle)
    assert isinstance(outcome, Ready)
    assert person.seen() == [], "a look publishes nothing"
    published = person.adapter.publish(person.credentials, replace(post, media=(), prepared=outcome.handle))
    assert isinstance(published, Published)
    [item] = person.seen()
    [medium] = item["media"]
    assert (medium["content_type"], medium["alt_text"]) == ("image/gif", "Red, green, blue")
    assert person.adapter.look_up(person.credentials, post) is not None


@pytest.mark.parametrize("adapter", [X, Bluesky])
def test_what_is_no_picture_is_refused_and_nothing_is_posted(
    sandbox: Sandbox, client: httpx.Client, tmp_path: Path, adapter: type[Provider]
) -> None:
    person = Person(sandbox, adapter(client, f"{sandbox.url}/{adapter.slug}"))
    huge = still(tmp_path, "red")
    huge.path.write_bytes(huge.path.read_bytes() + bytes(6_000_000))
    huge = replace(huge, size_bytes=huge.path.stat().st_size)
    with pytest.raises(MediaUnusable):
        person.adapter.publish(person.credentials, person.written("Too large", huge))
    assert person.seen() == []
