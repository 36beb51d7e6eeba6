"""Mastodon against the sandbox, which is strict where forks are not: keys, files that take time, polls, its own limits."""

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

from dravo_app.errors import ContentRejected, OutcomeUnknown, UnsupportedContent
from dravo_app.ids import new_id
from dravo_app.providers import http
from dravo_app.providers.mastodon.publish import Mastodon
from dravo_app.providers.types import Json, Medium, Processing, Publication, Published, Ready
from tests.support.sandbox_server import Sandbox, running_sandbox


@pytest.fixture(name="sandbox", scope="module")
def _sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


class Person:
    """A new account of the sandbox's Mastodon, connected."""

    def __init__(self, sandbox: Sandbox, client: httpx.Client) -> None:
        self.sandbox, self.server = sandbox, Mastodon(client, f"{sandbox.url}/mastodon")
        self.handle = f"user{new_id('u').rpartition('_')[2][-12:].lower()}"
        self.identity = self.server.identify({"access_token": f"sandbox_{self.handle}"}, "")
        self.credentials = self.identity.credentials

    def written(self, text: str, options: dict[str, Json] | None = None, *media: Medium) -> Publication:
        post = Publication(
            f"dlv_{text}", self.identity.platform_account_id, self.handle, text, datetime.now(UTC), options or {}
        )
        return replace(post, media=media, limits=self.identity.own_limits or {})

    def publish(self, publication: Publication) -> Published:
        assert self.server.check(publication) == []
        outcome = self.server.publish(self.credentials, publication)
        assert isinstance(outcome, Published)
        return outcome

    def seen(self) -> list[dict[str, Any]]:
        return self.sandbox.log(network="mastodon", account=self.handle)

    def read_back(self, outcome: Published) -> dict[str, Any]:
        """The post as anybody's program reads it."""
        headers = {"Authorization": f"Bearer sandbox_{self.handle}"}
        path = f"/mastodon/api/v1/statuses/{outcome.platform_post_id}"
        return dict(self.sandbox.call("GET", path, headers=headers).json())


@pytest.fixture(name="person")
def _person(sandbox: Sandbox) -> Iterator[Person]:
    with http.make_client() as client:
        yield Person(sandbox, client)


def test_in_the_sandbox_an_account_has_no_server_in_its_name(person: Person) -> None:
    assert person.identity.handle == person.handle
    assert "@" not in person.identity.platform_account_id
    assert person.identity.own_limits is not None
    assert person.identity.own_limits["max_characters"] == 500
    assert person.identity.own_limits["characters_reserved_per_url"] == 23


def test_everything_that_was_asked_arrives(person: Person) -> None:
    options: dict[str, Json] = {"visibility": "unlisted", "spoiler_text": "CW", "language": "de", "sensitive": True}
    shown = person.read_back(person.publish(person.written("Hallo", options)))
    assert {name: shown[name] for name in options} == options


def test_a_poll_arrives(person: Person) -> None:
    options: dict[str, Json] = {"poll_options": ["This", "That"], "poll_multiple": True, "poll_expires_in": 3600}
    poll = person.read_back(person.publish(person.written("Which?", options)))["poll"]
    assert [option["title"] for option in poll["options"]] == ["This", "That"]
    assert poll["multiple"] is True


def test_the_same_delivery_twice_within_an_hour_is_one_post(person: Person) -> None:
    publication = person.written("Once")
    ids = {person.publish(publication).platform_post_id for _ in range(3)}
    assert ids == {item["post_id"] for item in person.seen()}
    assert len(ids) == 1


def test_without_the_key_the_look_up_still_keeps_it_one(person: Person, sandbox: Sandbox) -> None:
    sandbox.faults(network="mastodon", allow_duplicates=True)
    try:
        publication = person.written("Once [[sandbox: answer lost]]")
        with pytest.raises(OutcomeUnknown):
            person.server.publish(person.credentials, publication)
        assert person.server.look_up(person.credentials, publication) is not None
        assert len(person.seen()) == 1
    finally:
        sandbox.clear_faults()


@pytest.mark.parametrize("visibility", ["private", "direct"])
def test_what_few_may_see_is_found_by_its_author(person: Person, visibility: str) -> None:
    publication = person.written("Few", {"visibility": visibility})
    assert person.server.look_up(person.credentials, publication) is None
    published = person.publish(publication)
    found = person.server.look_up(person.credentials, publication)
    assert found is not None and found.platform_post_id == published.platform_post_id


def test_pictures_arrive_in_order_with_their_words(person: Person, tmp_path: Path) -> None:
    pictures = [picture(tmp_path / f"{color}.png", color, f"All {color}") for color in ("red", "green", "blue")]
    person.publish(person.written("Look", None, *pictures))
    [item] = person.seen()
    assert [medium["alt_text"] for medium in item["media"]] == ["All red", "All green", "All blue"]
    assert person.server.look_up(person.credentials, person.written("Look")) is None, "that one has no pictures"


def test_a_picture_that_takes_time_is_posted_when_it_is_ready_and_once(person: Person, tmp_path: Path) -> None:
    slow = picture(tmp_path / "red.png", "red", "Slow [[sandbox: processing 0.6s]]")
    publication = person.written("Wait for it", None, picture(tmp_path / "blue.png", "blue", ""), slow)
    outcome = person.server.publish(person.credentials, publication)
    assert isinstance(outcome, Processing)
    outcome = person.server.resume(person.credentials, publication, outcome.handle)
    assert isinstance(outcome, Processing) and person.seen() == []
    time.sleep(0.6)
    outcome = person.server.resume(person.credentials, publication, outcome.handle)
    assert isinstance(outcome, Ready) and person.seen() == []
    person.publish(replace(publication, prepared=outcome.handle, media=()))
    [item] = person.seen()
    assert len(item["media"]) == 2


@pytest.mark.parametrize("text", ["a" * 501, "https://example.com/ " * 21, "@bob@example.com " * 101])
def test_what_we_call_too_long_the_server_calls_too_long(person: Person, text: str) -> None:
    publication = person.written(text.strip())
    assert [problem.code for problem in person.server.check(publication)] == ["text_too_long"]
    with pytest.raises((ContentRejected, UnsupportedContent)):
        person.server.publish(person.credentials, publication)


@pytest.mark.parametrize("text", ["a" * 500, "https://example.com/ " * 20, "@bob@example.com " * 99])
def test_what_we_call_short_enough_the_server_takes(person: Person, text: str) -> None:
    assert person.publish(person.written(text.strip()))


def picture(path: Path, color: str, alt_text: str) -> Medium:
    Image.new("RGB", (16, 16), color).save(path)
    return Medium(path, "image/png", path.stat().st_size, 16, 16, alt_text)
