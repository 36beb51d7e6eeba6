"""What the rest of the suite takes for granted about the real Bluesky server is so, on the server itself."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import pytest

from tests.peers.pds import POSTS, Account, Pds, PdsError, Session, start_pds

RKEY = "3l7sampleaaa2"


def test_an_account_logs_in_by_handle_and_by_did(real_pds: Pds) -> None:
    account = real_pds.new_account()
    by_handle = real_pds.session(account.handle, account.password)
    by_did = real_pds.session(account.did, account.password)
    assert account.did.startswith("did:plc:")
    assert {by_handle.did, by_did.did} == {account.did}
    with pytest.raises(PdsError) as refused:
        real_pds.session(account.handle, "wrong")
    assert (refused.value.status, refused.value.error) == (401, "AuthenticationRequired")


def test_a_post_put_twice_under_its_key_is_one_post(real_pds: Pds) -> None:
    session = login(real_pds, real_pds.new_account())
    body = post_body(session, "once")
    first, second = (write(real_pds, session, "putRecord", body) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert [first.json()[key] for key in ("uri", "cid")] == [second.json()[key] for key in ("uri", "cid")]
    assert [record.uri for record in real_pds.list_posts(session.did)] == [first.json()["uri"]]
    stored = real_pds.get_record(session.did, RKEY)
    assert stored is not None
    assert (stored.rkey, stored.value["text"]) == (RKEY, "once")


def test_a_post_created_over_another_is_a_server_error_that_leaves_the_first(real_pds: Pds) -> None:
    session = login(real_pds, real_pds.new_account())
    assert write(real_pds, session, "createRecord", post_body(session, "first")).status_code == 200
    collision = write(real_pds, session, "createRecord", post_body(session, "second"))
    assert (collision.status_code, collision.json()["error"]) == (500, "InternalServerError")
    assert [record.value["text"] for record in real_pds.list_posts(session.did)] == ["first"]


def test_an_expired_access_token_is_a_400_and_the_session_can_be_refreshed(real_pds: Pds) -> None:
    session = login(real_pds, real_pds.new_account())
    stale = Session(session.did, session.handle, real_pds.expired_access_token(session.did), session.refresh_token)
    answer = write(real_pds, stale, "putRecord", post_body(stale, "late"))
    assert (answer.status_code, answer.json()["error"]) == (400, "ExpiredToken")
    assert real_pds.get_record(session.did, RKEY) is None
    refresh = {"Authorization": f"Bearer {session.refresh_token}"}
    renewed = httpx.post(f"{real_pds.url}/xrpc/com.atproto.server.refreshSession", headers=refresh)
    assert renewed.json()["did"] == session.did


def test_an_account_taken_down_can_neither_write_nor_log_in_until_it_is_lifted(real_pds: Pds) -> None:
    account = real_pds.new_account()
    session = login(real_pds, account)
    real_pds.take_down(account.did)
    answer = write(real_pds, session, "putRecord", post_body(session, "silenced"))
    assert (answer.status_code, answer.json()["error"]) == (401, "AccountTakedown")
    with pytest.raises(PdsError) as refused:
        login(real_pds, account)
    assert (refused.value.status, refused.value.error) == (401, "AccountTakedown")
    real_pds.take_down(account.did, applied=False)
    assert write(real_pds, session, "putRecord", post_body(session, "back")).status_code == 200


def test_posts_beyond_one_page_are_all_listed_oldest_key_first(real_pds: Pds) -> None:
    session = login(real_pds, real_pds.new_account())
    keys = [f"3l7sample{number:04}".translate(str.maketrans("0189", "abcd")) for number in range(101)]
    for key in keys:
        assert write(real_pds, session, "putRecord", post_body(session, key, rkey=key)).status_code == 200
    assert [record.rkey for record in real_pds.list_posts(session.did)] == sorted(keys)


def test_a_server_of_its_own_counts_requests_as_the_network_does(real_pds: Pds) -> None:
    question = "/xrpc/com.atproto.server.describeServer"
    with start_pds(rate_limits=True) as counting:
        answer = httpx.get(counting.url + question)
    assert answer.headers["ratelimit-policy"] == "3000;w=300"
    assert int(answer.headers["ratelimit-remaining"]) < 3000
    assert "ratelimit-policy" not in httpx.get(real_pds.url + question).headers


@pytest.mark.parametrize("which", ["url", "plc_url"])
def test_only_this_machine_reaches_it(real_pds: Pds, which: str) -> None:
    address = urlsplit(getattr(real_pds, which))
    with socket.create_connection((address.hostname, address.port), timeout=5) as reached:
        assert reached.getpeername()[0] == "127.0.0.1"
    # 127.0.0.2 is this machine too, but only a server that listens on every interface answers there.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", address.port), timeout=5)


def login(pds: Pds, account: Account) -> Session:
    return pds.session(account.handle, account.password)


def post_body(session: Session, text: str, rkey: str = RKEY) -> dict[str, object]:
    created_at = datetime(2026, 11, 23, 12, tzinfo=UTC).isoformat().replace("+00:00", "Z")
    record = {"$type": POSTS, "text": text, "createdAt": created_at}
    return {"repo": session.did, "collection": POSTS, "rkey": rkey, "record": record}


def write(pds: Pds, session: Session, method: str, body: dict[str, object]) -> httpx.Response:
    headers = {"Authorization": f"Bearer {session.access_token}"}
    return httpx.post(f"{pds.url}/xrpc/com.atproto.repo.{method}", json=body, headers=headers, trust_env=False)
