"""A world for one test: a name server of its own, one server outside, and every other road leads to a listener inside."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

import pytest

from tests.outbound.hostile import PUBLIC
from tests.providers.wire import Wire, answer, running_wire

OUTSIDE = (PUBLIC, "9.9.9.9", "2606:4700:4700::1111")


@dataclass
class Roads:
    """`inside.accepted` counts what reached the inside; `taken` are the addresses that sockets were opened to."""

    outside: Wire
    inside: Wire
    names: dict[str, list[str]] = field(default_factory=dict)
    taken: list[tuple[str, int]] = field(default_factory=list)
    look_ups: list[str] = field(default_factory=list)

    def connect(self, address: tuple[str, int], *args: object, **more: object) -> socket.socket:
        self.taken.append(address)
        wire = self.outside if address[0] in OUTSIDE else self.inside
        return _connect(("127.0.0.1", int(wire.url.rpartition(":")[2])), 5.0)

    def resolve(self, host: str, port: int, *args: object, **more: object) -> list[tuple[object, ...]]:
        """The next answer of a known name, the last one stays; numbers as the system reads them; else no such name."""
        self.look_ups.append(host)
        if host in self.names:
            known = self.names[host]
            found = (known.pop(0) if len(known) > 1 else known[0]).split()
        else:
            found = [str(entry[4][0]) for entry in _resolve(host, port, flags=socket.AI_NUMERICHOST)]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(_family(text), socket.SOCK_STREAM, 6, "", (text, port)) for text in found]


_connect = socket.create_connection
_resolve = socket.getaddrinfo


@contextmanager
def running_roads(monkeypatch: pytest.MonkeyPatch) -> Iterator[Roads]:
    with running_wire() as outside, running_wire() as inside:
        roads = Roads(outside, inside)
        inside.on("/", answer(200, raw=b"the crown jewels"))
        monkeypatch.setattr(socket, "create_connection", roads.connect)
        monkeypatch.setattr(socket, "getaddrinfo", roads.resolve)
        yield roads


def _family(text: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ip_address(text.partition("%")[0]).version == 6 else socket.AF_INET
