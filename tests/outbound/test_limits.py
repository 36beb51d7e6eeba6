"""A stranger's server can't keep us busy: every fetch ends within its bytes and its seconds, and leaves no file."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dravo_app import outbound, sockets
from dravo_app.errors import AddressRefused, DravoError, MediaUnreachable, MediaUnusable
from dravo_app.outbound import fetching, lookup
from tests.providers import wire as tricks
from tests.providers.wire import Request, Trick, Wire, answer, running_wire

NOBODY: frozenset[str] = frozenset()
WHOLE_SECONDS = 0.3
BUSY_SECONDS = 10.0  # what a machine with other work may take longer
FAR_SECONDS = 40.0  # where the whole time is not kept, whatever else would end it comes later than that
MAX_BYTES = 100_000


def endless(opening: bytes, part: bytes, pause_seconds: float = 0.0) -> Trick:
    """Send the opening, then the part for ever, or until nobody listens."""

    def send(connection: socket.socket, request: Request) -> None:
        connection.sendall(opening)
        ends_at = time.monotonic() + FAR_SECONDS
        while time.monotonic() < ends_at:
            connection.sendall(part)
            time.sleep(pause_seconds)

    return send


def once(content: bytes) -> Trick:
    def send(connection: socket.socket, request: Request) -> None:
        connection.sendall(content)
        connection.close()

    return send


OK = b"HTTP/1.1 200 OK\r\n"
PLAIN = OK + b"Content-Type: image/png\r\n\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

TROUBLE: dict[str, tuple[Trick, type[DravoError]]] = {
    "silence": (tricks.silence, MediaUnreachable),
    "closed at once": (tricks.close, MediaUnreachable),
    "reset": (tricks.reset, MediaUnreachable),
    "not http": (tricks.nonsense, MediaUnreachable),
    "half a head": (tricks.half_a_head, MediaUnreachable),
    "a head in drops": (endless(OK + b"X-Slow: ", b"a", 0.02), MediaUnreachable),
    "headers without end": (endless(OK, b"X-More: yes\r\n"), MediaUnreachable),
    "one header without end": (endless(OK + b"X-Long: ", b"a" * 1000), MediaUnreachable),
    "a status line without end": (endless(b"HTTP/1.1 200 ", b"a" * 1000), MediaUnreachable),
    "a large header": (once(OK + b"X-Long: " + b"a" * 40_000 + b"\r\n\r\nok"), MediaUnreachable),
    "too many headers": (once(OK + b"A: b\r\n" * 200 + b"\r\nok"), MediaUnreachable),
    "1xx without end": (endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), MediaUnreachable),
    "1xx in drops": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.02), MediaUnreachable),
    "101": (once(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), MediaUnreachable),
    "a body in drops": (endless(PLAIN, b"a", 0.02), MediaUnreachable),
    "a body without end": (endless(PLAIN, b"a" * 10_000), MediaUnusable),
    "chunks without end": (endless(CHUNKED, b"3e8\r\n" + b"a" * 1000 + b"\r\n"), MediaUnusable),
    "tiny chunks without end": (endless(CHUNKED, b"1\r\na\r\n" * 500), MediaUnusable),
    "a chunk's size without end": (endless(CHUNKED, b"0" * 1000), MediaUnreachable),
    "trailers without end": (endless(CHUNKED + b"1\r\na\r\n0\r\n", b"X-More: yes\r\n" * 100), MediaUnreachable),
    "a length that is too large": (answer(200, raw=b"", headers={"Content-Length": "100001"}), MediaUnusable),
    "a length beyond all numbers": (once(OK + b"Content-Length: " + b"9" * 30 + b"\r\n\r\na"), MediaUnreachable),
    "a length that is none": (once(OK + b"Content-Length: -5\r\n\r\na"), MediaUnreachable),
    "two lengths": (once(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"), MediaUnreachable),
    "less than was said": (once(OK + b"Content-Length: 50\r\n\r\nhalf"), MediaUnreachable),
    "an unfinished chunk": (once(CHUNKED + b"10\r\nhalf"), MediaUnreachable),
    "more than allowed, said late": (once(PLAIN + b"a" * 100_001), MediaUnusable),
    "packed": (answer(200, raw=gzip.compress(b"0" * 9_000_000), headers={"Content-Encoding": "gzip"}), MediaUnusable),
    "packed twice": (answer(200, raw=b"x", headers={"Content-Encoding": "gzip, br"}), MediaUnusable),
    "packed on the way": (once(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"), MediaUnreachable),
    "204": (answer(204, raw=b""), MediaUnreachable),
    "206": (answer(206, raw=b"part"), MediaUnreachable),
    "304": (once(b"HTTP/1.1 304 Not Modified\r\n\r\n"), MediaUnreachable),
    "401": (answer(401, raw=b"", headers={"WWW-Authenticate": "Basic"}), MediaUnreachable),
    "500": (answer(500, raw=b"x" * 200_000), MediaUnreachable),
    "a redirect to nowhere": (once(b"HTTP/1.1 302 Found\r\n\r\n"), MediaUnreachable),
}


@pytest.fixture(autouse=True)
def _only_the_whole_time_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of single steps would end most of it soon, too."""
    monkeypatch.setattr(fetching, "READ_SECONDS", FAR_SECONDS)
    monkeypatch.setattr(sockets, "CONNECT_SECONDS", FAR_SECONDS)


