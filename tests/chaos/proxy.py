"""A road for TCP that can be made bad: it lies on loopback between Dravo and a server, and changes while connections live.

Each direction (`up` to the server, `down` to the client) may be late, slow, frozen, swallowed or cut after some bytes; the whole
road may be reset, refused, or a black hole that takes connections and answers none. One thread with a loop of its own.
"""

import asyncio
import random
import socket
import struct
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

_PAUSE_SECONDS = 0.01  # how often a frozen or slow direction looks up
_CHUNK = 65536

Target = tuple[str, int] | str
"""Where the server listens: host and port, or the path of a unix socket."""


@dataclass
class Way:
    """One direction. Bytes that a cut or a swallow takes are gone; what is frozen or late arrives in the end."""

    latency_seconds: float = 0.0
    bytes_per_second: float | None = None
    is_frozen: bool = False
    is_swallowed: bool = False
    cut_after: int | None = None
    """So many more bytes pass on each connection, then both its ends are reset."""


@dataclass(eq=False)
class _Link:
    """One connection: the client's socket and, unless it fell into a black hole, the server's."""

    client: socket.socket
    server: socket.socket | None = None
    pumps: list["asyncio.Task[None]"] = field(default_factory=list)
    has_lost: bool = False
    """Bytes are gone, so it can only end: TCP leaves no gaps."""

    def reset(self) -> None:
        for pump in self.pumps:
            pump.cancel()
        for end in (self.client, self.server):
            if end is not None:
                with suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.close()


