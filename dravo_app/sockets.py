"""Ground floor: HTTP clients whose connections can't hang: no redirects, no proxies, no cookies, one limit on the whole answer.

httpx limits each single read; a server that drips one byte at a time never breaks that limit. `TimedStream` adds a limit
on a whole conversation, from the first byte written to the last byte read. Clients are safe to share between threads.
"""

import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import certifi
import httpcore
import httpx

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
WHOLE_SECONDS = 30.0
KEEP_ALIVE_SECONDS = 2.0
"""Shorter than the 5 s after which common servers close an idle socket: a post sent into a closing socket is unknown."""

UNHEARD_SECONDS = 15
"""The kernel sends again what nobody acknowledges, for minutes, even when we have given up and closed: a line that is whole again
would carry a post to its network long after we have proven that it isn't there, and sent it on another way."""

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


def make_client(
    *,
    max_connections: int = 100,
    backend: httpcore.NetworkBackend | None = None,
    read_seconds: float = READ_SECONDS,
    whole_seconds: float = WHOLE_SECONDS,
    before_sending: Callable[[], None] = lambda: None,
) -> httpx.Client:
    """A client that ignores the environment, follows no redirect, keeps no cookie and asks for plain bytes.

    `backend` opens the sockets; `outbound` gives one that refuses addresses. `before_sending` is called
    when a request is about to be made, and again each time bytes are about to leave, when connection and TLS stand: what it raises
    comes out as it is where nothing has left yet, else as a timeout. Where an answer points elsewhere stands, unread,
    in `extensions["location"]` and not among its headers. Close the client when done.
    """
    timed = TimedBackend(backend or httpcore.SyncBackend(), whole_seconds, before_sending)
    pools = [_make_pool(timed, min(_POOL, max_connections)) for _ in range(max(1, max_connections // _POOL))]
    return httpx.Client(
        transport=Pools(pools),
        timeout=httpx.Timeout(read_seconds, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
        headers={"User-Agent": "Dravo", "Accept": "application/json", "Accept-Encoding": "identity"},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        trust_env=False,
        follow_redirects=False,
        event_hooks={"request": [lambda _: before_sending()], "response": [_leave_redirects_unread]},
    )


_POOL = 16
"""Connections of one pool: for each request httpcore looks at every pair of them: 6.4 ms of CPU where a hundred are open, 0.6 to 1.0 ms in pools of sixteen."""


def _make_pool(backend: httpcore.NetworkBackend, max_connections: int) -> httpx.HTTPTransport:
    transport = httpx.HTTPTransport(verify=_tls(), trust_env=False)
    transport._pool = httpcore.ConnectionPool(
        ssl_context=_tls(),
        max_connections=max_connections,
        max_keepalive_connections=max_connections,
        keepalive_expiry=KEEP_ALIVE_SECONDS,
        network_backend=backend,
        socket_options=_give_up_in_time(),
    )
    return transport


def _give_up_in_time() -> list[SocketOption]:
    option = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux
    return [] if option is None else [(socket.IPPROTO_TCP, option, UNHEARD_SECONDS * 1000)]


def _leave_redirects_unread(response: httpx.Response) -> None:
    # httpx takes every redirect's target apart, followed or not, and some targets make that raise what isn't even its own.
    if "location" in response.headers:
        response.extensions["location"] = response.headers.pop("location")


@cache
def _tls() -> ssl.SSLContext:
    # One for all clients: loading the certificates costs 20 ms of CPU.
    return ssl.create_default_context(cafile=certifi.where())


class Pools(httpx.BaseTransport):
    """Several pools of connections; each thread has one of them for good, in turns, so that all have as much to do."""

    def __init__(self, pools: list[httpx.HTTPTransport]) -> None:
        self._pools = pools
        self._turns = itertools.cycle(pools)
        self._of_thread = threading.local()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._mine().handle_request(request)

    def close(self) -> None:
        for pool in self._pools:
            pool.close()

    def _mine(self) -> httpx.HTTPTransport:
        if not hasattr(self._of_thread, "pool"):
            self._of_thread.pool = next(self._turns)
        pool: httpx.HTTPTransport = self._of_thread.pool
        return pool


class TimedBackend(httpcore.NetworkBackend):
    """Opens sockets through another backend and gives each conversation on them `whole_seconds`."""

    def __init__(
        self, backend: httpcore.NetworkBackend, whole_seconds: float, before_sending: Callable[[], None]
    ) -> None:
        self._backend = backend
        self._whole_seconds = whole_seconds
        self._before_sending = before_sending

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        return TimedStream(stream, self._whole_seconds, self._before_sending)


class TimedStream(httpcore.NetworkStream):
    """A socket on which one request and its answer together may take `whole_seconds`, then a timeout is raised."""

    def __init__(
        self, stream: httpcore.NetworkStream, whole_seconds: float, before_sending: Callable[[], None]
    ) -> None:
        self._stream = stream
        self._whole_seconds = whole_seconds
        self._before_sending = before_sending
        self._ends_at = time.monotonic() + whole_seconds
        self._was_reading = False
        self._has_sent = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._was_reading = True
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("The answer took too long.")
        return self._stream.read(max_bytes, min(timeout or left, left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._was_reading:
            self._was_reading = self._has_sent = False
            self._ends_at = time.monotonic() + self._whole_seconds
        self._ask()
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise httpcore.WriteTimeout("The request took too long.")
        self._has_sent = True
        self._stream.write(buffer, min(timeout or left, left))

    def _ask(self) -> None:
        try:
            self._before_sending()
        except Exception as refused:
            if not self._has_sent:
                raise
            raise httpcore.WriteTimeout("The rest of the request may not leave any more.") from refused

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, timeout)
        return TimedStream(secured, self._whole_seconds, self._before_sending)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
