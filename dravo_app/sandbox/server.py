"""The loop that speaks HTTP/1.1 on loopback; unlike an ASGI app it can also break an exchange off."""

import asyncio
import secrets
import socket
import struct
import sys
import time
import traceback
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

from dravo_app.sandbox import faults, store, view
from dravo_app.sandbox.networks import ANSWERS
from dravo_app.sandbox.wire import Later, Reply, Request, Step, html_reply, json_reply
from dravo_app.sandbox.writer import Writer

LARGEST_BODY = 10 * 1024 * 1024
LARGEST_UPLOAD = 24 * 1024 * 1024
UPLOADS_AT_ONCE = 6
"""Uploads are held in memory until they are in the file; more than these wait for their turn."""
LARGEST_HEAD = 32 * 1024
IDLE_SECONDS = 75.0
HUGE_ANSWER = 64 * 1024 * 1024
_CHUNK = 64 * 1024

_LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")
_PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_UPLOADS = (
    b"/x/2/media/",
    b"/mastodon/api/v1/media",
    b"/mastodon/api/v2/media",
    b"/bluesky/xrpc/com.atproto.repo.uploadBlob",
)


class _Gone(Exception):
    """The other side hung up or took too long."""


class _Refused(Exception):
    """The request can't be served; the reply says why, and the connection ends with it."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


class Sandbox:
    """The networks and their shared memory, without the sockets."""

    def __init__(self, file: Path) -> None:
        store.prepare(file)
        self._file = file
        self._reader = store.connect(file)
        self._writer = Writer(file, asyncio.get_running_loop())
        self.uploads = asyncio.Semaphore(UPLOADS_AT_ONCE)

    async def answer(self, head: h11.Request, body: bytes) -> Reply:
        """The reply to one request, after everything it changed is on disk."""
        headers = _fold(head.headers)
        target = head.target.decode("ascii", "replace")
        _refuse_strangers(headers)
        path, _, query = target.partition("?")
        method = head.method.decode("ascii", "replace")
        if path == "/sandbox" or path.startswith("/sandbox/"):
            return await self._look(method, path, query, headers, body)
        network, _, rest = path.removeprefix("/").partition("/")
        if network not in ANSWERS:
            return json_reply(404, {"error": f"No network lives at {path}; known: {', '.join(ANSWERS)}."})
        base_url = f"http://{headers['host']}/{network}"
        request = Request(
            _new_request_id(), network, "GET" if method == "HEAD" else method, unquote("/" + rest),
            dict(parse_qsl(query, keep_blank_values=True)), headers, body, base_url, target,
        )  # fmt: skip
        return await self._converse(request)

    async def _look(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Reply:
        if any(name in headers for name in _PROXY_HEADERS):
            return json_reply(403, {"error": "The sandbox's pages are for this machine only, without a proxy."})
        if headers.get("origin", "null" if "origin" in headers else "") not in ("", f"http://{headers['host']}"):
            return json_reply(403, {"error": "Another page may not ask for this."})
        status, extra, content = await asyncio.to_thread(view.handle, self._file, method, path, query, body)
        return Reply(status, content, tuple(extra))

    async def _converse(self, request: Request) -> Reply:
        latency = faults.latency_seconds(self._reader, request.network)
        if latency:
            await asyncio.sleep(latency)
        step = await self._writer.run(
            partial(_take_step, request=request, step=Later(0, partial(_begin, request=request)))
        )
        while isinstance(step, Later):
            await asyncio.sleep(step.seconds)
            step = await self._writer.run(partial(_take_step, request=request, step=step))
        return step.with_headers(("sandbox-request-id", request.request_id))

    def close(self) -> None:
        self._writer.close()
        self._reader.close()


def _begin(connection: Connection, *, request: Request) -> Step:
    return ANSWERS[request.network](connection, request)


def _take_step(connection: Connection, *, request: Request, step: Later) -> Step:
    following = step.then(connection)
    store.record_request(connection, request, following)
    return following


class Exchange:
    """One connection of a client: requests one after the other, each with its reply."""

    def __init__(self, sandbox: Sandbox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._sandbox = sandbox
        self._reader = reader
        self._writer = writer
        self._wire = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)

    async def serve(self) -> None:
        """Answer until either side ends it."""
        try:
            while await self._serve_one():
                self._wire.start_next_cycle()
        except (_Gone, ConnectionError, TimeoutError):
            pass
        finally:
            self._writer.close()

    async def _serve_one(self) -> bool:
        try:
            head = await self._next_head()
            if head is None:
                return False
            reply = await self._answer(head)
        except h11.RemoteProtocolError as error:
            reply = json_reply(error.error_status_hint, {"error": "The request isn't valid HTTP/1.1."})
            return await self._send(reply, None, is_last=True)
        except _Refused as refused:
            return await self._send(refused.reply, None, is_last=True)
        except (_Gone, ConnectionError, TimeoutError):
            raise
        except Exception:  # noqa: BLE001  # a defect of the sandbox must show as one, and not end the process
            traceback.print_exc(file=sys.stderr)
            reply = html_reply(503, "The sandbox failed; its log says why.")
        return await self._send(reply, head, is_last=self._wire.their_state is not h11.DONE)

    async def _next_head(self) -> h11.Request | None:
        event = await self._next_event()
        if isinstance(event, h11.Request):
            return event
        return None

    async def _next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        while True:
            event = self._wire.next_event()
            if event is not h11.NEED_DATA:
                return event
            if self._wire.they_are_waiting_for_100_continue:
                self._write(h11.InformationalResponse(status_code=100, headers=[]))
            async with asyncio.timeout(IDLE_SECONDS):
                self._wire.receive_data(await self._reader.read(_CHUNK))

    async def _answer(self, head: h11.Request) -> Reply:
        if not head.target.startswith(_UPLOADS):
            return await self._sandbox.answer(head, await self._read_body(LARGEST_BODY))
        async with self._sandbox.uploads:
            return await self._sandbox.answer(head, await self._read_body(LARGEST_UPLOAD))

    async def _read_body(self, most: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            event = await self._next_event()
            if isinstance(event, h11.Data):
                size += len(event.data)
                if size > most:
                    raise _Refused(json_reply(413, {"error": f"A body may have {most} bytes."}))
                parts.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                return b"".join(parts)
            else:
                raise _Gone

    async def _send(self, reply: Reply, head: h11.Request | None, *, is_last: bool) -> bool:
        if reply.ending == "close":
            return False
        if reply.ending == "reset":
            self._reset()
            return False
        if self._wire.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return False
        is_head = head is not None and head.method == b"HEAD"
        self._write(_response(reply, is_last))
        if reply.ending == "stream":
            await self._stream(reply.body)
        elif reply.body and not is_head:
            self._write(h11.Data(data=reply.body))
        self._write(h11.EndOfMessage())
        await self._writer.drain()
        return not is_last

    async def _stream(self, beginning: bytes) -> None:
        """An answer far larger than any sane one, until the client has had enough."""
        self._write(h11.Data(data=beginning))
        filler = b"9" * _CHUNK
        for _ in range(HUGE_ANSWER // _CHUNK):
            self._write(h11.Data(data=filler))
            await self._writer.drain()

    def _reset(self) -> None:
        """End with RST instead of FIN: the request was read, and nothing answers."""
        raw: socket.socket = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def _write(self, event: h11.Event) -> None:
        data = self._wire.send(event)
        if data:
            self._writer.write(data)


def _response(reply: Reply, is_last: bool) -> h11.Response:
    headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in reply.headers]
    if reply.ending == "stream":
        headers += [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")]
    else:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    if is_last:
        headers.append((b"connection", b"close"))
    return h11.Response(status_code=reply.status, headers=headers)


def _refuse_strangers(headers: dict[str, str]) -> None:
    """A page elsewhere must not reach the sandbox by a name that it lets point to loopback."""
    name = urlsplit("//" + headers.get("host", "")).netloc.rsplit("@")[-1]
    bare = name if name.endswith("]") else name.rsplit(":", 1)[0] if ":" in name else name
    if bare.lower() not in _LOCAL_NAMES:
        raise _Refused(json_reply(421, {"error": f"This is {', '.join(_LOCAL_NAMES)}, not {bare[:100]!r}."}))


def _fold(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    folded: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        folded[name] = f"{folded[name]}, {value}" if name in folded else value
    return folded


def _new_request_id() -> str:
    """Later ids sort later, by the millisecond."""
    return f"req_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(6)}"
