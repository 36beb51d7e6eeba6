"""A client that speaks HTTP by hand, for what no decent client would send."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.sandbox_server import Sandbox


@contextmanager
def connected(sandbox: Sandbox) -> Iterator[socket.socket]:
    """A plain socket to the sandbox."""
    port = int(sandbox.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        yield connection


def send(sandbox: Sandbox, request: bytes) -> bytes:
    """All that comes back until the sandbox closes."""
    with connected(sandbox) as connection:
        connection.sendall(request)
        return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    parts: list[bytes] = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def post_request(handle: str, text: str, more: str = "", host: str = "127.0.0.1") -> bytes:
    """A whole `POST /2/tweets`."""
    body = f'{{"text": "{text}"}}'.encode()
    head = (
        f"POST /x/2/tweets HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer sandbox_{handle}\r\n"
        f"Content-Length: {len(body)}\r\n{more}\r\n"
    )
    return head.encode() + body