@pytest.fixture(name="wire")
def _wire() -> Iterator[Wire]:
    with running_wire() as wire:
        yield wire


def fetch(url: str, into: Path, seconds: float = WHOLE_SECONDS) -> outbound.Fetched:
    allowed = frozenset({url.split("/")[2]})
    return outbound.fetch(
        url, into, allow_private=allowed, refuse=NOBODY, max_bytes=MAX_BYTES, accept="*/*", whole_seconds=seconds
    )


@pytest.mark.parametrize("name", TROUBLE)
def test_it_ends_in_time_and_leaves_nothing(wire: Wire, tmp_path: Path, name: str) -> None:
    trick, expected = TROUBLE[name]
    wire.on("/it", trick)
    seconds = WHOLE_SECONDS if expected is MediaUnreachable else 10.0  # what ends by its bytes needs no time
    began = time.monotonic()
    with pytest.raises(DravoError) as failed:
        fetch(f"{wire.url}/it", tmp_path / "it", seconds)
    assert type(failed.value) is expected
    assert time.monotonic() - began < seconds + BUSY_SECONDS
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_exactly_the_limit_comes_however_it_is_framed(wire: Wire, tmp_path: Path) -> None:
    whole = b"a" * MAX_BYTES
    wire.on("/length", answer(200, raw=whole))
    wire.on("/until the end".replace(" ", "-"), once(PLAIN + whole))
    wire.on("/chunks", once(CHUNKED + b"186a0\r\n" + whole + b"\r\n0\r\n\r\n"))
    wire.on("/hint", once(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + PLAIN + whole))
    for path in ("/length", "/until-the-end", "/chunks", "/hint"):
        assert fetch(f"{wire.url}{path}", tmp_path / "it", 5).size_bytes == MAX_BYTES


def test_a_body_in_single_bytes_ends_in_time_too(wire: Wire, tmp_path: Path) -> None:
    wire.on("/it", endless(CHUNKED, b"1\r\na\r\n" * 500))
    began = time.monotonic()
    with pytest.raises(MediaUnreachable):
        fetch(f"{wire.url}/it", tmp_path / "it", 0.05)
    assert time.monotonic() - began < BUSY_SECONDS


