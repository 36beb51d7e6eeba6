"""One contract for every provider, every call and every kind of trouble, over real sockets.

What it holds: after a broken write the outcome is unknown unless nothing can have been sent; a read never makes it so; a
look-up in trouble never answers "not there"; no call is sent twice; no secret is in an error; every wait has an end.
"""

import gzip
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from dravo_app.errors import (
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    Throttled,
)
from dravo_app.providers.base import Provider
from dravo_app.providers.catalogue import CATALOGUE
from dravo_app.providers.registry import PROVIDERS
from tests.providers import wire as tricks
from tests.providers.conversations import CONVERSATIONS, SECRETS, Conversation
from tests.providers.wire import Trick, Wire, answer, http_date, running_wire

LONG_AGO = "Wed, 01 Jan 2020 00:00:00 GMT"

BROKEN: dict[str, Trick] = {
    "closed without an answer": tricks.close,
    "reset after reading": tricks.reset,
    "half a head": tricks.half_a_head,
    "truncated body": tricks.truncated,
    "no http at all": tricks.nonsense,
    "500": answer(500, {"error": "InternalServerError", "message": "Internal Server Error"}),
    "500 in html": answer(500, raw=b"<html>Oops</html>"),
    "502": answer(502, {"error": "UpstreamFailure", "message": "no"}),
    "503": answer(503, {"title": "Service Unavailable", "detail": "Over capacity"}, {"Retry-After": "3"}),
    "504": answer(504, raw=b""),
    "408": answer(408, {"title": "Request Timeout"}),
    "redirect": answer(302, {}, {"Location": "http://127.0.0.1:9/elsewhere"}),
}

ENDLESS: dict[str, Trick] = {
    "silence": tricks.silence,
    "dripping head": tricks.drip_head,
    "dripping body": tricks.drip_body,
}

WRONG_KIND: dict[str, Trick] = {
    "html": answer(200, raw=b"<html><body>Welcome to the hotel's network</body></html>"),
    "empty": answer(200, raw=b""),
    "null": answer(200, None),
    "a list": answer(200, []),
    "an empty object": answer(200, {}),
    "wrong types": answer(
        200,
        {
            "data": {"id": 5, "username": []},
            "meta": {"result_count": "0"},
            "uri": 7,
            "value": "text",
            "did": 5,
            "handle": 1,
            "accessJwt": {},
            "refreshJwt": None,
            "access_token": 0,
        },
    ),
    "empty fields": answer(
        200, {"data": {"id": "", "username": ""}, "uri": "", "did": "", "accessJwt": "", "access_token": ""}
    ),
    "another's values": answer(
        200, {"data": {"id": "1; drop"}, "meta": {"result_count": 9}, "uri": "at://did:plc:other/x/y", "did": "bob"}
    ),
    "huge": tricks.huge,
    "packed": answer(200, raw=gzip.compress(b"0" * 10_000_000), headers={"Content-Encoding": "gzip"}),
    "not a number": answer(200, raw=b'{"data": NaN}'),
    "deep": answer(200, raw=b"[" * 200_000),
    "not utf-8": answer(200, raw=b'{"data": {"id": "\xff\xfe"}}'),
    "204": answer(204, raw=b""),
}

REFUSED: dict[str, Trick] = {
    "401": answer(401, {"title": "Unauthorized", "detail": "Unauthorized", "error": "AuthMissing"}),
    "401 in html": answer(401, raw=b"<html>Log in</html>"),
    "403": answer(403, {"title": "Forbidden", "detail": "Forbidden", "error": "Forbidden"}),
    "403 in html": answer(403, raw=b"<html>Checking your browser</html>"),
    "404": answer(404, {"title": "Not Found", "detail": "Not Found", "error": "NotFound"}),
    "404 in html": answer(404, raw=b"<html>Not here</html>"),
    "413": answer(413, raw=b""),
    "422": answer(422, {"errors": [{"message": "No"}], "error": "Unprocessable"}),
}

