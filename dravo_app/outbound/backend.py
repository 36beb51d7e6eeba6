"""Window to strangers: opens sockets, and only to addresses that were checked just now."""

import threading
import time
from collections.abc import Iterable

import httpcore

from dravo_app.errors import AddressRefused
from dravo_app.outbound import lookup, urls
from dravo_app.outbound.addresses import Address
from dravo_app.outbound.heads import LimitedStream
from dravo_app.outbound.rules import REFUSAL, Rules
from dravo_app.sockets import CONNECT_SECONDS, SocketOption


class PublicBackend(httpcore.NetworkBackend):
    """Looks a host up, checks every address of the answer, connects to one of them. Raises AddressRefused."""

    def __init__(self, rules: Rules, slots: threading.BoundedSemaphore) -> None:
        self._rules = rules
        self._slots = slots
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        found = self._checked(host, port, timeout or CONNECT_SECONDS)
        return LimitedStream(self._first_that_answers(found, port, timeout or CONNECT_SECONDS, socket_options))

    def _checked(self, host: str, port: int, seconds: float) -> list[Address]:
        try:
            name = urls.read_host(f"[{host}]" if ":" in host else host)
            found = lookup.find(name, port, seconds, self._slots)
        except urls.Unreadable:
            raise AddressRefused(REFUSAL) from None
        except lookup.NotNow:
            raise httpcore.ConnectError("The name could not be looked up.") from None
        self._rules.check(name, port, found)
        return found

    def _first_that_answers(
        self,
        found: list[Address],
        port: int,
        seconds: float,
        socket_options: Iterable[SocketOption] | None,
    ) -> httpcore.NetworkStream:
        """`seconds` is for all tries together."""
        ends_at = time.monotonic() + seconds
        for address in found[:-1]:
            try:
                left = max(ends_at - time.monotonic(), 0.01)
                return self._sockets.connect_tcp(str(address), port, left, None, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        left = max(ends_at - time.monotonic(), 0.01)
        return self._sockets.connect_tcp(str(found[-1]), port, left, None, socket_options)