@pytest.mark.parametrize(
    "name",
    ["headers without end", "one header without end", "a large header", "too many headers", "1xx without end"],
)
def test_an_accounts_server_has_the_same_limits(wire: Wire, name: str) -> None:
    wire.on("/it", TROUBLE[name][0])
    began = time.monotonic()
    with (
        outbound.make_client(frozenset({wire.url[7:]}), NOBODY) as client,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        client.get(f"{wire.url}/it")
    assert time.monotonic() - began < BUSY_SECONDS, "long before the 30 s of a whole conversation"


def test_the_limit_is_of_each_head_and_not_of_a_connection(wire: Wire) -> None:
    wire.on("/it", answer(200, raw=b"a" * 200_000, headers={"X-Long": "a" * 30_000}))
    with outbound.make_client(frozenset({wire.url[7:]}), NOBODY) as client:
        assert [len(client.get(f"{wire.url}/it").content) for _ in range(5)] == [200_000] * 5
        wire.on("/it", TROUBLE["1xx without end"][0])
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(f"{wire.url}/it")
    assert wire.accepted == 1


def test_redirects_share_one_time(wire: Wire, tmp_path: Path) -> None:
    def slowly(connection: socket.socket, request: Request) -> None:
        time.sleep(0.2)
        answer(302, raw=b"", headers={"Location": "/it"})(connection, request)

    wire.on("/it", slowly)
    with pytest.raises(MediaUnreachable):
        fetch(f"{wire.url}/it", tmp_path / "it")
    assert len(wire.requests) <= 2


def test_a_server_that_takes_no_bytes_ends_in_time(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as deaf:
        began = time.monotonic()
        with pytest.raises(MediaUnreachable):
            fetch(f"http://127.0.0.1:{deaf.getsockname()[1]}/", tmp_path / "it")
        assert time.monotonic() - began < WHOLE_SECONDS + BUSY_SECONDS


@pytest.fixture(name="stuck")
def _stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A system resolver that hangs until the test is over; the list says what it was asked."""
    asked: list[str] = []
    released = threading.Event()

    def hang(host: str, *args: object, **more: object) -> list[object]:
        asked.append(host)
        released.wait(FAR_SECONDS)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    monkeypatch.setattr(lookup, "LOOK_UP_SECONDS", 0.2)
    monkeypatch.setattr(lookup, "FILES", threading.BoundedSemaphore(4))
    yield asked
    released.set()
    while any(thread.name == "look-up" for thread in threading.enumerate()):
        time.sleep(0.01)


def test_a_look_up_that_hangs_ends_in_time(stuck: list[str], tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(AddressRefused):
        outbound.check_address("http://stuck.test/", NOBODY, NOBODY)
    with pytest.raises(MediaUnreachable):
        fetch("http://stuck.test:80/", tmp_path / "it")
    assert time.monotonic() - began < BUSY_SECONDS


def test_hung_look_ups_do_not_pile_up(stuck: list[str]) -> None:
    def ask() -> None:
        with pytest.raises(AddressRefused):
            outbound.check_address("http://stuck.test/", NOBODY, NOBODY)

    askers = [threading.Thread(target=ask) for _ in range(20)]
    for thread in askers:
        thread.start()
    for thread in askers:
        thread.join(2)
    assert not any(thread.is_alive() for thread in askers)
    assert len(stuck) == 4, "the slots, and no more"


def test_names_of_files_that_never_answer_keep_no_account_from_its_server(
    stuck: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    askers = [threading.Thread(target=_fetch_in_vain, args=(tmp_path / str(n),)) for n in range(4)]
    for thread in askers:
        thread.start()
    while len(stuck) < 4:
        time.sleep(0.01)
    here = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: here)
    with outbound.make_client(NOBODY, NOBODY) as client, pytest.raises(AddressRefused):
        client.get("https://pds.test/")  # it was looked up: only an answer can be refused
    for thread in askers:
        thread.join(2)


def _fetch_in_vain(into: Path) -> None:
    with pytest.raises(MediaUnreachable):
        fetch("http://stuck.test:80/", into)


def test_a_server_that_never_shakes_hands_ends_in_time(wire: Wire, tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(MediaUnreachable):
        fetch(wire.url.replace("http://", "https://") + "/it", tmp_path / "it")
    assert time.monotonic() - began < WHOLE_SECONDS + BUSY_SECONDS


def test_a_failing_name_server_is_tried_again_but_an_unknown_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, expected in ((socket.EAI_AGAIN, MediaUnreachable), (socket.EAI_NONAME, AddressRefused)):

        def fail(*args: object, number: int = number, **more: object) -> list[object]:
            raise socket.gaierror(number, "no")

        monkeypatch.setattr(socket, "getaddrinfo", fail)
        with pytest.raises(DravoError) as failed:
            fetch("http://a.test:80/", tmp_path / "it")
        assert type(failed.value) is expected
        with pytest.raises(AddressRefused):
            outbound.check_address("http://a.test/", NOBODY, NOBODY)