THROTTLED: dict[str, Trick] = {
    "seconds": answer(429, {"title": "Too Many Requests"}, {"Retry-After": "3"}),
    "date": answer(429, {}, {"Retry-After": http_date(datetime.now(UTC) + timedelta(seconds=90))}),
    "missing": answer(429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}),
    "empty": answer(429, raw=b"", headers={"Retry-After": ""}),
    "absurd": answer(429, {}, {"Retry-After": "9" * 200}),
    "negative": answer(429, {}, {"Retry-After": "-5"}),
    "past": answer(429, {}, {"Retry-After": LONG_AGO}),
    "words": answer(429, {}, {"Retry-After": "soon", "x-rate-limit-reset": "later", "ratelimit-reset": "x"}),
    "year 9999": answer(429, {}, {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT", "ratelimit-reset": "999999999999"}),
    "odd clock": answer(429, {}, {"Retry-After": "5", "Date": LONG_AGO}),
    "iso": answer(429, {"error": "Too many requests"}, {"X-RateLimit-Reset": "2026-11-24T00:00:00.123456Z"}),
    "iso, year 9999": answer(429, {"error": "Too many requests"}, {"X-RateLimit-Reset": "9999-12-31T23:59:59+00:00"}),
}


def every(troubles: dict[str, Trick]) -> list[object]:
    return [
        pytest.param(conversation, trick, id=f"{conversation.name}: {name}")
        for conversation in CONVERSATIONS
        for name, trick in troubles.items()
        if name not in conversation.understood
    ]


def failure(wire: Wire, client: httpx.Client, conversation: Conversation, trick: Trick | None) -> ProviderError:
    """The error that the call ends with."""
    for path, other in conversation.others.items():
        wire.on(path, other)
    if trick:
        wire.on(conversation.path, trick)
    with pytest.raises(ProviderError) as caught:
        conversation.call(conversation.adapter(client, wire.url))
    error = caught.value
    assert wire.paths().count(conversation.path) <= 1, "a call was sent twice"
    assert error.provider == conversation.adapter.slug
    assert not [secret for secret in SECRETS if secret in f"{error} {error.detail} {error.raw} {error!r}"]
    return error


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda conversation: conversation.name)
def test_a_good_answer_is_taken(wire: Wire, client: httpx.Client, conversation: Conversation) -> None:
    for path, trick in {**conversation.others, conversation.path: conversation.good}.items():
        wire.on(path, trick)
    conversation.call(conversation.adapter(client, wire.url))
    # Mastodon's list may go on behind what was found, and an older post that says the same would be ours
    assert wire.paths().count(conversation.path) == (2 if conversation.name == "mastodon look up" else 1)


@pytest.mark.parametrize(("conversation", "trick"), every(BROKEN))
def test_a_broken_write_is_unknown_and_a_broken_read_is_nothing(
    wire: Wire, client: httpx.Client, conversation: Conversation, trick: Trick
) -> None:
    if conversation.goes_on_without and trick in (
        BROKEN["500"],
        BROKEN["500 in html"],
        BROKEN["502"],
        BROKEN["408"],
        BROKEN["redirect"],
    ):
        return _goes_on(wire, client, conversation, trick)
    error = failure(wire, client, conversation, trick)
    assert type(error) is (OutcomeUnknown if conversation.is_write else ProviderUnavailable)


@pytest.mark.parametrize(("conversation", "trick"), every(ENDLESS))
def test_a_network_that_never_comes_to_an_end_is_given_up(
    wire: Wire, impatient: httpx.Client, conversation: Conversation, trick: Trick
) -> None:
    error = failure(wire, impatient, conversation, trick)
    assert type(error) is (OutcomeUnknown if conversation.is_write else ProviderUnavailable)


@pytest.mark.parametrize(("conversation", "trick"), every(WRONG_KIND))
def test_an_answer_of_the_wrong_kind_proves_nothing(
    wire: Wire, client: httpx.Client, conversation: Conversation, trick: Trick
) -> None:
    if conversation.goes_on_without:
        return _goes_on(wire, client, conversation, trick)
    error = failure(wire, client, conversation, trick)
    assert type(error) is (OutcomeUnknown if conversation.is_write else ProviderUnavailable)


@pytest.mark.parametrize(("conversation", "trick"), every(REFUSED))
def test_a_refusal_is_never_an_open_question(
    wire: Wire, client: httpx.Client, conversation: Conversation, trick: Trick
) -> None:
    if conversation.goes_on_without:
        return _goes_on(wire, client, conversation, trick)
    error = failure(wire, client, conversation, trick)
    assert not isinstance(error, OutcomeUnknown)
    assert error.http_status is not None


