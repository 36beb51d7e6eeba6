"""X: counting, the request, its refusals, and the look-up."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from twitter_text import parse_tweet

from dravo_app.errors import (
    AccessExpired,
    AccountBlocked,
    AppNotApproved,
    ContentRejected,
    OutcomeUnknown,
    PermissionMissing,
    PostsAlike,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    ReconnectRequired,
    Throttled,
)
from dravo_app.providers.types import Json, Publication, Published
from dravo_app.providers.x import counting
from dravo_app.providers.x.lookup import canonical
from dravo_app.providers.x.publish import X
from tests.providers.conversations import STARTED_AT, X_CREDENTIALS, publication
from tests.providers.wire import Trick, Wire, answer, answers, http_date

PROBLEM = "https://api.twitter.com/2/problems/"
POSTS = "/2/users/42/tweets"


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("Hello", 5),
        ("é", 1),
        ("e\u0301", 1),
        ("你好", 4),
        ("👨‍👩‍👧", 2),
        ("🏳️‍🌈", 2),
        ("🇩🇪", 2),
        ("https://example.com/" + "a" * 500, 23),
        ("example.com", 23),
        ("readme.md", 23),
        ("readme.txt", 10),
        ("“quoted”", 8),
        ("a.a." * 400, 1600),
        ("1 example.com 你", 28),
    ],
)
def test_x_counts_as_x_does(text: str, weight: int) -> None:
    assert counting.weight(text) == weight


@pytest.mark.timeout(5)
@pytest.mark.parametrize("text", ["a." * 2500, "a-" * 2500 + ".co", ("a." * 126 + " ") * 19, ("a." * 10 + "/") * 230])
def test_no_text_keeps_the_counting_busy(text: str) -> None:
    assert counting.weight(text) > 280


@pytest.mark.timeout(10)
@pytest.mark.parametrize("repeated", ["\U0001f3f4\U000e0067", "\U0001f469\u200d", "\U0001f1e9", "(а", "-é"])
def test_what_follows_a_link_does_not_keep_the_counting_busy(repeated: str) -> None:
    text = ("http://a.co/" + repeated * 5000)[:5000]
    started_at = time.thread_time()
    assert counting.weight(text) > 280
    assert time.thread_time() - started_at < 1.0  # it took five seconds once


@pytest.mark.parametrize(
    "text", ["a.co\u0301", "example.com日本.jp/", "http://a.co/" + "\U0001f469" * 300 + " b.co é.de"]
)
def test_the_counting_says_what_the_rules_say(text: str) -> None:
    assert counting.weight(text) == parse_tweet(text).weightedLength


def test_the_limit_is_280_and_the_sentence_has_the_numbers() -> None:
    x = X(httpx.Client())
    assert x.check(publication("a" * 280)) == []
    [problem] = x.check(publication("a" * 281))
    assert (problem.code, problem.pointer) == ("text_too_long", "/text")
    assert "280" in problem.message
    assert "281" in problem.message


@pytest.mark.parametrize("text", ["bom \ufeff", "non \uffff", "half \ud83d"])
def test_characters_that_x_refuses(text: str) -> None:
    assert [problem.code for problem in X(httpx.Client()).check(publication(text))] == ["invalid_characters"]


def test_an_id_option_is_digits() -> None:
    wanted = with_options(quote_tweet_id="latest", community_id="123")
    [problem] = X(httpx.Client()).check(wanted)
    assert problem.pointer == "/provider_options/x/quote_tweet_id"


def test_the_request_has_the_text_and_the_chosen_options_only(wire: Wire, client: httpx.Client) -> None:
    wire.on("/2/tweets", answer(201, {"data": {"id": "1890", "text": "Hello"}}))
    wanted = with_options(reply_settings="following", made_with_ai=True, paid_partnership=False, elsewhere="x")
    published = X(client, wire.url).publish(X_CREDENTIALS, wanted)
    [request] = wire.requests
    assert request.json == {"text": "Hello", "reply_settings": "following", "made_with_ai": True}
    assert request.headers["authorization"] == "Bearer tok-access-4711"
    assert published == Published(
        "1890", "https://x.com/alice/status/1890", '{"data": {"id": "1890", "text": "Hello"}}'
    )


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, {"title": "Unauthorized", "detail": "Unauthorized"}, AccessExpired),
        (402, {"title": "CreditsDepleted", "detail": "No credits."}, AppNotApproved),
        (403, {"detail": "You are not allowed to create a Tweet with duplicate content."}, ContentRejected),
        (403, {"detail": "You are not permitted to perform this action."}, ContentRejected),
        (403, {"type": PROBLEM + "usage-capped", "title": "UsageCapExceeded"}, AppNotApproved),
        (403, {"type": PROBLEM + "client-forbidden", "reason": "client-not-enrolled"}, AppNotApproved),
        (403, {"detail": "Your account is suspended and is not permitted to access this feature."}, AccountBlocked),
        (
            403,
            {"detail": "Your client app is not configured with the appropriate oauth1 app permissions"},
            PermissionMissing,
        ),
        (400, {"type": PROBLEM + "invalid-request", "detail": "One or more parameters was invalid."}, ContentRejected),
        (404, {"type": PROBLEM + "resource-not-found", "detail": "No such community."}, ContentRejected),
        (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, Throttled),
        (429, {"type": PROBLEM + "usage-capped", "detail": "Monthly cap"}, QuotaExhausted),
        (200, {"errors": [{"detail": "Something"}]}, OutcomeUnknown),
        (503, {"detail": "Over capacity"}, OutcomeUnknown),
    ],
)
def test_what_a_refusal_means(
    wire: Wire, client: httpx.Client, status: int, body: Json, expected: type[ProviderError]
) -> None:
    error = refused(wire, client, answer(status, body))
    assert type(error) is expected
    assert error.http_status == status


def test_a_duplicate_refusal_after_an_earlier_attempt_is_an_open_question(wire: Wire, client: httpx.Client) -> None:
    no = answer(403, {"detail": "You are not allowed to create a Tweet with duplicate content."})
    assert isinstance(refused(wire, client, no, is_repeat=True), OutcomeUnknown)


def test_the_24_hour_limit_waits_for_its_own_reset(wire: Wire, client: httpx.Client) -> None:
    now = datetime.now(UTC)
    headers = {
        "Date": http_date(now),
        "x-rate-limit-reset": str(int(now.timestamp()) + 600),
        "x-rate-limit-remaining": "80",
        "x-user-limit-24hour-remaining": "0",
        "x-user-limit-24hour-reset": str(int(now.timestamp()) + 40_000),
    }
    error = refused(wire, client, answer(429, {}, headers))
    assert isinstance(error, QuotaExhausted)
    assert error.retry_at is not None
    assert 39_990 < (error.retry_at - now).total_seconds() < 40_010


def test_a_401_of_the_refresh_is_the_end_of_access(wire: Wire, client: httpx.Client) -> None:
    wire.on(
        "/2/oauth2/token", answer(400, {"error": "invalid_request", "error_description": "Value passed was invalid"})
    )
    with pytest.raises(ReconnectRequired):
        X(client, wire.url).refresh(X_CREDENTIALS, STARTED_AT)


def test_a_refresh_keeps_everything_else_and_takes_the_next_token(wire: Wire, client: httpx.Client) -> None:
    wire.on("/2/oauth2/token", answer(200, {"access_token": "a2", "refresh_token": "r2", "expires_in": 7200}))
    fresh, ends_at = X(client, wire.url).refresh(X_CREDENTIALS, STARTED_AT)
    assert fresh == {**X_CREDENTIALS, "access_token": "a2", "refresh_token": "r2"}
    assert ends_at == STARTED_AT + timedelta(hours=2)
    [request] = wire.requests
    assert request.headers["authorization"].startswith("Basic ")
    assert parse_qs(request.body.decode()) == {"grant_type": ["refresh_token"], "refresh_token": ["tok-refresh-4711"]}


def test_a_public_client_names_itself_in_the_form(wire: Wire, client: httpx.Client) -> None:
    wire.on("/2/oauth2/token", answer(200, {"access_token": "a2", "expires_in": 7200}))
    X(client, wire.url).refresh({"refresh_token": "r", "client_id": "app"}, STARTED_AT)
    [request] = wire.requests
    assert "authorization" not in request.headers
    assert parse_qs(request.body.decode())["client_id"] == ["app"]


def test_without_a_refresh_token_nothing_is_asked(wire: Wire, client: httpx.Client) -> None:
    with pytest.raises(ReconnectRequired):
        X(client, wire.url).refresh({"access_token": "a"}, STARTED_AT)
    assert wire.accepted == 0


def test_identify_keeps_what_was_given(wire: Wire, client: httpx.Client) -> None:
    wire.on("/2/users/me", answer(200, {"data": {"id": "42", "name": "Alice", "username": "alice"}}))
    identity = X(client, wire.url).identify({"access_token": "a", "refresh_token": "r"}, "anything")
    assert (identity.platform_account_id, identity.handle) == ("42", "alice")
    assert identity.credentials == {"access_token": "a", "refresh_token": "r", "user_id": "42"}


@pytest.mark.parametrize(
    ("sent", "shown", "links"),
    [
        ("Hello", "Hello", {}),
        ("  Hello \n", "Hello", {}),
        ("AT&T <b> & more", "AT&amp;T &lt;b&gt; &amp; more", {}),
        ("&amp; as text", "&amp;amp; as text", {}),
        (
            "See https://example.com/a?b=1&c=2.",
            "See https://t.co/x.",
            {"https://t.co/x": "https://example.com/a?b=1&c=2"},
        ),
        ("See example.com now", "See https://t.co/x now", {"https://t.co/x": "http://example.com"}),
        ("See Example.COM/Path", "See https://t.co/x", {"https://t.co/x": "http://example.com/Path"}),
        ("See https://example.com", "See https://t.co/x", {"https://t.co/x": "https://example.com/"}),
        (
            "a.co b.co",
            "https://t.co/1 https://t.co/2",
            {"https://t.co/1": "http://a.co", "https://t.co/2": "http://b.co"},
        ),
        ("Cafe\u0301 👨‍👩‍👧", "Café 👨‍👩‍👧", {}),
        (
            "See https://example.com/a?b=1&section=2&copy=3",
            "See https://t.co/x",
            {"https://t.co/x": "https://example.com/a?b=1&section=2&copy=3"},
        ),
        (
            "See https://example.com/caf\u00e9",
            "See https://t.co/x",
            {"https://t.co/x": "https://example.com/caf%C3%A9"},
        ),
        (
            "See https://m\u00fcller.de/a",
            "See https://t.co/x",
            {"https://t.co/x": "https://xn--mller-kva.de/a"},
        ),
        ("One \r\n\r\n\r\ntwo  three", "One\n\ntwo three", {}),
        ("Zero\u200bwidth\u2060 joins", "Zerowidth joins", {}),
    ],
)
def test_our_text_is_found_as_x_shows_it(
    wire: Wire, client: httpx.Client, sent: str, shown: str, links: Mapping[str, str]
) -> None:
    wire.on(POSTS, page(post("7", "Another one"), post("9", shown, links=links)))
    found = X(client, wire.url).look_up(X_CREDENTIALS, publication(sent))
    assert found is not None
    assert (found.platform_post_id, found.permalink) == ("9", "https://x.com/alice/status/9")


@pytest.mark.parametrize(("quoted", "is_ours"), [("123", True), ("124", False)])
def test_a_quoted_post_s_address_at_the_end_is_x_s_own(
    wire: Wire, client: httpx.Client, quoted: str, is_ours: bool
) -> None:
    links = {"https://t.co/x": "https://twitter.com/bob/status/123"}
    wire.on(POSTS, page(post("9", "Look at this https://t.co/x", links=links)))
    wanted = replace(publication("Look at this"), options={"quote_tweet_id": quoted})
    assert (X(client, wire.url).look_up(X_CREDENTIALS, wanted) is not None) is is_ours


@pytest.mark.parametrize("shown", ["Hello!", "hello", "Hello Hello", "Hell", ""])
def test_another_text_is_not_ours(wire: Wire, client: httpx.Client, shown: str) -> None:
    wire.on(POSTS, page(post("9", shown)))
    assert X(client, wire.url).look_up(X_CREDENTIALS, publication("Hello")) is None


def test_a_post_of_another_delivery_or_from_before_is_not_ours(wire: Wire, client: httpx.Client) -> None:
    wire.on(POSTS, page(post("9", "Hello"), post("8", "Hello", at=STARTED_AT - timedelta(hours=2))))
    assert X(client, wire.url).look_up(X_CREDENTIALS, publication("Hello", taken=frozenset({"9"}))) is None


def test_our_words_from_shortly_before_may_be_ours_by_a_clock_that_was_ahead(wire: Wire, client: httpx.Client) -> None:
    wire.on(POSTS, page(post("8", "Hello", at=STARTED_AT - timedelta(seconds=30))))
    with pytest.raises(PostsAlike):
        X(client, wire.url).look_up(X_CREDENTIALS, publication("Hello"))


def test_pages_are_walked_to_the_end_before_it_is_called_absent(wire: Wire, client: httpx.Client) -> None:
    wire.on(POSTS, answers(page(post("9", "No"), next_token="p2"), page(post("8", "Hello"))))
    found = X(client, wire.url).look_up(X_CREDENTIALS, publication("Hello"))
    assert found is not None
    assert found.platform_post_id == "8"
    assert [parse_qs(request.query).get("pagination_token") for request in wire.requests] == [None, ["p2"]]


def test_a_second_page_that_fails_proves_nothing(wire: Wire, client: httpx.Client) -> None:
    wire.on(POSTS, answers(page(post("9", "No"), next_token="p2"), answer(500, {})))
    with pytest.raises(ProviderUnavailable):
        X(client, wire.url).look_up(X_CREDENTIALS, publication("Hello"))


def test_endless_pages_prove_nothing(wire: Wire, client: httpx.Client) -> None:
    wire.on(POSTS, page(post("9", "No"), next_token="again"))
    with pytest.raises(ProviderUnavailable):
        X(client, wire.url).look_up(X_CREDENTIALS, publication("Hello"))
    assert len(wire.requests) == 32


def test_a_page_that_lacks_what_it_counts_proves_nothing(wire: Wire, client: httpx.Client) -> None:
    wire.on(POSTS, answer(200, {"meta": {"result_count": 3}, "data": []}))
    with pytest.raises(ProviderUnavailable):
        X(client, wire.url).look_up(X_CREDENTIALS, publication("Hello"))


@pytest.mark.parametrize("hours", [-1, 1])
def test_clocks_that_differ_by_an_hour_prove_nothing(wire: Wire, client: httpx.Client, hours: int) -> None:
    theirs = http_date(datetime.now(UTC) + timedelta(hours=hours))
    wire.on(POSTS, page(post("9", "Hello"), headers={"Date": theirs}))
    with pytest.raises(ProviderUnavailable):
        X(client, wire.url).look_up(X_CREDENTIALS, publication("Hello"))


def test_clocks_that_differ_by_seconds_are_allowed_for(wire: Wire, client: httpx.Client) -> None:
    theirs = datetime.now(UTC) - timedelta(seconds=20)
    shown = post("9", "Hello", at=STARTED_AT - timedelta(seconds=20))
    wire.on(POSTS, page(shown, headers={"Date": http_date(theirs)}))
    assert X(client, wire.url).look_up(X_CREDENTIALS, publication("Hello"))


def test_only_posts_around_the_attempt_are_paid_for(wire: Wire, client: httpx.Client) -> None:
    wire.on(POSTS, page())
    X(client, wire.url).look_up(X_CREDENTIALS, publication())
    query = parse_qs(wire.requests[0].query)
    start = datetime.fromisoformat(query["start_time"][0])
    assert timedelta(hours=1) <= STARTED_AT - start < timedelta(minutes=65)
    assert "." not in query["start_time"][0], "X takes no fractions of a second"


def test_a_link_has_one_spelling() -> None:
    assert canonical("HTTP://Example.com/A/ x") == canonical("example.com/A x")
    assert canonical("example.com/A") != canonical("example.com/a")


def with_options(**options: Json) -> Publication:
    return Publication("dlv_1", "42", "@alice", "Hello", STARTED_AT, options)


def refused(wire: Wire, client: httpx.Client, trick: Trick, *, is_repeat: bool = False) -> ProviderError:
    wire.on("/2/tweets", trick)
    with pytest.raises(ProviderError) as caught:
        X(client, wire.url).publish(X_CREDENTIALS, publication(is_repeat=is_repeat))
    return caught.value


def post(
    post_id: str, text: str, *, at: datetime = STARTED_AT + timedelta(seconds=1), links: Mapping[str, str] | None = None
) -> dict[str, object]:
    urls = [{"url": short, "expanded_url": long} for short, long in (links or {}).items()]
    created = at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {"id": post_id, "text": text, "created_at": created} | ({"entities": {"urls": urls}} if urls else {})


def page(*posts: dict[str, object], next_token: str = "", headers: Mapping[str, str] | None = None) -> Trick:
    meta = {"result_count": len(posts)} | ({"next_token": next_token} if next_token else {})
    return answer(200, {"meta": meta} | ({"data": list(posts)} if posts else {}), headers)
