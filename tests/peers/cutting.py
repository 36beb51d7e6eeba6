"""A wire that can be cut: a TCP proxy on loopback that hands a request on and then loses the answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Wire:
    """`url` leads to the server; while `loses` is set, answers to requests that begin with it never arrive."""

    url: str
    loses: bytes = b""
    lost: list[bytes] = field(default_factory=list)


@contextmanager
def cutting(url: str) -> Iterator[Wire]:
    """A proxy in front of the server at `url`, closed at the end."""
    parts = urlsplit(url)
    listener = socket.create_server(("127.0.0.1", 0))
    wire = Wire(f"http://127.0.0.1:{listener.getsockname()[1]}")
    target = (parts.hostname or "", parts.port or 80)
    threading.Thread(target=_accept, args=(listener, wire, target), daemon=True).start()
    try:
        yield wire
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _accept(listener: socket.socket, wire: Wire, target: tuple[str, int]) -> None:
    while True:
        try:
            caller, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(caller, wire, target), daemon=True).start()


def _serve(caller: socket.socket, wire: Wire, target: tuple[str, int]) -> None:
    """One request and its whole answer: the caller asks for a connection of its own each time."""
    with caller, socket.create_connection(target) as server:
        request = _whole_request(caller)
        server.sendall(request)
        answer = b""
        while chunk := server.recv(65536):
            answer += chunk
        if wire.loses and request.startswith(wire.loses):
            wire.lost.append(answer)
            return
        caller.sendall(answer)


def _whole_request(caller: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += caller.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < length:
        body += caller.recv(65536)
    return head + b"\r\n\r\n" + body
