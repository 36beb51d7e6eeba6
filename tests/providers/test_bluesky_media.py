"""Bluesky's pictures: blobs first, then a record that names them, the same on every repeat."""

import httpx
import pytest

from dravo_app.errors import (
    AccessExpired,
    MediaUnusable,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
)
from dravo_app.providers.bluesky import record
from dravo_app.providers.bluesky.publish import Bluesky
from dravo_app.providers.types import Json
from tests.providers import wire as tricks
from tests.providers.conversations import BLUESKY_CREDENTIALS, DID, bluesky_publication, picture, with_media
from tests.providers.wire import Wire, answer, answers

UPLOAD, PUT = "/xrpc/com.atproto.repo.uploadBlob", "/xrpc/com.atproto.repo.putRecord"
PUT_OK = answer(200, {"uri": record.post_uri(DID, record.record_key(bluesky_publication())), "cid": "bafy"})
LINK = "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy"


def blob(link: str = LINK, **more: Json) -> dict[str, Json]:
    size = picture().size_bytes
    found: dict[str, Json] = {"$type": "blob", "ref": {"$link": link}, "mimeType": "image/png", "size": size}
    return {"blob": {**found, **more}}


def test_pictures_are_sent_as_they_are_and_named_in_order(wire: Wire, client: httpx.Client) -> None:
    other = LINK.replace("bme", "abc")
    wire.on(UPLOAD, answers(answer(200, blob()), answer(200, blob(other))))
    wire.on(PUT, PUT_OK)
    post = with_media(bluesky_publication(), picture("A wave 🌊"), picture())
    Bluesky(client, wire.url).publish(BLUESKY_CREDENTIALS, post)
    first, _, put = wire.requests
    assert first.body == picture().path.read_bytes()
    assert first.headers["content-type"] == "image/png"
    assert first.headers["authorization"] == "Bearer tok-access-4711"
    made = put.json["record"]
    assert isinstance(made, dict)
    ratio = {"width": 640, "height": 480}
    assert made["embed"] == {
        "$type": "app.bsky.embed.images",
        "images": [
            {"alt": "A wave 🌊", "image": blob()["blob"], "aspectRatio": ratio},
            {"alt": "", "image": blob(other)["blob"], "aspectRatio": ratio},
        ],
    }


def test_a_repeat_is_the_same_record(wire: Wire, client: httpx.Client) -> None:
    wire.on(UPLOAD, answer(200, blob()))
    wire.on(PUT, PUT_OK)
    for _ in range(2):
        Bluesky(client, wire.url).publish(BLUESKY_CREDENTIALS, with_media(bluesky_publication(), picture("A wave")))
    _, first, _, second = wire.requests
    assert first.body == second.body


def test_a_post_without_pictures_has_no_embed(wire: Wire, client: httpx.Client) -> None:
    wire.on(PUT, PUT_OK)
    Bluesky(client, wire.url).publish(BLUESKY_CREDENTIALS, bluesky_publication())
    [put] = wire.requests
    assert "embed" not in str(put.json)


@pytest.mark.parametrize(
    "odd",
    [
        blob(link="../../etc"),
        blob(link=""),
        blob(size=1),
        blob(size=True),
        blob(mimeType="text/html"),
        blob(ref="bafy"),
        {"blob": LINK},
    ],
)
def test_a_blob_that_is_not_our_picture_is_not_named(wire: Wire, client: httpx.Client, odd: dict[str, Json]) -> None:
    wire.on(UPLOAD, answer(200, odd))
    with pytest.raises(ProviderUnavailable):
        Bluesky(client, wire.url).publish(BLUESKY_CREDENTIALS, with_media(bluesky_publication(), picture()))
    assert wire.paths() == [UPLOAD]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (413, {"error": "PayloadTooLarge", "message": "request entity too large"}, MediaUnusable),
        (413, None, MediaUnusable),
        (400, {"error": "InvalidMimeType", "message": "Referenced Mimetype does not match"}, MediaUnusable),
        (400, {"error": "ExpiredToken", "message": "Token has expired"}, AccessExpired),
        (500, {"error": "InternalServerError", "message": "Internal Server Error"}, ProviderUnavailable),
    ],
)
def test_what_a_refused_upload_means(
    wire: Wire, client: httpx.Client, status: int, body: Json, expected: type[ProviderError]
) -> None:
    wire.on(UPLOAD, answer(status, body))
    with pytest.raises(ProviderError) as caught:
        Bluesky(client, wire.url).publish(BLUESKY_CREDENTIALS, with_media(bluesky_publication(), picture()))
    assert type(caught.value) is expected
    assert wire.paths() == [UPLOAD], "nothing was posted"


def test_a_day_of_uploads_that_is_used_up_waits(wire: Wire, client: httpx.Client) -> None:
    wire.on(UPLOAD, answer(429, {"error": "RateLimitExceeded"}, {"ratelimit-policy": "1000;w=86400"}))
    with pytest.raises(QuotaExhausted):
        Bluesky(client, wire.url).publish(BLUESKY_CREDENTIALS, with_media(bluesky_publication(), picture()))


@pytest.mark.parametrize("trick", [tricks.close, tricks.reset, tricks.truncated, answer(500, {})])
def test_a_record_that_breaks_after_its_pictures_is_unknown(
    wire: Wire, client: httpx.Client, trick: tricks.Trick
) -> None:
    wire.on(UPLOAD, answer(200, blob()))
    wire.on(PUT, trick)
    with pytest.raises(OutcomeUnknown):
        Bluesky(client, wire.url).publish(BLUESKY_CREDENTIALS, with_media(bluesky_publication(), picture()))
