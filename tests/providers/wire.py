"""A network that misbehaves on purpose: a raw socket server on loopback that does to a connection what a test says."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

Trick = Callable[[socket.socket, "Request"], None]


@dataclass(frozen=True)
class Request:
    """One request as it came: `path` without the query."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value


@dataclass
class Wire:
    """A server whose paths each have a trick; `requests` holds what came, in order."""

    url: str
    tricks: dict[str, Trick] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    accepted: int = 0
    before_reading: Callable[[socket.socket], bool] | None = None

    def on(self, path: str, trick: Trick) -> None:
        self.tricks[path] = trick

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]


@contextmanager
def running_wire() -> Iterator[Wire]:
    """A server on a free loopback port, closed at the end."""
    listener = socket.create_server(("127.0.0.1", 0))
    wire = Wire(f"http://127.0.0.1:{listener.getsockname()[1]}")
    threading.Thread(target=_accept, args=(listener, wire), daemon=True).start()
    try:
        yield wire
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def answer(
    status: int = 200, body: object = None, headers: Mapping[str, str] | None = None, *, raw: bytes | None = None
) -> Trick:
    """Answer with JSON, or with exactly these bytes."""
    content = raw if raw is not None else json.dumps(body).encode()

    def send(connection: socket.socket, request: Request) -> None:
        connection.sendall(_head(status, len(content), headers) + content)

    return send


def answers(*tricks: Trick) -> Trick:
    """One trick after the other; the last one stays."""
    left = list(tricks)
    return lambda connection, request: (left.pop(0) if len(left) > 1 else left[0])(connection, request)


def echo(status: int) -> Trick:
    """Answer with everything that was sent, secrets and all."""

    def send(connection: socket.socket, request: Request) -> None:
        said = {"headers": dict(request.headers), "sent": request.body.decode(), "query": request.query}
        shouted = " ".join([*request.headers.values(), request.body.decode()])
        body = {"error": shouted, "message": shouted, "detail": shouted, "title": shouted, "said": said}
        content = json.dumps(body).encode()
        connection.sendall(_head(status, len(content), None) + content)

    return send


def close(connection: socket.socket, request: Request) -> None:
    """Read the request, then close without a word."""
    connection.close()


def reset(connection: socket.socket, request: Request) -> None:
    """Read the request, then reset the connection."""
    reset_now(connection)


def reset_now(connection: socket.socket) -> bool:
    """Reset the connection, now; answers that it is over."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    return True


def reset_unread(connection: socket.socket) -> bool:
    """Wait for the request's first bytes, read none, reset."""
    connection.recv(1, socket.MSG_PEEK)
    return reset_now(connection)


def truncated(connection: socket.socket, request: Request) -> None:
    """Promise 100 bytes, send ten."""
    connection.sendall(_head(200, 100, None) + b'{"data": {')
    connection.close()


def half_a_head(connection: socket.socket, request: Request) -> None:
    """Close in the middle of the headers."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")
    connection.close()


def nonsense(connection: socket.socket, request: Request) -> None:
    """Answer in no protocol at all."""
    connection.sendall(b"\x00\x01\x02 hello\r\n\r\n")
    connection.close()


def silence(connection: socket.socket, request: Request) -> None:
    """Say nothing for longer than any limit of the tests."""
    time.sleep(3)


def drip_body(connection: socket.socket, request: Request) -> None:
    """Send the body one byte at a time, each soon enough for a limit per read."""
    connection.sendall(_head(200, 1000, None))
    _drip(connection)


def drip_head(connection: socket.socket, request: Request) -> None:
    """Send the headers one byte at a time."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(connection)


def huge(connection: socket.socket, request: Request) -> None:
    """An endless body."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    try:
        for _ in range(200):
            connection.sendall(b"1," * 50_000)
    except OSError:
        return


def http_date(instant: datetime) -> str:
    return format_datetime(instant.astimezone(UTC), usegmt=True)


def _drip(connection: socket.socket) -> None:
    try:
        for _ in range(60):
            connection.sendall(b" ")
            time.sleep(0.05)
    except OSError:
        return


def _head(status: int, length: int, headers: Mapping[str, str] | None) -> bytes:
    lines = {"Content-Type": "application/json", "Content-Length": str(length), **(headers or {})}
    return f"HTTP/1.1 {status} Said\r\n{_lines(lines)}\r\n".encode()


def _lines(headers: Mapping[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


def _accept(listener: socket.socket, wire: Wire) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        wire.accepted += 1
        threading.Thread(target=_serve, args=(connection, wire), daemon=True).start()


def _serve(connection: socket.socket, wire: Wire) -> None:
    with connection:
        if wire.before_reading and wire.before_reading(connection):
            return
        while request := _read(connection):
            wire.requests.append(request)
            try:
                wire.tricks.get(request.path, answer(404, {}))(connection, request)
            except OSError:
                return


def _read(connection: socket.socket) -> Request | None:
    received = b""
    try:
        while b"\r\n\r\n" not in received:
            chunk = connection.recv(65536)
            if not chunk:
                return None
            received += chunk
        head, _, body = received.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        while len(body) < int(headers.get("content-length", "0")):
            body += connection.recv(65536)
    except OSError:
        return None
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, body)
