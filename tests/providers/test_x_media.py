"""X's pictures: what is sent, in which order, what an answer means, and which post is ours by its pictures."""

import json
from dataclasses import replace
from datetime import timedelta
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path

import httpx
import pytest

from dravo_app.errors import (
    AccessExpired,
    AccountBlocked,
    AppNotApproved,
    ContentRejected,
    MediaUnusable,
    OutcomeUnknown,
    PermissionMissing,
    ProviderError,
    ProviderUnavailable,
    Throttled,
)
from dravo_app.providers.types import Json, Medium, Processing, Publication, Published, Ready
from dravo_app.providers.x import facts
from dravo_app.providers.x.publish import MAX_LOOKS, X
from tests.providers import wire as tricks
from tests.providers.conversations import STARTED_AT, X_CREDENTIALS, picture, publication, with_media
from tests.providers.wire import Request, Wire, answer, answers

UPLOAD, POST, POSTS = "/2/media/upload", "/2/tweets", "/2/users/42/tweets"
POSTED = answer(201, {"data": {"id": "1890", "text": "Hello"}})


def about(media_id: str, state: str = "", **processing: Json) -> dict[str, Json]:
    told: dict[str, Json] = {"id": media_id, "media_key": f"3_{media_id}"}
    return {"data": told | ({"processing_info": {"state": state, **processing}} if state else {})}


