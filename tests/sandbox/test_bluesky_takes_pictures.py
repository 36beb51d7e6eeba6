"""A PDS's blobs: anything goes up under its true CID, and the lexicon looks when a record refers to it."""

import base64
import hashlib
from typing import Any

import httpx
import pytest

from tests.sandbox.drawn import heavy, picture
from tests.sandbox.speakers import BlueskySpeaker, new_key, seen
from tests.support.sandbox_server import Sandbox


def test_a_blob_has_the_name_that_any_server_gives_it(bluesky: BlueskySpeaker) -> None:
    photo = picture("JPEG")
    blob = upload(bluesky, photo, "image/jpeg").json()["blob"]
    digest = b"\x01\x55\x12\x20" + hashlib.sha256(photo).digest()
    cid = "b" + base64.b32encode(digest).decode().lower().rstrip("=")
    assert blob == {"$type": "blob", "ref": {"$link": cid}, "mimeType": "image/jpeg", "size": len(photo)}
    got = bluesky.call("GET", "com.atproto.sync.getBlob", params={"did": bluesky.did, "cid": cid})
    assert (got.content, got.headers["content-type"]) == (photo, "image/jpeg")


def test_a_post_shows_its_images_with_their_alt_texts(sandbox: Sandbox, bluesky: BlueskySpeaker) -> None:
    blob = upload(bluesky, picture(width=8, height=6)).json()["blob"]
    ratio = {"width": 8, "height": 6}
    images = [{"image": blob, "alt": "one", "aspectRatio": ratio}, {"image": blob, "alt": ""}]
    assert put(bluesky, images).status_code == 200
    [item] = sandbox.log(network="bluesky", account=bluesky.handle)
    assert [(one["alt_text"], one["width"], one["size_bytes"]) for one in item["media"]] == [
        ("one", 8, blob["size"]), ("", 8, blob["size"]),
    ]  # fmt: skip


def test_the_same_record_with_images_again_changes_nothing(bluesky: BlueskySpeaker) -> None:
    blob, key = upload(bluesky, picture()).json()["blob"], new_key()
    answers = [put(bluesky, [{"image": blob, "alt": ""}], key) for _ in range(2)]
    assert [answer.json()["cid"] for answer in answers] == [answers[0].json()["cid"]] * 2
    upload(bluesky, picture())  # a repeat uploads again: the same bytes, the same name
    assert put(bluesky, [{"image": blob, "alt": ""}], key).json()["uri"] == answers[0].json()["uri"]
    assert seen(bluesky) == ["hi"]


def test_an_upload_needs_a_type_a_session_and_five_megabytes_at_most(bluesky: BlueskySpeaker) -> None:
    assert upload(bluesky, heavy(5 * 1024 * 1024)).status_code == 200
    too_large = upload(bluesky, heavy(5 * 1024 * 1024 + 1))
    assert (too_large.status_code, too_large.json()["error"]) == (413, "PayloadTooLarge")
    untyped = bluesky.call("POST", "com.atproto.repo.uploadBlob", content=b"x")
    assert untyped.json()["message"] == "Request encoding (Content-Type) required but not provided"
    assert bluesky.client.post("com.atproto.repo.uploadBlob", content=b"x").json()["error"] == "AuthMissing"


def test_a_large_image_is_refused_when_it_is_referred_to(bluesky: BlueskySpeaker) -> None:
    fits, exceeds = (upload(bluesky, heavy(size)).json()["blob"] for size in (2_000_000, 2_000_001))
    assert put(bluesky, [{"image": fits, "alt": ""}]).status_code == 200
    answer = put(bluesky, [{"image": exceeds, "alt": ""}])
    said = "blob too big (maximum 2000000, got 2000001) at $.record.embed.images[0].image"
    assert answer.json() == {"error": "InvalidRequest", "message": f"Invalid app.bsky.feed.post record: {said}"}


def test_a_blob_of_somebody_else_or_nobody_is_not_found(sandbox: Sandbox, bluesky: BlueskySpeaker) -> None:
    other = BlueskySpeaker(sandbox, bluesky.handle + "other")
    foreign = upload(other, picture(colour=1)).json()["blob"]
    other.close()
    answer = put(bluesky, [{"image": foreign, "alt": ""}])
    assert (answer.status_code, answer.json()["error"]) == (400, "BlobNotFound")
    assert seen(bluesky) == []


def test_what_is_said_of_a_blob_must_be_so(bluesky: BlueskySpeaker) -> None:
    blob = upload(bluesky, picture(colour=2)).json()["blob"]
    changes: dict[str, dict[str, Any]] = {"InvalidSize": {"size": 5}, "InvalidMimeType": {"mimeType": "image/gif"}}
    for error, change in changes.items():
        assert put(bluesky, [{"image": {**blob, **change}, "alt": ""}]).json()["error"] == error


@pytest.mark.parametrize("marker", ["500 before", "429 retry-after 1", "html", "token expired"])
def test_a_script_for_media_hits_the_upload(sandbox: Sandbox, bluesky: BlueskySpeaker, marker: str) -> None:
    sandbox.faults(network="bluesky", account=bluesky.handle, media_script=[marker])
    heard = upload(bluesky, picture())
    expected = {"500 before": 500, "429 retry-after 1": 429, "html": 200, "token expired": 400}
    assert heard.status_code == expected[marker]
    if marker == "token expired":
        bluesky.refresh()
    assert upload(bluesky, picture()).json()["blob"]["mimeType"] == "image/png"


def upload(bluesky: BlueskySpeaker, content: bytes, kind: str = "image/png") -> httpx.Response:
    headers = {"authorization": f"Bearer {bluesky.session['accessJwt']}", "content-type": kind}
    return bluesky.client.post("com.atproto.repo.uploadBlob", content=content, headers=headers)


def put(bluesky: BlueskySpeaker, images: object, key: str = "") -> httpx.Response:
    return bluesky.put(key or new_key(), "hi", embed={"$type": "app.bsky.embed.images", "images": images})
