"""Bluesky: limits, the record and its key, sessions, refusals, and the look-up."""

import base64
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from dravo_app.errors import (
    AccessExpired,
    AccountBlocked,
    ContentRejected,
    OutcomeUnknown,
    PermissionMissing,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    ReconnectRequired,
    Throttled,
)
from dravo_app.providers.bluesky import record
from dravo_app.providers.bluesky.publish import Bluesky
from dravo_app.providers.types import Credentials, Json, Publication
from tests.providers.conversations import (
    BLUESKY_CREDENTIALS,
    DID,
    STARTED_AT,
    bluesky_publication,
)
from tests.providers.wire import Trick, Wire, answer

PUT = "/xrpc/com.atproto.repo.putRecord"
GET = "/xrpc/com.atproto.repo.getRecord"
LOGIN = "/xrpc/com.atproto.server.createSession"
REFRESH = "/xrpc/com.atproto.server.refreshSession"
KEY = record.record_key(bluesky_publication())
SESSION = {"did": DID, "handle": "alice.test", "accessJwt": "a.b.c", "refreshJwt": "r.r.r"}
OFFLINE = Bluesky(httpx.Client())


@pytest.mark.parametrize(
    "text", ["a" * 300, "👨‍👩‍👧" * 100, "é" * 300, "日" * 300, "क्षि" * 200], ids=["a", "family", "é", "日", "conjunct"]
)
def test_texts_within_both_limits(text: str) -> None:
    assert OFFLINE.check(bluesky_publication(text)) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("a" * 301, ("300", "301")), ("👨‍👩‍👧‍👦" * 121, ("3000", "3025")), ("👋" * 301, ("300", "301"))],
    ids=["characters", "bytes", "both"],
)
def test_texts_beyond_a_limit(text: str, numbers: tuple[str, str]) -> None:
    [problem] = OFFLINE.check(bluesky_publication(text))
    assert problem.code == "text_too_long"
    assert all(number in problem.message for number in numbers)


def test_half_characters_are_refused() -> None:
    assert [problem.code for problem in OFFLINE.check(bluesky_publication("half \ud83d"))] == ["invalid_characters"]


@pytest.mark.parametrize("languages", [["en", "de", "fr", "es"], ["English"], ["x"], ["en_US"]])
def test_languages_that_are_none(languages: list[str]) -> None:
    [problem] = OFFLINE.check(bluesky_publication(options={"langs": languages}))
    assert problem.pointer == "/provider_options/bluesky/langs"


def test_the_key_is_the_same_on_every_repeat_and_another_for_another_delivery() -> None:
    repeat = Publication("dlv_1", DID, "alice.test", "Other text", STARTED_AT, is_repeat=True)
    other = Publication("dlv_2", DID, "alice.test", "Hello", STARTED_AT)
    assert record.record_key(repeat) == KEY
    assert record.record_key(other) != KEY
    assert record.record_key(other)[:10] == KEY[:10], "the time is the same"


def test_keys_sort_by_time_and_are_well_formed() -> None:
    instants = [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(microseconds=7**n) for n in range(19)]
    keys = [record.record_key(Publication("dlv_1", DID, "a", "t", instant)) for instant in instants]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 13 and key[0] in "234567abcdefghij" and set(key) <= set(record._DIGITS) for key in keys)


def test_a_key_holds_the_microsecond_of_the_first_attempt() -> None:
    number = 0
    for digit in KEY:
        number = number << 5 | record._DIGITS.index(digit)
    assert number >> 10 == int(STARTED_AT.timestamp()) * 1_000_000 + 123456


def test_the_record_is_the_same_on_every_repeat(wire: Wire, client: httpx.Client) -> None:
    wire.on(PUT, put_ok())
    for _ in range(2):
        Bluesky(client, wire.url).publish(BLUESKY_CREDENTIALS, bluesky_publication("Hello #x", {"langs": ["en"]}))
    first, second = wire.requests
    assert first.body == second.body
    assert first.json["rkey"] == KEY
    assert first.json["record"] == {
        "$type": "app.bsky.feed.post",
        "text": "Hello #x",
        "createdAt": STARTED_AT.strftime("%Y-%m-%dT%H:%M:%S.123Z"),
        "facets": [
            {
                "index": {"byteStart": 6, "byteEnd": 8},
                "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "x"}],
            }
        ],
        "langs": ["en"],
    }


