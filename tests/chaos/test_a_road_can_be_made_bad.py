"""The fault proxy does to a socket what it says, while connections live."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.chaos.proxy import Proxy, bring, plan, play, running_proxy


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that sends back what it gets."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                while chunk := connection.recv(65536):
                    connection.sendall(chunk)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield int(listener.getsockname()[1])
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.fixture
def road(echo: int) -> Iterator[Proxy]:
    with running_proxy(("127.0.0.1", echo)) as proxy:
        yield proxy


@pytest.fixture
def end(road: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", road.port), timeout=2) as connection:
        assert _say(connection, b"hello") == b"hello"
        yield connection


def test_a_good_road_changes_nothing(end: socket.socket) -> None:
    sent = bytes(range(256)) * 4096
    threading.Thread(target=end.sendall, args=(sent,), daemon=True).start()
    got = b""
    while len(got) < len(sent):
        got += end.recv(65536)
    assert got == sent


def test_late(road: Proxy, end: socket.socket) -> None:
    road.down.latency_seconds = 0.2
    began_at = time.monotonic()
    assert _say(end, b"a") == b"a"
    assert 0.2 <= time.monotonic() - began_at < 1.0


def test_slow(road: Proxy, end: socket.socket) -> None:
    road.up.bytes_per_second = 50.0
    began_at = time.monotonic()
    end.sendall(b"a" * 15)
    got = b""
    while len(got) < 15:
        got += end.recv(100)
    assert 0.25 <= time.monotonic() - began_at < 1.5


def test_reset_reaches_both_ends(road: Proxy, end: socket.socket) -> None:
    road.reset()
    with pytest.raises(ConnectionResetError):
        end.recv(1)
    assert road.live == 0


def test_refused_and_open_again_at_the_same_port(road: Proxy, end: socket.socket) -> None:
    road.refuse()
    assert _say(end, b"still here") == b"still here"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", road.port), timeout=2)
    road.heal()
    with socket.create_connection(("127.0.0.1", road.port), timeout=2) as again:
        assert _say(again, b"back") == b"back"


def test_a_black_hole_takes_connections_and_answers_none(road: Proxy, end: socket.socket) -> None:
    road.swallow()
    with socket.create_connection(("127.0.0.1", road.port), timeout=2) as fresh:
        assert _is_silent(fresh) and _is_silent(end)
    road.heal()
    with pytest.raises(ConnectionResetError):
        end.recv(1)


def test_frozen_and_thawed_nothing_is_lost(road: Proxy, end: socket.socket) -> None:
    road.freeze()
    assert _is_silent(end)
    road.thaw()
    end.settimeout(2)
    assert end.recv(100) == b"?"


@pytest.mark.parametrize("is_up", [True, False])
def test_cut_after_so_many_bytes_either_way(road: Proxy, end: socket.socket, is_up: bool) -> None:
    (road.up if is_up else road.down).cut_after = 10
    end.sendall(b"0123456789ABCDEF")
    got: list[bytes] = []
    with pytest.raises(ConnectionResetError):
        _listen(end, got)
    assert b"0123456789".startswith(b"".join(got))


def test_a_server_that_is_away_ends_the_connection(road: Proxy) -> None:
    road.target = ("127.0.0.1", 1)
    with pytest.raises(ConnectionResetError), socket.create_connection(("127.0.0.1", road.port), timeout=2) as fresh:
        fresh.recv(1)


def test_a_plan_is_the_same_for_its_seed_and_leaves_a_good_road(road: Proxy, end: socket.socket) -> None:
    assert plan(7, 60) == plan(7, 60) != plan(8, 60)
    assert {step.trouble for step in plan(7, 600)} == {step.trouble for step in plan(8, 600)}
    play(road, [step for step in plan(7, 60) if step.trouble not in ("reset", "gone", "cut")][:1])
    assert _say(end, b"well") == b"well"


def test_every_trouble_is_one_call(road: Proxy) -> None:
    for trouble in {step.trouble for step in plan(7, 600)}:
        bring(road, trouble)
        road.heal()
    with socket.create_connection(("127.0.0.1", road.port), timeout=2) as fresh:
        assert _say(fresh, b"well") == b"well"


def _say(end: socket.socket, words: bytes) -> bytes:
    end.sendall(words)
    return end.recv(1000)


def _listen(end: socket.socket, got: list[bytes]) -> None:
    while chunk := end.recv(100):
        got.append(chunk)


def _is_silent(end: socket.socket) -> bool:
    end.settimeout(0.2)
    end.sendall(b"?")
    try:
        end.recv(1)
    except TimeoutError:
        return True
    return False
