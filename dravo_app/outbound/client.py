"""Window to strangers: the client for an account's own server."""

from collections.abc import Callable

import httpx

from dravo_app import sockets
from dravo_app.errors import AddressRefused
from dravo_app.outbound import heads, lookup, urls
from dravo_app.outbound.backend import PublicBackend
from dravo_app.outbound.rules import REFUSAL, Rules


def make_client(
    allow_private: frozenset[str],
    refuse: frozenset[str],
    *,
    max_connections: int = 100,
    read_seconds: float = sockets.READ_SECONDS,
    whole_seconds: float = sockets.WHOLE_SECONDS,
    before_sending: Callable[[], None] = lambda: None,
) -> httpx.Client:
    """A client that reaches public addresses, and of the others exactly those in `allow_private` (`host:port`).

    `refuse` (`host:port`) wins over everything. A refused address raises AddressRefused, a name that can't be looked up just
    now httpx.ConnectError. Raises ConfigurationError for an entry that is not `host:port`.
    """
    made = sockets.make_client(
        max_connections=max_connections,
        backend=PublicBackend(Rules(allow_private, refuse), lookup.SERVERS),
        read_seconds=read_seconds,
        whole_seconds=whole_seconds,
        before_sending=before_sending,
    )
    made.event_hooks["request"].append(_refuse_odd_addresses)
    made.event_hooks["response"].append(heads.check)
    return made


def _refuse_odd_addresses(request: httpx.Request) -> None:
    try:
        urls.read(str(request.url))
    except urls.Unreadable:
        raise AddressRefused(REFUSAL) from None