@pytest.mark.parametrize(
    ("handle", "name"),
    [("alice.test", "alice.test"), ("@alice.test", "alice.test"), ("", DID), ("handle.invalid", DID)],
)
def test_the_permalink_names_the_handle_or_the_did(wire: Wire, client: httpx.Client, handle: str, name: str) -> None:
    wire.on(PUT, put_ok())
    wanted = Publication("dlv_1", DID, handle, "Hello", STARTED_AT)
    published = Bluesky(client, wire.url).publish(BLUESKY_CREDENTIALS, wanted)
    assert published.permalink == f"https://bsky.app/profile/{name}/post/{KEY}"
    assert published.platform_post_id == f"at://{DID}/app.bsky.feed.post/{KEY}"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "ExpiredToken", "message": "Token has expired"}, AccessExpired),
        (400, {"error": "InvalidToken", "message": "Token could not be verified"}, AccessExpired),
        (401, {"error": "AuthMissing", "message": "Authentication Required"}, AccessExpired),
        (401, {"error": "AccountTakedown", "message": "Account has been taken down"}, AccountBlocked),
        (401, {"error": "AccountDeactivated", "message": "Account is deactivated"}, AccountBlocked),
        (401, {"error": "AuthenticationRequired", "message": "Invalid"}, ReconnectRequired),
        (403, {"error": "Forbidden", "message": "Bad token scope"}, PermissionMissing),
        (400, {"error": "InvalidRequest", "message": "Invalid app.bsky.feed.post record"}, ContentRejected),
        (413, {"error": "PayloadTooLarge", "message": "request entity too large"}, ContentRejected),
        (429, {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, Throttled),
        (500, {"error": "InternalServerError", "message": "Internal Server Error"}, OutcomeUnknown),
        (502, {"error": "UpstreamFailure", "message": "Upstream Failure"}, OutcomeUnknown),
    ],
)
def test_what_a_refusal_means(
    wire: Wire, client: httpx.Client, status: int, body: Json, expected: type[ProviderError]
) -> None:
    wire.on(PUT, answer(status, body))
    with pytest.raises(ProviderError) as caught:
        Bluesky(client, wire.url).publish(BLUESKY_CREDENTIALS, bluesky_publication())
    assert type(caught.value) is expected


def test_a_used_up_day_is_a_quota_until_its_reset(wire: Wire, client: httpx.Client) -> None:
    reset = int(datetime.now(UTC).timestamp()) + 5000
    headers = {"ratelimit-reset": str(reset), "ratelimit-policy": "35000;w=86400", "ratelimit-remaining": "0"}
    wire.on(PUT, answer(429, {"error": "RateLimitExceeded"}, headers))
    with pytest.raises(QuotaExhausted) as caught:
        Bluesky(client, wire.url).publish(BLUESKY_CREDENTIALS, bluesky_publication())
    assert caught.value.retry_at is not None
    assert abs(caught.value.retry_at.timestamp() - reset) < 2


@pytest.mark.parametrize(
    "typed",
    [
        {"app_password": "p"},
        {"password": "p"},
        {"access_token": "p"},
        {"app_password": "p", "identifier": "@alice.test"},
    ],
)
def test_identify_logs_in_once_and_keeps_what_is_needed(wire: Wire, client: httpx.Client, typed: Credentials) -> None:
    ends_at = datetime(2030, 1, 1, tzinfo=UTC)
    access = jwt(int(ends_at.timestamp()))
    document = {"service": [{"id": "#atproto_pds", "serviceEndpoint": "https://pds.example.com"}]}
    wire.on(LOGIN, answer(200, {**SESSION, "accessJwt": access, "didDoc": document}))
    identity = Bluesky(client, wire.url).identify(typed, "@alice.test")
    assert identity.platform_account_id == DID
    assert identity.token_expires_at == ends_at
    assert identity.credentials == {
        "service": "https://bsky.social",
        "pds": "https://pds.example.com",
        "did": DID,
        "identifier": "alice.test",
        "app_password": "p",
        "access_jwt": access,
        "refresh_jwt": "r.r.r",
    }
    assert wire.requests[0].json == {"identifier": "alice.test", "password": "p"}
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, "AuthenticationRequired", "app password"),
        (401, "AuthFactorTokenRequired", "mailed code"),
        (400, "InvalidRequest", "app password"),
    ],
)
def test_a_login_that_is_refused(wire: Wire, client: httpx.Client, status: int, error: str, words: str) -> None:
    wire.on(LOGIN, answer(status, {"error": error, "message": "No"}))
    with pytest.raises(ReconnectRequired, match=words):
        Bluesky(client, wire.url).identify({"app_password": "p"}, "alice.test")


def test_a_login_of_a_taken_down_account(wire: Wire, client: httpx.Client) -> None:
    wire.on(LOGIN, answer(401, {"error": "AccountTakedown", "message": "Account has been taken down"}))
    with pytest.raises(AccountBlocked):
        Bluesky(client, wire.url).identify({"app_password": "p"}, "alice.test")


@pytest.mark.parametrize(
    "endpoint", ["javascript:alert(1)", "https://a@b.com", "https://a.com/x", "https://a.com:99999", ""]
)
def test_a_did_document_with_a_strange_server_is_not_followed(wire: Wire, client: httpx.Client, endpoint: str) -> None:
    document = {"service": [5, {"id": "#atproto_pds", "serviceEndpoint": endpoint}]}
    wire.on(LOGIN, answer(200, {**SESSION, "didDoc": document}))
    identity = Bluesky(client, wire.url).identify({"app_password": "p", "service": "pds.test"}, "alice.test")
    assert identity.credentials["pds"] == "https://pds.test"


