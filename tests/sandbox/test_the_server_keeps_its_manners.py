"""HTTP/1.1 as it should be: keep-alive, pipelining, chunks, HEAD, limits, strangers, a crowd of slow callers."""

import asyncio
import socket
import struct
import time

import httpx
import pytest

from tests.sandbox.raw import connected, post_request, read_all, send
from tests.support.sandbox_server import Sandbox

CLOSE = "Connection: close\r\n"


def test_requests_in_one_packet_are_answered_in_order(sandbox: Sandbox, handle: str) -> None:
    requests = [post_request(handle, f"post {number}", CLOSE if number == 4 else "") for number in range(5)]
    answer = send(sandbox, b"".join(requests))
    assert answer.count(b"HTTP/1.1 201") == 5
    assert [answer.index(f'"text":"post {number}"'.encode()) for number in range(5)] == sorted(
        answer.index(f'"text":"post {number}"'.encode()) for number in range(5)
    )
    assert [item["text"] for item in sandbox.log(account=handle)] == [f"post {number}" for number in range(5)]


def test_a_body_in_chunks_is_put_together(sandbox: Sandbox, handle: str) -> None:
    head = f"POST /x/2/tweets HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sandbox_{handle}\r\n{CLOSE}"
    chunks = b'8\r\n{"text":\r\n9\r\n "chunk"}\r\n0\r\n\r\n'
    assert b"HTTP/1.1 201" in send(sandbox, f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks)
    assert [item["text"] for item in sandbox.log(account=handle)] == ["chunk"]


def test_half_a_request_shows_nothing(sandbox: Sandbox, handle: str) -> None:
    with connected(sandbox) as connection:
        connection.sendall(post_request(handle, "half")[:-3])
        connection.shutdown(socket.SHUT_WR)
        read_all(connection)
    assert sandbox.log(account=handle) == []


def test_head_is_get_without_the_body(sandbox: Sandbox) -> None:
    got, headed = (sandbox.call(method, "/sandbox/log?limit=1") for method in ("GET", "HEAD"))
    assert (headed.status_code, headed.content) == (200, b"")
    assert headed.headers["content-length"] == got.headers["content-length"]


def test_a_caller_that_waits_for_100_continue_is_told_to_go_on(sandbox: Sandbox, handle: str) -> None:
    request = post_request(handle, "patience", "Expect: 100-continue\r\n" + CLOSE)
    head, body = request.split(b"\r\n\r\n", 1)
    with connected(sandbox) as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert b"HTTP/1.1 201" in read_all(connection)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"hello\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nBad Header: x\r\n\r\n",
        b"POST /x/2/tweets HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50 + b"\r\n\r\n",
    ],
    ids=["words", "no host", "header", "length", "tls"],
)
def test_what_is_no_http_is_a_400_and_the_end(sandbox: Sandbox, nonsense: bytes) -> None:
    assert send(sandbox, nonsense).startswith(b"HTTP/1.1 400 ")


def test_endless_headers_are_refused(sandbox: Sandbox) -> None:
    endless = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X-Filler: " + b"y" * 40_000
    assert send(sandbox, endless).startswith(b"HTTP/1.1 431 ")


def test_a_body_over_10_megabytes_is_refused(sandbox: Sandbox, handle: str) -> None:
    answer = sandbox.call("POST", "/x/2/tweets", content=b"x" * (10 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert sandbox.call("POST", "/x/2/tweets", content=b"x" * 9_000_000).status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "localhost@evil.example", ""])
def test_another_host_name_is_not_served(sandbox: Sandbox, handle: str, host: str) -> None:
    assert send(sandbox, post_request(handle, "rebound", host=host)).startswith(b"HTTP/1.1 421 ")
    assert sandbox.log(account=handle) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:1234", "localhost:1", "LOCALHOST", "[::1]:80"])
def test_the_names_of_loopback_are_served(sandbox: Sandbox, handle: str, host: str) -> None:
    assert send(sandbox, post_request(handle, f"to {host}", CLOSE, host)).startswith(b"HTTP/1.1 201 ")


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_the_pages_are_not_for_proxies(sandbox: Sandbox, name: str) -> None:
    assert sandbox.call("GET", "/sandbox/log", headers={name: "10.0.0.1"}).status_code == 403


def test_a_page_from_elsewhere_may_not_set_faults(sandbox: Sandbox) -> None:
    for origin in ("https://evil.example", "null"):
        answer = sandbox.call("POST", "/sandbox/faults", headers={"origin": origin}, json={"reset": True})
        assert answer.status_code == 403
    assert sandbox.call("POST", "/sandbox/faults", headers={"origin": sandbox.url}, json={"reset": True}).is_success


def test_unknown_addresses_and_methods_say_what_there_is(sandbox: Sandbox) -> None:
    assert sandbox.call("GET", "/myspace/2/tweets").status_code == 404
    assert sandbox.call("GET", "/sandbox/nothing").status_code == 404
    answer = sandbox.call("PUT", "/sandbox/faults")
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET, POST")


def test_a_refused_connection_is_a_reset_and_not_a_close(sandbox: Sandbox, handle: str) -> None:
    with connected(sandbox) as connection:
        connection.sendall(post_request(handle, "a [[sandbox: refuse connect]]"))
        with pytest.raises(ConnectionResetError):
            connection.recv(100)


def test_a_lost_answer_is_a_close_without_a_byte(sandbox: Sandbox, handle: str) -> None:
    with connected(sandbox) as connection:
        connection.sendall(post_request(handle, "a [[sandbox: answer lost]]"))
        assert connection.recv(100) == b""


def test_a_caller_that_resets_does_no_harm(sandbox: Sandbox, handle: str) -> None:
    for _ in range(5):
        with connected(sandbox) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(post_request(handle, "a [[sandbox: huge]]"))
    assert sandbox.call("GET", "/sandbox/log").status_code == 200


def test_a_thousand_slow_callers_are_served_at_once(own_sandbox: Sandbox) -> None:
    own_sandbox.faults(network="*", latency_seconds=4)
    port = int(own_sandbox.url.rpartition(":")[2])

    async def one(number: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(post_request(f"crowd{number}", "hello", CLOSE))
        answer = await reader.read()
        writer.close()
        return answer[:12]

    async def crowd() -> set[bytes]:
        return set(await asyncio.gather(*[one(number) for number in range(1000)]))

    began = time.monotonic()
    assert asyncio.run(crowd()) == {b"HTTP/1.1 201"}
    assert time.monotonic() - began < 30  # a hundred at a time would need 40
    assert len(own_sandbox.log()) == 1000


def test_the_log_is_served_while_others_wait(own_sandbox: Sandbox) -> None:
    with connected(own_sandbox) as connection:
        connection.sendall(post_request("ann", "a [[sandbox: slow 30s]]"))
        began = time.monotonic()
        assert httpx.get(f"{own_sandbox.url}/sandbox/log", verify=False).status_code == 200
        assert time.monotonic() - began < 15
