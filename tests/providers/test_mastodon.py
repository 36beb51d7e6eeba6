"""Mastodon: counting, limits, the request, its refusals, files, and the account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as some

from dravo_app.errors import (
    AccountBlocked,
    ContentRejected,
    MediaUnusable,
    OutcomeUnknown,
    PermissionMissing,
    ProviderError,
    ProviderUnavailable,
    ReconnectRequired,
    Throttled,
)
from dravo_app.providers.mastodon import counting
from dravo_app.providers.mastodon.publish import MAX_LOOKS, Mastodon
from dravo_app.providers.types import Json, Processing, Publication, Published, Ready
from dravo_app.sandbox.networks import mastodon_text
from tests.providers.mastodon_talk import (
    ADDRESS,
    CREDENTIALS,
    INSTANCE,
    MEDIA,
    STATUSES,
    VERIFY,
    picture,
    publication,
    status,
)
from tests.providers.wire import Trick, Wire, answer, answers

OLD_INSTANCE = "/api/v1/instance"
OLD_MEDIA = "/api/v1/media"
NOT_FOUND = answer(404, raw=b"<h1>404 Not Found (snac/2.75)</h1>")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("Hello", 5),
        ("e\u0301", 1),
        ("👨‍👩‍👧", 1),
        ("你好", 2),
        ("a\r\nb", 3),
        ("https://example.com/" + "a" * 500, 23),
        ("(https://example.com/a_(b)?c=d)", 25),
        ("See https://example.com/a.", 28),
        ("http://localhost:8000/a", 23),
        ("https://localhost/" + "a" * 30, 48),
        ("example.com", 11),
        ("https://a.com https://b.com", 47),
        ("@alice@mastodon.social", 6),
        ("@alice@mastodon.social, hi", 10),
        ("me@example.com", 14),
        ("https://example.com/@alice@mastodon.social", 23),
        ("#tag", 4),
        ("@a@b." * 900, 2700),
    ],
)
def test_mastodon_counts_as_mastodon_does(text: str, length: int) -> None:
    assert counting.length(text, 23) == length


WORDS = [
    "hello",
    "你好",
    "é",
    "👨‍👩‍👧",
    "#tag",
    "@bob",
    "@bob@a.social",
    "me@a.com",
    "a.com",
    "https://a.com",
    "https://a.com/x_(y)",
]
AROUND = ["", "(", ")", ".", ",", "!", '"', ":", "\n", "/", "?q=1", "/a/b", "@"]


@given(some.lists(some.tuples(some.sampled_from(AROUND), some.sampled_from(WORDS), some.sampled_from(AROUND))))
def test_two_readings_of_the_rule_agree(words: list[tuple[str, str, str]]) -> None:
    text = " ".join("".join(word) for word in words)
    assert counting.length(text, 23) == mastodon_text.length(text)


def test_a_long_text_of_anything_is_counted_at_once() -> None:
    started_at = datetime.now(UTC)
    for piece in ("a.", "@a@", "https://", "https://a.", "((((", "https://a.b/(", "👨‍👩‍👧", "@" * 10, "https://a.b?"):
        counting.length(piece * (5000 // len(piece)), 23)
    assert datetime.now(UTC) - started_at < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("text", "options", "limits", "pointer"),
    [
        ("a" * 501, {}, {}, "/text"),
        ("a" * 400, {"spoiler_text": "b" * 101}, {}, "/text"),
        ("a" * 11, {}, {"max_characters": 10}, "/text"),
        ("https://a.com", {}, {"max_characters": 30, "characters_reserved_per_url": 32}, "/text"),
        ("\ud800", {}, {}, "/text"),
        ("Hello", {"language": "english"}, {}, "language"),
        ("Hello", {"poll_options": ["a"]}, {}, "poll_options"),
        ("Hello", {"poll_options": ["a", "a "]}, {}, "poll_options"),
        ("Hello", {"poll_options": [*"abcde"]}, {}, "poll_options"),
        ("Hello", {"poll_options": ["a", "b" * 51]}, {}, "poll_options"),
        ("Hello", {"poll_options": ["a", "bc"]}, {"poll_max_characters_per_option": 1}, "poll_options"),
        ("Hello", {"poll_options": ["a", "b"], "poll_expires_in": 299}, {}, "poll_expires_in"),
        ("Hello", {"poll_options": ["a", "b"], "poll_expires_in": 3_000_000}, {}, "poll_expires_in"),
        ("Hello", {"poll_options": ["a", "b"]}, {"poll_max_expiration": 3600}, "poll_expires_in"),
        ("Hello", {"poll_options": ["a", "b"]}, {"older_api": 1}, "poll_options"),
        ("Hello", {"visibility": "direct"}, {"older_api": 1}, "visibility"),
        ("Hello", {"poll_multiple": True}, {}, "poll_multiple"),
        ("Hello", {"poll_expires_in": 600}, {}, "poll_expires_in"),
    ],
)
def test_what_the_server_would_refuse_is_found_before(
    text: str, options: dict[str, Json], limits: dict[str, int], pointer: str, client: httpx.Client
) -> None:
    problems = Mastodon(client).check(publication(text, options, limits=limits))
    assert [problem.pointer.removeprefix("/provider_options/mastodon/") for problem in problems] == [pointer]


@pytest.mark.parametrize(
    ("text", "options", "limits"),
    [
        ("a" * 500, {}, {}),
        ("a" * 5000, {}, {"max_characters": 5000}),
        ("a" * 400, {"spoiler_text": "b" * 100}, {}),
        ("Hello", {"language": "pt-BR"}, {}),
        ("Hello", {"poll_options": ["a", "b"], "poll_expires_in": 300, "poll_multiple": True}, {}),
        ("Hello", {"poll_multiple": False}, {}),
        ("Hello", {"poll_options": [*"abcdefgh"]}, {"poll_max_options": 8}),
    ],
)
def test_what_the_server_takes_is_let_through(
    text: str, options: dict[str, Json], limits: dict[str, int], client: httpx.Client
) -> None:
    assert Mastodon(client).check(publication(text, options, limits=limits)) == []


def test_a_poll_goes_without_media(client: httpx.Client) -> None:
    post = publication("Hello", {"poll_options": ["a", "b"]}, media_urls=("https://a.com/a.png",))
    assert [problem.pointer for problem in Mastodon(client).check(post)] == ["/provider_options/mastodon/poll_options"]


def test_the_request_says_what_was_asked_and_its_key_stays_the_same(wire: Wire, client: httpx.Client) -> None:
    wire.on(STATUSES, answer(200, status()))
    asked: dict[str, Json] = {"visibility": "private", "spoiler_text": "CW", "sensitive": True, "language": "de"}
    for _ in range(2):
        outcome = Mastodon(client, wire.url).publish(CREDENTIALS, publication("Hello", asked))
        assert outcome == Published("1890", ADDRESS, outcome.raw if isinstance(outcome, Published) else "")
    first, second = wire.requests
    assert first.json == {"status": "Hello", **asked}
    assert first.headers["authorization"] == "Bearer tok-access-4711"
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] != ""
    other = Publication("dlv_2", "42", "alice", "Hello", datetime.now(UTC))
    Mastodon(client, wire.url).publish(CREDENTIALS, other)
    assert wire.requests[2].headers["idempotency-key"] != first.headers["idempotency-key"]


def test_a_post_is_public_because_we_say_so_and_a_poll_has_a_day(wire: Wire, client: httpx.Client) -> None:
    wire.on(STATUSES, answer(200, status()))
    Mastodon(client, wire.url).publish(CREDENTIALS, publication("?", {"poll_options": ["a", "b"], "sensitive": False}))
    poll = {"options": ["a", "b"], "expires_in": 86400, "multiple": False, "hide_totals": False}
    assert wire.requests[0].json == {"status": "?", "visibility": "public", "poll": poll}


@pytest.mark.parametrize(
    ("status_code", "said", "expected"),
    [
        (401, {"error": "The access token is invalid"}, ReconnectRequired),
        (403, {"error": "Your login is currently disabled"}, AccountBlocked),
        (403, {"error": "Your account has been suspended"}, AccountBlocked),
        (403, {"error": "This action is outside the authorized scopes"}, PermissionMissing),
        (403, {"error": "This action is not allowed"}, ContentRejected),
        (404, {"error": "Record not found"}, ContentRejected),
        (422, {"error": "Validation failed: Text character limit of 500 exceeded"}, ContentRejected),
        (422, {"error": "Cannot attach files that have not finished processing. Try again in a moment!"}, ProviderUnavailable),
        (503, {"error": "There was a temporary problem serving your request, please try again"}, OutcomeUnknown),
    ],
)  # fmt: skip
def test_refusals(
    wire: Wire, client: httpx.Client, status_code: int, said: dict[str, str], expected: type[ProviderError]
) -> None:
    wire.on(STATUSES, answer(status_code, said))
    assert type(failure(wire, client, publication())) is expected


@pytest.mark.parametrize("status_code", [401, 422])
def test_snacs_silent_refusals(wire: Wire, client: httpx.Client, status_code: int) -> None:
    wire.on(VERIFY, answer(status_code, raw=b"", headers={"Content-Type": "text/html"}))
    with pytest.raises(ReconnectRequired, match="access token"):
        Mastodon(client, wire.url).identify(CREDENTIALS, "alice")


def test_a_wait_lasts_until_the_instant_that_the_server_names(wire: Wire, client: httpx.Client) -> None:
    reset = (datetime.now(UTC) + timedelta(seconds=90)).isoformat(timespec="microseconds").replace("+00:00", "Z")
    wire.on(STATUSES, answer(429, {"error": "Too many requests"}, {"X-RateLimit-Reset": reset}))
    error = failure(wire, client, publication())
    assert isinstance(error, Throttled) and error.retry_at is not None
    assert 85 < (error.retry_at - datetime.now(UTC)).total_seconds() <= 90


def test_pictures_go_up_in_order_with_their_words_and_before_the_post(wire: Wire, client: httpx.Client) -> None:
    wire.on(MEDIA, answers(answer(200, {"id": "7"}), answer(200, {"id": "8"})))
    wire.on(STATUSES, answer(200, status()))
    Mastodon(client, wire.url).publish(CREDENTIALS, publication(media=(picture("A cat"), picture())))
    assert wire.paths() == [MEDIA, MEDIA, STATUSES]
    assert b'name="description"' in wire.requests[0].body and b"A cat" in wire.requests[0].body
    assert b'name="file"' in wire.requests[0].body and b"image/png" in wire.requests[0].body
    assert b'name="description"' not in wire.requests[1].body
    assert wire.requests[2].json["media_ids"] == ["7", "8"]


def test_a_server_without_the_second_media_address_has_the_first(wire: Wire, client: httpx.Client) -> None:
    wire.on(MEDIA, NOT_FOUND)
    wire.on(OLD_MEDIA, answer(200, {"id": "7"}))
    wire.on(STATUSES, answer(200, status()))
    Mastodon(client, wire.url).publish(CREDENTIALS, publication(media=(picture(),)))
    assert wire.paths() == [MEDIA, OLD_MEDIA, STATUSES]


def test_a_picture_that_takes_time_is_waited_for_and_only_publish_makes_the_post(
    wire: Wire, client: httpx.Client
) -> None:
    server, post = Mastodon(client, wire.url), publication(media=(picture(),))
    wire.on(MEDIA, answer(202, {"id": "7", "url": None}))
    wire.on("/api/v1/media/7", answers(answer(206, {"id": "7"}), answer(200, {"id": "7"})))
    wire.on(STATUSES, answer(200, status()))
    outcome = server.publish(CREDENTIALS, post)
    assert isinstance(outcome, Processing)
    outcome = server.resume(CREDENTIALS, post, outcome.handle)
    assert isinstance(outcome, Processing)
    outcome = server.resume(CREDENTIALS, post, outcome.handle)
    assert isinstance(outcome, Ready) and STATUSES not in wire.paths()
    assert isinstance(server.publish(CREDENTIALS, publication(prepared=outcome.handle)), Published)
    assert wire.paths().count(MEDIA) == 1
    assert wire.requests[-1].json["media_ids"] == ["7"]


def test_a_picture_that_never_gets_ready_ends_the_waiting(wire: Wire, client: httpx.Client) -> None:
    wire.on("/api/v1/media/7", answer(206, {"id": "7"}))
    with pytest.raises(MediaUnusable, match="nothing was published"):
        Mastodon(client, wire.url).resume(CREDENTIALS, publication(), {"media_ids": ["7"], "looks": MAX_LOOKS - 1})


@pytest.mark.parametrize(
    ("path", "trick"),
    [
        (MEDIA, answer(413, raw=b"")),
        (MEDIA, answer(422, {"error": "Validation failed: File content type is invalid"})),
    ],
)
def test_a_picture_that_the_server_refuses(wire: Wire, client: httpx.Client, path: str, trick: Trick) -> None:
    wire.on(path, trick)
    assert isinstance(failure(wire, client, publication(media=(picture(),))), MediaUnusable)
    assert STATUSES not in wire.paths()


FOUND = {
    "max_characters": 5000,
    "characters_reserved_per_url": 23,
    "max_media_attachments": 6,
    "image_size_limit": 10_485_760,
    "image_matrix_limit": 16_777_216,
    "description_limit": 1500,
    "poll_max_options": 4,
    "poll_max_characters_per_option": 50,
    "poll_min_expiration": 300,
    "poll_max_expiration": 2_629_746,
}


def test_an_instance_says_its_limits(wire: Wire, client: httpx.Client) -> None:
    wire.on(INSTANCE, answer(200, instance(max_characters=5000, max_media_attachments=6)))
    server = Mastodon(client, wire.url)
    limits = server.read_limits(CREDENTIALS)
    assert limits == FOUND
    rules = server.media_rules(limits)
    assert (rules.max_count.value, rules.images.max_bytes.value) == (6, 10_485_760)
    assert rules.images.max_pixels is not None and rules.images.max_pixels.value == 16_777_216
    assert rules.max_alt is not None and rules.max_alt.value == 1500


def test_an_older_server_says_them_at_the_older_address(wire: Wire, client: httpx.Client) -> None:
    wire.on(INSTANCE, NOT_FOUND)
    wire.on(OLD_INSTANCE, answer(200, instance(max_characters=100_000)))
    limits = Mastodon(client, wire.url).read_limits(CREDENTIALS)
    assert (limits["max_characters"], limits["older_api"]) == (100_000, 1)


def test_pleroma_says_it_in_its_own_way(wire: Wire, client: httpx.Client) -> None:
    wire.on(INSTANCE, NOT_FOUND)
    wire.on(OLD_INSTANCE, answer(200, {"version": "2.7.2 (compatible; Pleroma 2.6.0)", "max_toot_chars": 4000}))
    assert Mastodon(client, wire.url).read_limits(CREDENTIALS) == {"max_characters": 4000, "older_api": 1}


@pytest.mark.parametrize("value", [0, -1, 10**12, "5000", 5000.5, True, None, [], {}])
def test_a_limit_that_can_t_be_true_is_not_believed(wire: Wire, client: httpx.Client, value: object) -> None:
    wire.on(INSTANCE, answer(200, instance(max_characters=value, characters_reserved_per_url=value)))
    limits = Mastodon(client, wire.url).read_limits(CREDENTIALS)
    assert not {"max_characters", "characters_reserved_per_url"} & set(limits)


@pytest.mark.parametrize("body", [{"version": "4"}, {"version": "4", "configuration": []}, {"version": "4", "configuration": {"polls": 1}}])  # fmt: skip
def test_an_instance_that_says_nothing_has_the_usual_limits(wire: Wire, client: httpx.Client, body: object) -> None:
    wire.on(INSTANCE, answer(200, body))
    server = Mastodon(client, wire.url)
    assert server.read_limits(CREDENTIALS) == {}
    assert server.media_rules({}) == server.capabilities.media


def test_an_account_is_its_id_on_its_server(wire: Wire, client: httpx.Client) -> None:
    wire.on(VERIFY, answer(200, {"id": "42", "username": "alice", "acct": "alice", "url": "https://other.example/x"}))
    wire.on(INSTANCE, answer(200, instance()))
    typed = {"access_token": "tok-access-4711", "instance": "Mastodon.Example/"}
    identity = Mastodon(client, wire.url).identify(typed, "")
    assert (identity.platform_account_id, identity.handle) == ("42@mastodon.example", "alice@mastodon.example")
    assert identity.credentials == {
        "access_token": "tok-access-4711",
        "account_id": "42",
        "instance": "https://mastodon.example",
    }
    assert identity.own_limits is not None and identity.own_limits["max_media_attachments"] == 4


def test_an_instance_that_hides_its_limits_is_connected_all_the_same(wire: Wire, client: httpx.Client) -> None:
    wire.on(VERIFY, answer(200, {"id": "42", "username": "alice"}))
    wire.on(INSTANCE, answer(500, {}))
    assert Mastodon(client, wire.url).identify(CREDENTIALS, "").own_limits is None


@pytest.mark.parametrize("name", ["../../admin", "a b", "1?x=", "a" * 300, "42@else"])
def test_an_id_that_would_lead_elsewhere_is_none(wire: Wire, client: httpx.Client, name: str) -> None:
    wire.on(VERIFY, answer(200, {"id": name, "username": "alice"}))
    with pytest.raises(ProviderUnavailable):
        Mastodon(client, wire.url).identify(CREDENTIALS, "")


@pytest.mark.parametrize("typed", ["", "mastodon.social/@alice", "ftp://a.com", "https://a.com:x", "https://u:p@a.com", "a b"])  # fmt: skip
def test_an_instance_is_an_address_and_nothing_else(client: httpx.Client, typed: str) -> None:
    server = Mastodon(client)
    if not typed:
        assert server.service_url({"instance": typed}) is None
        return
    with pytest.raises(ReconnectRequired, match="https://mastodon.social"):
        server.service_url({"instance": typed})


def test_without_a_server_the_token_goes_nowhere(client: httpx.Client) -> None:
    with pytest.raises(ProviderUnavailable):
        Mastodon(client).publish(CREDENTIALS, publication())


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://", "data:text/html,x", "https://a.com/ b", None, 5])
def test_a_permalink_is_an_address_for_browsers(wire: Wire, client: httpx.Client, url: object) -> None:
    wire.on(STATUSES, answer(200, status(url=url)))
    outcome = Mastodon(client, wire.url).publish(CREDENTIALS, publication())
    assert isinstance(outcome, Published)
    assert outcome.permalink in (None, "https://mastodon.example/users/alice/statuses/1890")


def failure(wire: Wire, client: httpx.Client, post: Publication) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        Mastodon(client, wire.url).publish(CREDENTIALS, post)
    return caught.value


def instance(**statuses: object) -> Mapping[str, object]:
    """What an instance says of itself; its numbers for posts as given."""
    posts = {"max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23} | statuses
    pictures = {"image_size_limit": 10_485_760, "image_matrix_limit": 16_777_216, "description_limit": 1500}
    polls = {
        "max_options": 4,
        "max_characters_per_option": 50,
        "min_expiration": 300,
        "max_expiration": 2_629_746,
    }
    configuration = {"statuses": posts, "media_attachments": pictures, "polls": polls}
    return {"version": "4.7.0", "title": "Somewhere", "configuration": configuration}