class Proxy:
    """The road to `target`; `port` on 127.0.0.1 is where it begins and stays the same."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.up, self.down = Way(), Way()
        self.is_black_hole = False
        self.accepted = 0
        self._links: set[_Link] = set()
        self._listener: socket.socket | None = None
        self._acceptor: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="road", daemon=True)
        self._thread.start()
        self.port = 0
        self._do(self._open())

    def heal(self) -> None:
        """A good road again; connections that live go on, but those of which something was swallowed are reset."""
        self.up, self.down, self.is_black_hole = Way(), Way(), False
        self._do(self._reset(only_gaps=True))
        self._do(self._open())

    def refuse(self) -> None:
        """Nobody listens any more; connections that live go on."""
        self._do(self._close_door())

    def reset(self) -> None:
        """RST on every connection that lives, at both ends."""
        self._do(self._reset())

    def break_off(self) -> None:
        """The server is gone: what lives is reset, what comes is refused."""
        self.refuse()
        self.reset()

    def swallow(self) -> None:
        """New connections are taken and lead nowhere; what lives goes silent in both directions."""
        self.is_black_hole = self.up.is_swallowed = self.down.is_swallowed = True

    def freeze(self) -> None:
        """Nothing passes, nothing is lost."""
        self.up.is_frozen = self.down.is_frozen = True

    def thaw(self) -> None:
        self.up.is_frozen = self.down.is_frozen = False

    @property
    def live(self) -> int:
        """How many connections live."""
        return len(self._links)

    def close(self) -> None:
        self.break_off()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(5)

    async def _open(self) -> None:
        if self._listener is not None:
            return
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setblocking(False)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(256)
        self.port = int(listener.getsockname()[1])
        self._listener = listener
        self._acceptor = self._loop.create_task(self._accept(listener))

    async def _close_door(self) -> None:
        if self._acceptor is not None:
            self._acceptor.cancel()
            with suppress(asyncio.CancelledError):
                await self._acceptor
        if self._listener is not None:
            self._listener.close()
        self._listener = self._acceptor = None

    async def _reset(self, *, only_gaps: bool = False) -> None:
        ended = [link for link in self._links if link.has_lost or not only_gaps]
        pumps = [pump for link in ended for pump in link.pumps]
        for link in ended:
            link.reset()
            self._links.discard(link)
        await asyncio.gather(*pumps, return_exceptions=True)

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            client, _ = await self._loop.sock_accept(listener)
            client.setblocking(False)
            self.accepted += 1
            link = _Link(client)
            self._links.add(link)
            task = self._loop.create_task(self._serve(link))
            link.pumps.append(task)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, link: _Link) -> None:
        if self.is_black_hole:
            link.has_lost = True
            while await self._loop.sock_recv(link.client, _CHUNK):
                pass
            self._forget(link)
            return
        try:
            link.server = await self._reach()
        except OSError:
            link.pumps.clear()
            self._forget(link)
            return
        ways = ((link.client, link.server, True), (link.server, link.client, False))
        both = [self._loop.create_task(self._pump(link, *way)) for way in ways]
        link.pumps += both
        try:
            await asyncio.gather(*both)
        finally:
            for pump in both:
                pump.cancel()
            self._forget(link, but=asyncio.current_task())

    async def _reach(self) -> socket.socket:
        is_path = isinstance(self.target, str)
        server = socket.socket(socket.AF_UNIX if is_path else socket.AF_INET)
        server.setblocking(False)
        try:
            await self._loop.sock_connect(server, self.target)
        except OSError:
            server.close()
            raise
        return server

    def _forget(self, link: _Link, but: "asyncio.Task[None] | None" = None) -> None:
        link.pumps = [pump for pump in link.pumps if pump is not but and pump is not asyncio.current_task()]
        if link in self._links:
            self._links.discard(link)
            link.reset()

    async def _pump(self, link: _Link, source: socket.socket, sink: socket.socket, is_up: bool) -> None:
        passed = 0
        while True:
            try:
                chunk = await self._loop.sock_recv(source, _CHUNK)
                way = await self._may_pass(is_up)
                if not chunk:
                    sink.shutdown(socket.SHUT_WR)
                    return
                if way.is_swallowed:
                    link.has_lost = True
                    continue
                most = len(chunk) if way.cut_after is None else max(0, way.cut_after - passed)
                await self._send(sink, chunk[:most], is_up)
            except OSError:
                self._abort(link)
                return
            passed = passed + len(chunk) if way.cut_after is not None else 0
            if most < len(chunk):
                self._abort(link)
                return

    async def _may_pass(self, is_up: bool) -> Way:
        way = self._way(is_up)
        if way.latency_seconds:
            await asyncio.sleep(way.latency_seconds)
        while (way := self._way(is_up)).is_frozen:
            await asyncio.sleep(_PAUSE_SECONDS)
        return way

    async def _send(self, sink: socket.socket, chunk: bytes, is_up: bool) -> None:
        while chunk:
            rate = self._way(is_up).bytes_per_second
            piece = len(chunk) if rate is None else max(1, int(rate * _PAUSE_SECONDS))
            await self._loop.sock_sendall(sink, chunk[:piece])
            chunk = chunk[piece:]
            if rate is not None:
                await asyncio.sleep(piece / rate)

    def _abort(self, link: _Link) -> None:
        self._forget(link, but=asyncio.current_task())

    def _way(self, is_up: bool) -> Way:
        return self.up if is_up else self.down


@contextmanager
def running_proxy(target: Target) -> Iterator[Proxy]:
    """A road that ends with the block."""
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.close()


Trouble = Literal["late", "slow", "reset", "gone", "black hole", "frozen", "cut"]
TROUBLES: tuple[Trouble, ...] = ("late", "slow", "reset", "gone", "black hole", "frozen", "cut")


@dataclass(frozen=True)
class Step:
    """`seconds` of one trouble, `at` so many seconds after the beginning."""

    at: float
    trouble: Trouble
    seconds: float
    is_up: bool


def plan(seed: int, seconds: float, longest: float = 1.0) -> list[Step]:
    """Troubles one after the other, with pauses; the same for the same seed."""
    chance = random.Random(f"road {seed}")
    steps: list[Step] = []
    at = chance.uniform(0.1, 1.0)
    while at < seconds:
        step = Step(at, chance.choice(TROUBLES), chance.uniform(0.2, longest), chance.random() < 0.5)
        steps.append(step)
        at += step.seconds + chance.uniform(0.2, 1.0)
    return steps


def play(proxy: Proxy, steps: list[Step]) -> None:
    """Walk through a plan; the road is good between the steps and at the end."""
    began_at = time.monotonic()
    for step in steps:
        time.sleep(max(0.0, step.at - (time.monotonic() - began_at)))
        bring(proxy, step.trouble, is_up=step.is_up)
        time.sleep(step.seconds)
        proxy.heal()


def bring(proxy: Proxy, trouble: Trouble, *, is_up: bool = True) -> None:
    """Make the road bad in one way, until `heal`."""
    way = proxy.up if is_up else proxy.down
    if trouble == "late":
        way.latency_seconds = 0.3
    elif trouble == "slow":
        way.bytes_per_second = 400.0
    elif trouble == "cut":
        way.cut_after = 40
    elif trouble == "reset":
        proxy.reset()
    elif trouble == "gone":
        proxy.break_off()
    elif trouble == "black hole":
        proxy.swallow()
    else:
        proxy.freeze()