@pytest.mark.parametrize(
    ("credentials", "address"),
    [
        ({}, None),
        ({"service": "https://pds.example.com/"}, "https://pds.example.com"),
        ({"service": "pds.example.com"}, "https://pds.example.com"),
        ({"service": "http://localhost:2583"}, "http://localhost:2583"),
        ({"service": "http://[::1]:2583"}, "http://[::1]:2583"),
        (
            {"service": "https://bsky.social", "pds": "https://oyster.host.bsky.network"},
            "https://oyster.host.bsky.network",
        ),
    ],
)
def test_the_server_of_an_account(credentials: Credentials, address: str | None) -> None:
    assert OFFLINE.service_url(credentials) == address


@pytest.mark.parametrize("service", ["ftp://a", "https://", "https://u:p@a.com", "https://a.com/?q", "https://a b", 5])
def test_a_server_that_is_none(service: Json) -> None:
    with pytest.raises(ReconnectRequired):
        OFFLINE.service_url({"service": service})


def test_a_refresh_does_not_log_in(wire: Wire, client: httpx.Client) -> None:
    wire.on(REFRESH, answer(200, {**SESSION, "refreshJwt": "r2"}))
    fresh, _ = Bluesky(client, wire.url).refresh(BLUESKY_CREDENTIALS, STARTED_AT)
    assert fresh == {**BLUESKY_CREDENTIALS, "access_jwt": "a.b.c", "refresh_jwt": "r2"}
    assert wire.paths() == [REFRESH]
    assert wire.requests[0].headers["authorization"] == "Bearer tok-refresh-4711"


@pytest.mark.parametrize("error", ["ExpiredToken", "InvalidToken"])
def test_an_ended_session_is_replaced_by_a_login(wire: Wire, client: httpx.Client, error: str) -> None:
    wire.on(REFRESH, answer(400, {"error": error, "message": "No"}))
    wire.on(LOGIN, answer(200, SESSION))
    fresh, _ = Bluesky(client, wire.url).refresh(BLUESKY_CREDENTIALS, STARTED_AT)
    assert fresh["access_jwt"] == "a.b.c"
    assert wire.paths() == [REFRESH, LOGIN]


def test_a_revoked_password_ends_the_access(wire: Wire, client: httpx.Client) -> None:
    wire.on(REFRESH, answer(400, {"error": "ExpiredToken", "message": "No"}))
    wire.on(LOGIN, answer(401, {"error": "AuthenticationRequired", "message": "Invalid identifier or password"}))
    with pytest.raises(ReconnectRequired):
        Bluesky(client, wire.url).refresh(BLUESKY_CREDENTIALS, STARTED_AT)


def test_another_accounts_session_is_not_taken(wire: Wire, client: httpx.Client) -> None:
    wire.on(REFRESH, answer(200, {**SESSION, "did": "did:plc:mallory"}))
    with pytest.raises(ReconnectRequired):
        Bluesky(client, wire.url).refresh(BLUESKY_CREDENTIALS, STARTED_AT)


@pytest.mark.parametrize(
    ("value", "is_ours"),
    [
        ({"text": "Hello", "createdAt": "x"}, True),
        ({"text": "edited later", "createdAt": STARTED_AT.strftime("%Y-%m-%dT%H:%M:%S.123Z")}, True),
        ({"text": "somebody's", "createdAt": "2020-01-01T00:00:00.000Z"}, False),
        ({"text": 5}, False),
    ],
)
def test_the_record_under_our_key_is_ours_by_text_or_date(
    wire: Wire, client: httpx.Client, value: Json, is_ours: bool
) -> None:
    wire.on(GET, answer(200, {"uri": "at://x", "value": value}))
    found = Bluesky(client, wire.url).look_up(BLUESKY_CREDENTIALS, bluesky_publication())
    assert (found is not None) == is_ours


def test_no_record_under_our_key_is_no_post(wire: Wire, client: httpx.Client) -> None:
    wire.on(GET, answer(400, {"error": "RecordNotFound", "message": "Could not locate record"}))
    assert Bluesky(client, wire.url).look_up(BLUESKY_CREDENTIALS, bluesky_publication()) is None


def test_a_server_that_does_not_know_the_account_proves_nothing(wire: Wire, client: httpx.Client) -> None:
    wire.on(GET, answer(400, {"error": "InvalidRequest", "message": "Could not find repo"}))
    with pytest.raises(ProviderUnavailable):
        Bluesky(client, wire.url).look_up(BLUESKY_CREDENTIALS, bluesky_publication())


def put_ok() -> Trick:
    return answer(200, {"uri": record.post_uri(DID, KEY), "cid": "bafy"})


def jwt(expires: int) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": expires}).encode()).decode().rstrip("=")
    return f"h.{claims}.s"