@pytest.mark.parametrize(("conversation", "trick"), every(THROTTLED))
def test_a_wait_has_an_end(wire: Wire, client: httpx.Client, conversation: Conversation, trick: Trick) -> None:
    error = failure(wire, client, conversation, trick)
    assert isinstance(error, Throttled | QuotaExhausted)
    assert error.retry_at is not None
    assert timedelta(0) < error.retry_at - datetime.now(UTC) <= timedelta(hours=24)


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda conversation: conversation.name)
def test_nothing_was_published_where_no_connection_was_made(client: httpx.Client, conversation: Conversation) -> None:
    with running_wire() as wire:
        pass
    assert type(failure(wire, client, conversation, None)) is ProviderUnavailable


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda conversation: conversation.name)
def test_nothing_was_published_where_tls_failed(wire: Wire, client: httpx.Client, conversation: Conversation) -> None:
    wire.before_reading = tricks.reset_unread
    adapter = conversation.adapter(client, wire.url.replace("http://", "https://"))
    with pytest.raises(ProviderUnavailable):
        conversation.call(adapter)


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda conversation: conversation.name)
def test_a_reset_before_the_request_was_read(wire: Wire, client: httpx.Client, conversation: Conversation) -> None:
    wire.before_reading = tricks.reset_unread
    with pytest.raises(ProviderError) as caught:
        conversation.call(conversation.adapter(client, wire.url))
    # Bytes may have left, so a write that breaks here is unknown, too; the mention is read before the write.
    assert type(caught.value) is (OutcomeUnknown if conversation.is_write else ProviderUnavailable)


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda conversation: conversation.name)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 429, 500])
def test_a_network_that_echoes_our_secrets(
    wire: Wire, client: httpx.Client, conversation: Conversation, status: int
) -> None:
    if conversation.goes_on_without or (status == 200 and "echo" in conversation.understood):
        return
    failure(wire, client, conversation, tricks.echo(status))


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda conversation: conversation.name)
def test_a_kept_alive_socket_that_dies_under_a_request(client: httpx.Client, conversation: Conversation) -> None:
    with running_wire() as wire:
        for path, trick in {**conversation.others, conversation.path: conversation.good}.items():
            wire.on(path, trick)
        conversation.call(conversation.adapter(client, wire.url))
        before = wire.accepted
        wire.requests.clear()
        assert type(failure(wire, client, conversation, tricks.close)) is (
            OutcomeUnknown if conversation.is_write else ProviderUnavailable
        )
        is_reused = wire.accepted == before
        assert is_reused is conversation.keeps_sockets, (
            "the second request was to go over the first one's socket, or not"
        )


def test_every_call_that_an_adapter_declares_is_in_the_contract() -> None:
    for slug, adapter in PROVIDERS.items():
        names = {conversation.name for conversation in CONVERSATIONS if conversation.adapter is adapter}
        promised = {
            "publish": True,
            "look up": adapter.capabilities.can_look_up,
            "refresh": adapter.capabilities.can_refresh,
        }
        assert {f"{slug} {name}" for name, is_promised in promised.items() if is_promised} <= names


def test_adapters_and_catalogue_agree() -> None:
    assert len(CATALOGUE) == 13
    for slug, adapter in PROVIDERS.items():
        assert (adapter.slug, adapter.name) == (slug, CATALOGUE[slug].name)
        assert adapter.capabilities.options == CATALOGUE[slug].options
        assert all(limit.source and limit.checked_on for limit in adapter.capabilities.text_limits)
        assert issubclass(adapter, Provider)


def _goes_on(wire: Wire, client: httpx.Client, conversation: Conversation, trick: Trick) -> None:
    """A mention that can't be resolved stays plain text; the post is made all the same."""
    for path, other in {**conversation.others, conversation.path: trick}.items():
        wire.on(path, other)
    conversation.call(conversation.adapter(client, wire.url))
    put = next(request for request in wire.requests if request.path not in (conversation.path,))
    assert "facets" not in str(put.json)
