"""Mastodon's uploads: ready at once or processed for a while, described, and attached to one post only."""

import time

import httpx
import pytest

from tests.sandbox.drawn import heavy, picture
from tests.sandbox.speakers import MastodonSpeaker, seen
from tests.support.sandbox_server import Sandbox


def test_a_picture_is_ready_at_once_and_shown_with_its_description(sandbox: Sandbox, mastodon: MastodonSpeaker) -> None:
    photo = picture("JPEG", 40, 30)
    answer = mastodon.upload(photo, "a wall & a door")
    medium = answer.json()
    assert (answer.status_code, medium["type"], medium["description"]) == (200, "image", "a wall & a door")
    assert medium["meta"]["original"]["size"] == "40x30"
    post = mastodon.post(status="", media_ids=[medium["id"]]).json()
    assert [shown["id"] for shown in post["media_attachments"]] == [medium["id"]]
    [item] = sandbox.log(network="mastodon", account=mastodon.handle)
    assert item["media"] == [
        {
            "content_type": "image/jpeg", "size_bytes": len(photo), "width": 40, "height": 30,
            "alt_text": "a wall & a door", "address": item["media"][0]["address"],
        }
    ]  # fmt: skip
    assert medium["url"] == sandbox.url + item["media"][0]["address"]
    assert httpx.get(medium["url"], trust_env=False).content == photo


def test_what_is_processed_can_not_be_posted_yet(mastodon: MastodonSpeaker) -> None:
    answer = mastodon.upload(picture(), "a [[sandbox: processing 0.6s]]")
    medium = answer.json()
    assert (answer.status_code, medium["url"]) == (202, None)
    page = f"/api/v1/media/{medium['id']}"
    assert mastodon.call("GET", page).status_code == 206
    refusal = mastodon.post(status="a", media_ids=[medium["id"]])
    said = "Cannot attach files that have not finished processing. Try again in a moment!"
    assert (refusal.status_code, refusal.json()) == (422, {"error": said})
    time.sleep(0.7)
    assert mastodon.call("GET", page).json()["url"].startswith("http")
    assert mastodon.post(status="a", media_ids=[medium["id"]]).status_code == 200
    assert mastodon.call("GET", page).status_code == 404


def test_a_description_can_be_changed_until_a_post_shows_it(mastodon: MastodonSpeaker) -> None:
    page = f"/api/v1/media/{mastodon.upload(picture(), 'one').json()['id']}"
    assert mastodon.call("PUT", page, data={"description": "two"}).json()["description"] == "two"
    said = "Validation failed: Description is too long (maximum is 1500 characters)"
    assert mastodon.call("PUT", page, json={"description": "a" * 1501}).json() == {"error": said}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"hello", "Validation failed: File content type is invalid, File is invalid"),
        (b"", "Validation failed: File can't be blank"),
        (heavy(16 * 1024 * 1024), "Validation failed: File file size must be less than 16 MB"),
        (picture("GIF", 1281, 720), "1281x720 GIF files are not supported"),
        (picture("PNG", 7680, 4321), "7680x4321 images are not supported"),
    ],
    ids=["text", "empty", "sixteen MB", "gif", "pixels"],
)
def test_a_file_that_mastodon_refuses_it_refuses_in_its_words(
    mastodon: MastodonSpeaker, content: bytes, said: str
) -> None:
    answer = mastodon.upload(content)
    assert (answer.status_code, answer.json()) == (422, {"error": said})


def test_media_that_are_no_good_are_refused_in_its_words(sandbox: Sandbox, mastodon: MastodonSpeaker) -> None:
    other = MastodonSpeaker(sandbox, mastodon.handle + "_other")
    mine, foreign = mastodon.upload(picture()).json()["id"], other.upload(picture()).json()["id"]
    other.close()
    refusals = {
        f"Media 7, {foreign} not found or already attached to another post": ["7", mine, foreign],
        "Cannot attach more than 4 files": [mine, "1", "2", "3", "4"],
    }
    for said, ids in refusals.items():
        assert mastodon.post(status="a", media_ids=ids).json() == {"error": said}
    poll = {"options": ["a", "b"], "expires_in": 600}
    assert mastodon.post(status="a", media_ids=[mine], poll=poll).status_code == 422
    assert mastodon.post(status="a", media_ids=[mine]).status_code == 200
    assert "already attached" in mastodon.post(status="b", media_ids=[mine]).json()["error"]
    assert seen(mastodon) == ["a"]


def test_the_same_key_with_the_same_media_is_the_same_post(mastodon: MastodonSpeaker) -> None:
    media_id = mastodon.upload(picture()).json()["id"]
    form = {"status": "a", "media_ids[]": [media_id]}
    answers = [mastodon.call("POST", "/api/v1/statuses", headers={"idempotency-key": "k"}, data=form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


def test_a_marker_in_a_description_hits_the_upload(sandbox: Sandbox, mastodon: MastodonSpeaker) -> None:
    assert [mastodon.upload(picture(), "a [[sandbox: 500 before]]").status_code for _ in range(2)] == [500, 200]
    sandbox.faults(network="mastodon", account=mastodon.handle, media_script=["rejected", "quota"])
    assert [mastodon.upload(picture()).status_code for _ in range(3)] == [422, 429, 200]


def test_uploads_have_a_rate_of_their_own(mastodon: MastodonSpeaker) -> None:
    assert mastodon.upload(picture()).headers["x-ratelimit-limit"] == "30"
