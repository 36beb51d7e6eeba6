"""Read, write and what is made of their answers."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from dravo_app import clock
from dravo_app.errors import OutcomeUnknown, ProviderUnavailable, ReconnectRequired, UnsupportedContent
from dravo_app.providers import http
from tests.providers import wire as tricks
from tests.providers.wire import Wire, answer, http_date
from tests.support.world import wait_for

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(name="noon")
def _noon() -> Iterator[None]:
    clock.set_source(lambda: NOON)
    yield
    clock.set_source(None)


def asked(wire: Wire, client: httpx.Client, trick: tricks.Trick) -> http.Answer:
    wire.on("/it", trick)
    return http.read(client, "GET", f"{wire.url}/it", provider="x")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "3"}, 3),
        ({"Retry-After": "3.5"}, 3.5),
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "9" * 200}, 86_400),
        ({"Retry-After": http_date(NOON + timedelta(seconds=90)), "Date": http_date(NOON)}, 90),
        ({"Retry-After": http_date(NOON + timedelta(seconds=90))}, 90),
        ({"Retry-After": "Sunday"}, 60),
        ({"Retry-After": "-1"}, 60),
        ({}, 60),
        ({"reset": str(int(NOON.timestamp()) + 700)}, 700),
        ({"reset": str(int(NOON.timestamp()) + 700), "Retry-After": "900"}, 900),
        ({"reset": str(int(NOON.timestamp()) + 700), "Retry-After": "5"}, 700),
        ({"reset": "1"}, 1),
    ],
)
def test_a_wait_is_read_from_the_answer(
    noon: None, wire: Wire, client: httpx.Client, headers: dict[str, str], seconds: float
) -> None:
    found = asked(wire, client, answer(429, {}, headers))
    assert http.wait_until(found, "reset") == NOON + timedelta(seconds=seconds)


def test_a_network_whose_clock_is_an_hour_behind(noon: None, wire: Wire, client: httpx.Client) -> None:
    theirs = NOON - timedelta(hours=1)
    reset = str(int(theirs.timestamp()) + 30)
    found = asked(wire, client, answer(429, {}, {"Date": http_date(theirs), "reset": reset}))
    assert http.wait_until(found, "reset") == NOON + timedelta(seconds=30)


def test_secrets_are_masked_by_value_and_by_name(wire: Wire, client: httpx.Client) -> None:
    wire.on("/it", answer(200, {"refreshJwt": "new-one", "access_token": 'with "quotes"', "said": "you sent hunter2"}))
    found = http.read(client, "GET", f"{wire.url}/it", provider="x", secrets=["hunter2"])
    assert found.raw == '{"refreshJwt": "[secret]", "access_token": "[secret]", "said": "you sent [secret]"}'
    assert http.require(found, "refreshJwt", kind=str) == "new-one"


def test_a_secret_that_the_trimming_cuts_in_two_is_masked(wire: Wire, client: httpx.Client) -> None:
    found = asked(wire, client, answer(200, {"pad": "x" * 1960, "access_token": "s3cret" * 20}))
    assert "s3cret" not in found.raw
    assert len(found.raw) <= 2000


def test_what_no_database_takes_is_replaced(wire: Wire, client: httpx.Client) -> None:
    found = asked(wire, client, answer(raw=b'{"handle\\u0000": ["a\\ud800b\\u0000", "\\ud83d\\ude00", 1]}'))
    assert found.body == {"handle\ufffd": ["a?b\ufffd", "\U0001f600", 1]}
    assert "\x00" not in asked(wire, client, answer(raw=b"<h1>\x00</h1>")).raw


def test_true_is_no_number(wire: Wire, client: httpx.Client) -> None:
    found = asked(wire, client, answer(200, {"count": True, "list": [], "text": ""}))
    for name, kind in {"count": int, "text": str}.items():
        with pytest.raises(ProviderUnavailable, match=f"`{name}`"):
            http.require(found, name, kind=kind)


@pytest.mark.parametrize("token", [None, "", 5, "with space", "line\nbreak", "smile😀", "x" * 9000])
def test_a_token_that_no_header_can_carry(token: str | None) -> None:
    with pytest.raises(ReconnectRequired):
        http.bearer(token, "x")


def test_half_characters_are_found_before_anything_is_sent(wire: Wire, client: httpx.Client) -> None:
    with pytest.raises(UnsupportedContent):
        http.write(client, "POST", f"{wire.url}/it", provider="x", json={"text": "half \ud83d"})
    assert wire.accepted == 0


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/", "http://[::1", "//nowhere", "http://\x00/", ""])
def test_an_address_that_is_none_publishes_nothing(client: httpx.Client, address: str) -> None:
    with pytest.raises((ProviderUnavailable, ReconnectRequired)):
        http.write(client, "POST", address, provider="x", json={})


@pytest.mark.parametrize("target", ["http://xn--/", "http://[::1", "http:127.0.0.1:1/", "\\\\a\\", "//", ""])
def test_a_redirect_to_nonsense_is_no_more_than_a_redirect(wire: Wire, client: httpx.Client, target: str) -> None:
    found = asked(wire, client, answer(302, {}, {"Location": target}))
    assert (found.status, found.is_success, found.is_refusal) == (302, False, False)


def test_no_cookie_of_one_account_reaches_the_next(wire: Wire, client: httpx.Client) -> None:
    for _ in range(2):
        asked(wire, client, answer(200, {}, {"Set-Cookie": "guest=1; Path=/"}))
    assert not any("cookie" in request.headers for request in wire.requests)


def test_proxies_of_the_environment_are_ignored(
    wire: Wire, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with http.make_client() as fresh:
        assert asked(wire, fresh, answer(200, {"a": 1})).body == {"a": 1}


def test_a_full_pool_sends_nothing(wire: Wire) -> None:
    wire.on("/it", tricks.silence)
    with http.make_client(1, read_seconds=0.6, whole_seconds=0.6) as client:
        client.timeout = httpx.Timeout(0.6, pool=0.1)
        busy = threading.Thread(target=_write_in_vain, args=(client, wire))
        busy.start()
        while not wire.requests:
            pass
        with pytest.raises(ProviderUnavailable):
            _write(client, wire)
        busy.join()
    assert len(wire.requests) == 1


def test_a_refusal_after_the_connection_was_made_keeps_every_byte_back(wire: Wire) -> None:
    wire.on("/it", answer(201, {"ok": True}))
    asked = iter((False, True))  # the request may be made; then the connection takes too long
    with http.make_client(before_sending=lambda: _refuse_when(next(asked))) as client:
        with pytest.raises(ProviderUnavailable, match="Too late"):
            _write(client, wire)
        wait_for(lambda: wire.accepted == 1)
    assert wire.requests == []


def test_a_refusal_in_the_middle_of_a_request_is_an_open_question(wire: Wire) -> None:
    wire.on("/it", answer(201, {"ok": True}))
    asked = iter((False, False, True))  # the head leaves, the body does not
    with http.make_client(before_sending=lambda: _refuse_when(next(asked))) as client, pytest.raises(OutcomeUnknown):
        _write(client, wire)
    assert wire.requests == []


def test_one_long_silence_ends_with_the_whole(wire: Wire) -> None:
    wire.on("/it", tricks.silence)
    with http.make_client(read_seconds=20, whole_seconds=0.2) as client:
        began = time.monotonic()
        _write_in_vain(client, wire)
    assert time.monotonic() - began < 10


def test_64_threads_share_a_client(wire: Wire) -> None:
    wire.on("/it", answer(201, {"ok": True}))
    statuses: list[int] = []
    with http.make_client() as client:
        threads = [threading.Thread(target=lambda: statuses.append(_write(client, wire).status)) for _ in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == [201] * 64


def _refuse_when(is_too_late: bool) -> None:
    if is_too_late:
        raise ProviderUnavailable("Too late.")


def _write(client: httpx.Client, wire: Wire) -> http.Answer:
    return http.write(client, "POST", f"{wire.url}/it", provider="x", json={})


def _write_in_vain(client: httpx.Client, wire: Wire) -> None:
    with pytest.raises(OutcomeUnknown):
        _write(client, wire)
