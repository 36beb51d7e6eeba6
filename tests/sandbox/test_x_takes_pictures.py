"""X's uploads: in one request or in pieces, with a description, and what a post with pictures looks like afterwards."""

import base64
import time
from typing import Any

import httpx
import pytest

from tests.sandbox.drawn import heavy, picture
from tests.sandbox.speakers import XSpeaker, outcome
from tests.support.sandbox_server import Sandbox

FIELDS = {"tweet.fields": "created_at,entities,attachments", "expansions": "attachments.media_keys"}


def test_a_photo_goes_up_as_a_form_or_as_json(x: XSpeaker) -> None:
    photo = picture("JPEG")
    by_form = upload(x, photo)
    body = {"media": base64.b64encode(photo).decode(), "media_category": "tweet_image", "media_type": "image/jpeg"}
    by_json = x.call("POST", "/2/media/upload", json=body)
    for answer in (by_form, by_json):
        about = answer.json()["data"]
        assert (answer.status_code, about["media_key"], about["size"]) == (200, f"3_{about['id']}", len(photo))
        assert 86_000 < about["expires_after_secs"] <= 86_400


def test_a_post_shows_its_photos_with_their_descriptions(sandbox: Sandbox, x: XSpeaker) -> None:
    ids = [upload(x, picture(width=n)).json()["data"]["id"] for n in (4, 5)]
    alt = {"id": ids[0], "metadata": {"alt_text": {"text": "a red wall"}}}
    assert x.call("POST", "/2/media/metadata", json=alt).json()["data"]["associated_metadata"] == alt["metadata"]
    answer = post(x, "two & walls", ids).json()["data"]
    [item] = sandbox.log(network="x", account=x.handle)
    assert item["text"] == "two & walls"
    assert [(one["width"], one["alt_text"], one["content_type"]) for one in item["media"]] == [
        (4, "a red wall", "image/png"), (5, "", "image/png"),
    ]  # fmt: skip
    page = x.timeline(**FIELDS)
    [shown] = page["data"]
    assert shown["text"] == answer["text"]
    assert shown["attachments"] == {"media_keys": [f"3_{media_id}" for media_id in ids]}
    assert [one["media_key"] for one in page["includes"]["media"]] == shown["attachments"]["media_keys"]
    urls = shown["entities"]["urls"]
    assert [url["expanded_url"] for url in urls] == [f"https://x.com/{x.handle}/status/{answer['id']}/photo/1"] * 2
    assert shown["text"] == f"two &amp; walls {urls[0]['url']}"
    assert shown["text"][urls[0]["start"] : urls[0]["end"]] == urls[0]["url"]


def test_a_photo_needs_no_text(x: XSpeaker) -> None:
    media_id = upload(x, picture()).json()["data"]["id"]
    answer = x.call("POST", "/2/tweets", json={"media": {"media_ids": [media_id]}})
    assert answer.status_code == 201
    assert answer.json()["data"]["text"].startswith("https://t.co/")


def test_an_animation_goes_up_in_pieces_and_is_worked_on(x: XSpeaker) -> None:
    moving = picture("GIF", frames=3)
    media_id, done = in_pieces(x, moving, "tweet_gif")
    assert done.json()["data"]["processing_info"]["state"] == "in_progress"
    assert post(x, "too early", [media_id]).status_code == 400
    assert wait_until_done(x, media_id)["media_key"] == f"16_{media_id}"
    assert post(x, "now", [media_id]).status_code == 201
    [shown] = x.timeline(**FIELDS)["data"]
    assert shown["entities"]["urls"][0]["expanded_url"].endswith("/video/1")


def test_pieces_that_do_not_add_up_are_refused(x: XSpeaker) -> None:
    photo = picture()
    announced = {"media_type": "image/png", "total_bytes": len(photo) + 1, "media_category": "tweet_image"}
    media_id = x.call("POST", "/2/media/upload/initialize", json=announced).json()["data"]["id"]
    x.call("POST", f"/2/media/upload/{media_id}/append", files={"media": photo}, data={"segment_index": "0"})
    assert x.call("POST", f"/2/media/upload/{media_id}/finalize").status_code == 400
    assert x.call("POST", "/2/media/upload/1234/finalize").status_code == 400


@pytest.mark.parametrize(
    ("content", "category", "status"),
    [
        (heavy(5 * 1024 * 1024), "tweet_image", 200), (heavy(5 * 1024 * 1024 + 1), "tweet_image", 400),
        (b"<svg/>", "tweet_image", 400), (picture("GIF", frames=2), "tweet_image", 400), (picture("WEBP"), "tweet_image", 200),
        (picture(), "tweet_gif", 400), (picture(), "wall_paper", 400), (b"", "tweet_image", 400),
    ],
    ids=["five MB", "a byte more", "no picture", "an animation", "webp", "a category in pieces", "an unknown one", "empty"],
)  # fmt: skip
def test_one_request_takes_photos_of_five_megabytes(x: XSpeaker, content: bytes, category: str, status: int) -> None:
    answer = upload(x, content, category)
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["title"] == "Invalid Request"


