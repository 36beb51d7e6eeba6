"""Window to addresses that callers give us (an account's own server): public unicast only, checked where the socket opens.

The name is resolved here, every address of the answer is checked, and the connection goes to a checked address, so that
a second answer of the name server can't lead elsewhere. TLS still verifies the name.
"""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import httpcore
import httpx

from dravo_app import sockets
from dravo_app.errors import UnsupportedFeature
from dravo_app.sockets import SocketOption

REFUSAL = "This address can't be used."
"""The same words for every reason, so that nobody can map a network by asking."""


def make_client(
    allow_private: frozenset[str],
    refuse: frozenset[str],
    *,
    max_connections: int = 100,
    read_seconds: float = sockets.READ_SECONDS,
    whole_seconds: float = sockets.WHOLE_SECONDS,
) -> httpx.Client:
    """A client that reaches public addresses, and of the others exactly those in `allow_private` (`host:port`).

    `refuse` (`host:port`) wins over everything. A refused address raises UnsupportedFeature.
    """
    backend = PublicBackend(allow_private, refuse)
    return sockets.make_client(
        max_connections=max_connections, backend=backend, read_seconds=read_seconds, whole_seconds=whole_seconds
    )


class PublicBackend(httpcore.NetworkBackend):
    """Opens sockets to checked addresses only."""

    def __init__(self, allow_private: frozenset[str], refuse: frozenset[str]) -> None:
        self._allowed = frozenset(_entry(entry) for entry in allow_private)
        self._refused = frozenset(_entry(entry) for entry in refuse)
        # Loopback has many names (127.0.0.2, ::1, 0.0.0.0): a refused port there is refused under all of them.
        self._refused_here = frozenset(port for host, port in self._refused if _names_this_machine(host))
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        found = _resolve(host, port)
        if not all(self._may_use(host, address, port) for address in found):
            raise UnsupportedFeature(REFUSAL)
        return self._first_that_answers(found, port, timeout, socket_options)

    def _may_use(self, host: str, address: IPv4Address | IPv6Address, port: int) -> bool:
        plain = embedded(address) or address
        names = {(host.lower().rstrip("."), port), (str(address), port), (str(plain), port)}
        if names & self._refused or (_is_this_machine(plain) and port in self._refused_here):
            return False
        return bool(names & self._allowed) or is_public(address)

    def _first_that_answers(
        self,
        found: list[IPv4Address | IPv6Address],
        port: int,
        timeout: float | None,
        socket_options: Iterable[SocketOption] | None,
    ) -> httpcore.NetworkStream:
        for address in found[:-1]:
            try:
                return self._sockets.connect_tcp(str(address), port, timeout, None, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._sockets.connect_tcp(str(found[-1]), port, timeout, None, socket_options)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Is it one machine on the public internet? An address that carries another inside is as public as that one."""
    inner = embedded(address)
    if inner is not None:
        return is_public(inner)
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    if any(address in network for network in _NEVER if network.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def embedded(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped, or translated by NAT64."""
    if isinstance(address, IPv4Address):
        return None
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else address.ipv4_mapped


_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
# Beside what the library knows: shared, test and documentation ranges, and tunnels (Teredo, 6to4) that lead anywhere.
_NEVER = tuple(
    ip_network(text)
    for text in [
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "168.63.129.16/32",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
        "5f00::/16",
    ]
)


def _resolve(host: str, port: int) -> list[IPv4Address | IPv6Address]:
    if host.rstrip(".").lower() == "localhost":  # this machine, whatever a name server or a missing hosts file says
        return [ip_address("127.0.0.1")]
    try:
        answer = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise httpcore.ConnectError("The name has no address.") from None
    # A scope such as %eth0 names an interface of ours: never a public place.
    if not answer or any("%" in str(entry[4][0]) for entry in answer):
        raise UnsupportedFeature(REFUSAL)
    return list(dict.fromkeys(ip_address(str(entry[4][0])) for entry in answer))


def _is_this_machine(address: IPv4Address | IPv6Address) -> bool:
    return address.is_loopback or address.is_unspecified


def _names_this_machine(host: str) -> bool:
    try:
        return _is_this_machine(ip_address(host))
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _entry(text: str) -> tuple[str, int]:
    host, _, port = text.strip().rpartition(":")
    return host.strip("[]").lower().rstrip("."), int(port)
