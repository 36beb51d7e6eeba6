"""Window to strangers: fetches one file from an address that a caller gave, within bytes and seconds."""

import ssl
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpcore
import httpx

from dravo_app import sockets
from dravo_app.errors import AddressRefused, MediaUnreachable, MediaUnusable
from dravo_app.outbound import heads, lookup, urls
from dravo_app.outbound.backend import PublicBackend
from dravo_app.outbound.rules import REFUSAL, Rules
from dravo_app.sockets import SocketOption

MAX_REDIRECTS = 5
WHOLE_SECONDS = 30.0
READ_SECONDS = 10.0
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Fetched:
    """A file that was fetched: the address that gave it after redirects, what it was said to be, and its size."""

    url: str
    content_type: str
    size_bytes: int


def check_address(url: str, allow_private: frozenset[str], refuse: frozenset[str]) -> None:
    """May this address be asked, as far as can be known now? Raises AddressRefused, with one sentence for every reason.

    A name that can't be looked up is refused like one that leads inside. Blocks up to 5 s; no connection is made, and
    `fetch` checks everything again.
    """
    target = _read(url)
    rules = Rules(allow_private, refuse)
    try:
        found = lookup.find(target.host, target.port, lookup.LOOK_UP_SECONDS, lookup.FILES)
    except lookup.NotNow:
        raise AddressRefused(REFUSAL) from None
    rules.check(target.host, target.port, found)


def fetch(
    url: str,
    into: Path,
    *,
    allow_private: frozenset[str],
    refuse: frozenset[str],
    max_bytes: int,
    accept: str,
    whole_seconds: float = WHOLE_SECONDS,
) -> Fetched:
    """Fetch a file of up to `max_bytes` into `into`, within `whole_seconds` for look-ups, redirects and everything.

    Up to five redirects, each checked like the first address, none from https to http. Raises AddressRefused; MediaUnreachable
    where it isn't there or doesn't come whole in time; MediaUnusable where it is too large or comes packed. `into` is written
    only as far as it was read: there is no file after an error.
    """
    watch = _Watch(time.monotonic() + whole_seconds)
    backend = _WatchedBackend(PublicBackend(Rules(allow_private, refuse), lookup.FILES), watch)
    target = _read(url)
    try:
        with sockets.make_client(
            max_connections=1, backend=backend, read_seconds=READ_SECONDS, whole_seconds=whole_seconds
        ) as client:
            client.event_hooks["response"].append(heads.check)
            for _ in range(MAX_REDIRECTS + 1):
                with client.stream("GET", target.url, headers={"Accept": accept, "Connection": "close"}) as response:
                    if response.status_code not in _REDIRECTS or "location" not in response.extensions:
                        return _taken(response, into, max_bytes, watch)
                    target = _next(target, response)
    except (
        httpx.HTTPError,
        httpcore.TimeoutException,
    ):  # its text may hold an address; nobody is helped by the difference
        raise MediaUnreachable("The file did not come: its server doesn't answer, or not to the end.") from None
    raise MediaUnreachable("The file's server sends us from one address to the next.")


def _read(url: str) -> urls.Target:
    try:
        return urls.read(url)
    except urls.Unreadable:
        raise AddressRefused(REFUSAL) from None


def _next(target: urls.Target, response: httpx.Response) -> urls.Target:
    try:
        following = _read(urljoin(str(target.url), str(response.extensions["location"])))
    except ValueError:
        raise AddressRefused(REFUSAL) from None
    if target.scheme == "https" and following.scheme != "https":
        raise AddressRefused(REFUSAL)
    return following


def _taken(response: httpx.Response, into: Path, max_bytes: int, watch: "_Watch") -> Fetched:
    if response.status_code != 200:
        status = response.status_code
        raise MediaUnreachable(f"The file's server answered {status}.", http_status=status)
    if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise MediaUnusable("The file's server sends it packed, although we asked for it as it is.")
    if _declared(response) > max_bytes:
        raise _too_large(max_bytes)
    try:
        size = _write(response.iter_raw(), into, max_bytes, watch)
    except BaseException:  # whatever it was: no half a file is left
        into.unlink(missing_ok=True)
        raise
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()[:100]
    return Fetched(str(response.url), kind, size)


def _declared(response: httpx.Response) -> int:
    text = response.headers.get("content-length", "0")
    return int(text) if text.isdecimal() else 0


def _write(chunks: Iterator[bytes], into: Path, max_bytes: int, watch: "_Watch") -> int:
    size = 0
    with into.open("wb") as file:
        for chunk in chunks:
            watch.check_time()  # one read can bring ten thousand chunks of a byte
            size += len(chunk)
            if size > max_bytes:
                raise _too_large(max_bytes)
            file.write(chunk)
    return size


def _too_large(max_bytes: int) -> MediaUnusable:
    return MediaUnusable(f"The file is larger than {max_bytes:,} bytes.")


class _Watch:
    """What one fetch may still take: time until `ends_at`."""

    def __init__(self, ends_at: float) -> None:
        self._ends_at = ends_at

    def seconds(self, wanted: float | None) -> float:
        """Seconds for the next step. Raises a time-out where there are none left."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("The fetch took too long.")
        return left if wanted is None else min(wanted, left)

    def check_time(self) -> None:
        """Raises a time-out where no time is left."""
        self.seconds(None)


class _WatchedBackend(httpcore.NetworkBackend):
    """Another backend's sockets, under one watch."""

    def __init__(self, backend: httpcore.NetworkBackend, watch: _Watch) -> None:
        self._backend = backend
        self._watch = watch

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        seconds = self._watch.seconds(timeout)
        stream = self._backend.connect_tcp(host, port, seconds, local_address, socket_options)
        return _WatchedStream(stream, self._watch)


class _WatchedStream(httpcore.NetworkStream):
    """A socket whose every step asks the watch first."""

    def __init__(self, stream: httpcore.NetworkStream, watch: _Watch) -> None:
        self._stream = stream
        self._watch = watch

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._watch.seconds(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._watch.seconds(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        seconds = self._watch.seconds(timeout)
        return _WatchedStream(self._stream.start_tls(ssl_context, server_hostname, seconds), self._watch)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