def test_what_is_announced_too_large_is_refused_at_once(x: XSpeaker) -> None:
    announced = {"media_type": "image/gif", "total_bytes": 15 * 1024 * 1024 + 1, "media_category": "tweet_gif"}
    assert x.call("POST", "/2/media/upload/initialize", json=announced).status_code == 400
    announced["total_bytes"] = 15 * 1024 * 1024
    assert x.call("POST", "/2/media/upload/initialize", json=announced).status_code == 200


def test_an_animation_may_not_be_larger_than_x_shows(x: XSpeaker) -> None:
    assert in_pieces(x, picture("GIF", 1281, 2, frames=2), "tweet_gif")[1].status_code == 400


def test_ids_that_are_no_good_are_refused_as_x_does(sandbox: Sandbox, x: XSpeaker) -> None:
    other = XSpeaker(sandbox, x.handle + "_other")
    foreign = upload(other, picture()).json()["data"]["id"]
    other.close()
    mine = upload(x, picture()).json()["data"]["id"]
    for ids in (["1"], [foreign], [mine, "1"], [mine, mine]):
        answer = post(x, "hello", ids)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["message"] == "Your media IDs are invalid."
    wrong: tuple[object, ...] = ([], ["1", "2", "3", "4", "5"], "1", [1])
    for given in wrong:
        assert post(x, "hello", given).json()["errors"][0]["message"].startswith("$.media.media_ids")
    assert sandbox.log(network="x", account=x.handle) == []


def test_an_animation_stands_alone(x: XSpeaker) -> None:
    media_id, _ = in_pieces(x, picture("GIF", frames=2), "tweet_gif")
    wait_until_done(x, media_id)
    photo = upload(x, picture()).json()["data"]["id"]
    assert post(x, "both", [media_id, photo]).status_code == 400


def test_the_same_text_with_another_upload_is_another_post(x: XSpeaker) -> None:
    first, second = (upload(x, picture()).json()["data"]["id"] for _ in range(2))
    assert [post(x, "wall", [media_id]).status_code for media_id in (first, first, second)] == [201, 403, 201]
    assert outcome(x, "wall") == "published"


@pytest.mark.parametrize("text", ["", "a" * 1001, None])
def test_a_description_has_up_to_a_thousand_characters(x: XSpeaker, text: str | None) -> None:
    media_id = upload(x, picture()).json()["data"]["id"]
    body = {"id": media_id, "metadata": {"alt_text": {"text": text}}}
    assert x.call("POST", "/2/media/metadata", json=body).status_code == 400
    body = {"id": media_id, "metadata": {"alt_text": {"text": "a" * 1000}}}
    assert x.call("POST", "/2/media/metadata", json=body).status_code == 200


def test_a_script_for_media_hits_the_upload_and_not_the_post(sandbox: Sandbox, x: XSpeaker) -> None:
    sandbox.faults(network="x", account=x.handle, media_script=["500 before", "429 retry-after 2", "ok"])
    assert outcome(x, "plain") == "published"
    assert [upload(x, picture()).status_code for _ in range(3)] == [500, 429, 200]


def test_a_marker_in_a_description_hits_the_call_that_brings_it(x: XSpeaker) -> None:
    media_id = upload(x, picture()).json()["data"]["id"]
    body = {"id": media_id, "metadata": {"alt_text": {"text": "a wall [[sandbox: 500 before]]"}}}
    assert [x.call("POST", "/2/media/metadata", json=body).status_code for _ in range(2)] == [500, 200]


def upload(x: XSpeaker, content: bytes, category: str = "tweet_image") -> httpx.Response:
    return x.call("POST", "/2/media/upload", files={"media": content}, data={"media_category": category})


def in_pieces(x: XSpeaker, content: bytes, category: str) -> tuple[str, httpx.Response]:
    announced = {"media_type": "image/gif", "total_bytes": len(content), "media_category": category}
    media_id = x.call("POST", "/2/media/upload/initialize", json=announced).json()["data"]["id"]
    half = len(content) // 2
    for number, piece in enumerate((content[:half], content[half:])):
        form: dict[str, Any] = {"segment_index": str(number)}
        answer = x.call("POST", f"/2/media/upload/{media_id}/append", files={"media": piece}, data=form)
        assert answer.json()["data"]["expires_at"] > time.time()
    return media_id, x.call("POST", f"/2/media/upload/{media_id}/finalize")


def wait_until_done(x: XSpeaker, media_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        about = x.call("GET", "/2/media/upload", params={"command": "STATUS", "media_id": media_id}).json()["data"]
        if about["processing_info"]["state"] == "succeeded":
            return dict(about)
        time.sleep(0.1)
    raise AssertionError("still processing")


def post(x: XSpeaker, text: str, ids: object) -> httpx.Response:
    return x.call("POST", "/2/tweets", json={"text": text, "media": {"media_ids": ids}})