def parts(request: Request) -> dict[str, tuple[str, bytes]]:
    """A form's parts: content type and content by name."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    form = BytesParser(policy=HTTP).parsebytes(head + request.body)
    found = {}
    for part in form.iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found[str(part.get_param("name", header="content-disposition"))] = (part.get_content_type(), content)
    return found


def publish(wire: Wire, client: httpx.Client, post: Publication) -> object:
    return X(client, wire.url).publish(X_CREDENTIALS, post)


def test_photos_are_sent_and_described_and_then_named_in_order(wire: Wire, client: httpx.Client) -> None:
    wire.on(UPLOAD, answers(answer(200, about("710")), answer(200, about("711"))))
    wire.on("/2/media/metadata", answer(200, about("711")))
    wire.on(POST, POSTED)
    first, second = picture(), picture("A wave 🌊")
    assert isinstance(publish(wire, client, with_media(publication(), first, second)), Published)
    assert wire.paths() == [UPLOAD, UPLOAD, "/2/media/metadata", POST]
    sent = parts(wire.requests[0])
    assert sent["media"] == ("image/png", first.path.read_bytes())
    assert sent["media_category"][1] == b"tweet_image"
    assert sent["media_type"][1] == b"image/png"
    assert wire.requests[2].json == {"id": "711", "metadata": {"alt_text": {"text": "A wave 🌊"}}}
    assert wire.requests[3].json == {"text": "Hello", "media": {"media_ids": ["710", "711"]}}
    assert all(request.headers["authorization"] == "Bearer tok-access-4711" for request in wire.requests)


def animation(folder: Path, size_bytes: int) -> Medium:
    path = folder / "wave.gif"
    path.write_bytes(bytes(n % 251 for n in range(1000)) * (size_bytes // 1000) + b"x" * (size_bytes % 1000))
    return Medium(path, "image/gif", size_bytes, 640, 480, is_animated=True)


@pytest.mark.parametrize("size_bytes", [1, facts.MAX_PIECE_BYTES, facts.MAX_PIECE_BYTES + 1, 9_000_123])
def test_an_animation_goes_in_pieces_that_make_the_file(
    wire: Wire, client: httpx.Client, tmp_path: Path, size_bytes: int
) -> None:
    gif = animation(tmp_path, size_bytes)
    wire.on(f"{UPLOAD}/initialize", answer(200, about("710")))
    wire.on(f"{UPLOAD}/710/append", answer(204, raw=b""))
    wire.on(f"{UPLOAD}/710/finalize", answer(200, about("710", "pending", check_after_secs=2)))
    outcome = publish(wire, client, with_media(publication(), gif))
    assert outcome == Processing({"media_ids": ["710"], "looks": 0}, 2.0), "the post waits, unsent"
    first, *appended, _ = wire.requests
    assert first.json == {"media_type": "image/gif", "total_bytes": size_bytes, "media_category": "tweet_gif"}
    pieces = [parts(request) for request in appended]
    assert [piece["segment_index"][1] for piece in pieces] == [str(n).encode() for n in range(len(pieces))]
    assert b"".join(piece["media"][1] for piece in pieces) == gif.path.read_bytes()
    assert max(len(piece["media"][1]) for piece in pieces) <= 5_000_000


def test_what_is_ready_is_posted_without_another_upload(wire: Wire, client: httpx.Client) -> None:
    wire.on(POST, POSTED)
    post = replace(with_media(publication(), picture(is_animated=True)), prepared={"media_ids": ["710"]})
    assert isinstance(publish(wire, client, post), Published)
    assert wire.paths() == [POST]
    assert wire.requests[0].json == {"text": "Hello", "media": {"media_ids": ["710"]}}


@pytest.mark.parametrize(
    ("state", "more", "expected"),
    [
        ("", {}, Ready({"media_ids": ["710"]})),
        ("succeeded", {"progress_percent": 100}, Ready({"media_ids": ["710"]})),
        ("pending", {"check_after_secs": 3}, Processing({"media_ids": ["710"], "looks": 5}, 3.0)),
        ("in_progress", {"check_after_secs": 0}, Processing({"media_ids": ["710"], "looks": 5}, 1.0)),
        ("in_progress", {"check_after_secs": 86_400}, Processing({"media_ids": ["710"], "looks": 5}, 60.0)),
        ("in_progress", {}, Processing({"media_ids": ["710"], "looks": 5}, 5.0)),
    ],
)
def test_one_look_says_whether_the_post_can_go(
    wire: Wire, client: httpx.Client, state: str, more: dict[str, Json], expected: object
) -> None:
    wire.on(UPLOAD, answer(200, about("710", state, **more)))
    handle: dict[str, Json] = {"media_ids": ["710"], "looks": 4}
    assert X(client, wire.url).resume(X_CREDENTIALS, publication(), handle) == expected
    assert wire.requests[0].query == "command=STATUS&media_id=710"
    assert wire.paths() == [UPLOAD], "a look publishes nothing"


def test_an_animation_that_x_never_finishes_is_given_back(wire: Wire, client: httpx.Client) -> None:
    wire.on(UPLOAD, answer(200, about("710", "in_progress")))
    with pytest.raises(MediaUnusable, match="never finished"):
        X(client, wire.url).resume(X_CREDENTIALS, publication(), {"media_ids": ["710"], "looks": MAX_LOOKS - 1})


def test_an_animation_that_x_can_make_nothing_of(wire: Wire, client: httpx.Client) -> None:
    failed = about("710", "failed", error={"code": 1, "name": "InvalidMedia", "message": "Too many frames"})
    wire.on(UPLOAD, answer(200, failed))
    with pytest.raises(MediaUnusable, match="Too many frames"):
        X(client, wire.url).resume(X_CREDENTIALS, publication(), {"media_ids": ["710"], "looks": 0})


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"title": "Invalid Request", "detail": "media type unrecognized."}, MediaUnusable),
        (413, None, MediaUnusable),
        (401, {"title": "Unauthorized"}, AccessExpired),
        (403, {"title": "Forbidden", "detail": "Forbidden"}, PermissionMissing),
        (403, {"detail": "Your account is suspended and is not permitted to access this feature."}, AccountBlocked),
        (403, {"type": "https://api.twitter.com/2/problems/usage-capped", "title": "x"}, AppNotApproved),
        (402, {"title": "CreditsDepleted", "detail": "No credits."}, AppNotApproved),
        (429, {"title": "Too Many Requests"}, Throttled),
        (500, {"title": "Internal Server Error"}, ProviderUnavailable),
    ],
)
def test_what_a_refused_upload_means(
    wire: Wire, client: httpx.Client, status: int, body: Json, expected: type[ProviderError]
) -> None:
    wire.on(UPLOAD, answer(status, body))
    with pytest.raises(ProviderError) as caught:
        publish(wire, client, with_media(publication(), picture()))
    assert type(caught.value) is expected
    assert wire.paths() == [UPLOAD], "nothing was posted"


@pytest.mark.parametrize("trick", [tricks.close, tricks.reset, tricks.truncated, answer(500, {})])
def test_a_post_that_breaks_after_its_pictures_is_unknown(
    wire: Wire, client: httpx.Client, trick: tricks.Trick
) -> None:
    wire.on(UPLOAD, answer(200, about("710")))
    wire.on(POST, trick)
    with pytest.raises(OutcomeUnknown):
        publish(wire, client, with_media(publication(), picture()))
    assert wire.paths().count(POST) == 1


def test_pictures_that_x_has_no_more_are_sent_again_another_time(wire: Wire, client: httpx.Client) -> None:
    wire.on(POST, answer(400, {"title": "Invalid Request", "errors": [{"message": "Your media IDs are invalid."}]}))
    with pytest.raises(ProviderUnavailable):
        publish(wire, client, replace(publication(), prepared={"media_ids": ["710"]}))
    wire.on(POST, answer(400, {"title": "Invalid Request", "detail": "Something else"}))
    with pytest.raises(ContentRejected):
        publish(wire, client, replace(publication(), prepared={"media_ids": ["710"]}))


def test_pictures_and_a_quoted_post_do_not_go_together() -> None:
    x = X(httpx.Client())
    quoting = replace(publication(), options={"quote_tweet_id": "123"})
    assert x.check(quoting) == []
    [problem] = x.check(with_media(quoting, picture()))
    assert (problem.code, problem.pointer) == ("invalid_option", "/provider_options/x/quote_tweet_id")


LINK = {"url": "https://t.co/pic", "expanded_url": "https://x.com/alice/status/9/photo/1", "display_url": "pic.x.com/a"}


def shown(text: str, count: int, *links: dict[str, str]) -> dict[str, object]:
    """A post as X shows it: one link for all its pictures, listed once for each."""
    keys = [f"3_{number}" for number in range(count)]
    urls = [LINK | {"media_key": key} for key in keys]
    created = (STARTED_AT + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    found: dict[str, object] = {"id": "9", "text": text, "created_at": created, "entities": {"urls": [*links, *urls]}}
    return found | ({"attachments": {"media_keys": keys}} if keys else {})


@pytest.mark.parametrize(
    ("sent", "post", "is_ours"),
    [
        ("Hello", shown("Hello https://t.co/pic", 1), True),
        ("Hello", shown("Hello https://t.co/pic", 2), False),
        ("Hello", shown("Hello", 0), False),
        ("Hello", shown("Hello there https://t.co/pic", 1), False),
        ("Hello https://t.co/pic", shown("Hello https://t.co/pic", 1), False),
        (
            "See example.com",
            shown("See https://t.co/x https://t.co/pic", 1, {"url": "https://t.co/x", "expanded_url": "http://example.com"}),
            True,
        ),
        ("Fish & chips", shown("Fish &amp; chips https://t.co/pic", 1), True),
    ],
)  # fmt: skip
def test_our_post_has_our_words_and_as_many_pictures(
    wire: Wire, client: httpx.Client, sent: str, post: dict[str, object], is_ours: bool
) -> None:
    wire.on(POSTS, answer(200, {"meta": {"result_count": 1}, "data": [post]}))
    found = X(client, wire.url).look_up(X_CREDENTIALS, with_media(publication(sent), picture()))
    assert (found is not None) is is_ours
    assert "attachments" in wire.requests[0].query


def test_the_pictures_link_is_known_without_its_key(wire: Wire, client: httpx.Client) -> None:
    post = shown("Hello https://t.co/pic", 1) | {"entities": {"urls": [LINK]}}
    wire.on(POSTS, answer(200, {"meta": {"result_count": 1}, "data": [post]}))
    assert X(client, wire.url).look_up(X_CREDENTIALS, with_media(publication(), picture()))


@pytest.mark.parametrize("count", [1, 4])
def test_the_same_words_with_pictures_are_not_our_text(wire: Wire, client: httpx.Client, count: int) -> None:
    wire.on(POSTS, answer(200, {"meta": {"result_count": 1}, "data": [shown("Hello https://t.co/pic", count)]}))
    assert X(client, wire.url).look_up(X_CREDENTIALS, publication("Hello")) is None
    four = with_media(publication("Hello"), *[picture()] * count)
    assert X(client, wire.url).look_up(X_CREDENTIALS, four) is not None


def test_a_link_to_somebody_elses_picture_is_our_own_word(wire: Wire, client: httpx.Client) -> None:
    theirs = {"url": "https://t.co/o", "expanded_url": "https://x.com/bob/status/5/photo/1", "media_key": "3_5"}
    wire.on(POSTS, answer(200, {"meta": {"result_count": 1}, "data": [shown("Look https://t.co/o", 0, theirs)]}))
    assert X(client, wire.url).look_up(X_CREDENTIALS, publication("Look https://x.com/bob/status/5/photo/1"))


def test_no_secret_is_in_what_is_kept_for_later(wire: Wire, client: httpx.Client) -> None:
    wire.on(UPLOAD, answer(200, about("710", "pending")))
    outcome = publish(wire, client, with_media(publication(), picture()))
    assert isinstance(outcome, Processing)
    assert json.dumps(outcome.handle) == '{"media_ids": ["710"], "looks": 0}'
