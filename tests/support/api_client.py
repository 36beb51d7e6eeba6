"""A synchronous httpx client that talks to the API in this process: what TestClient does, without another HTTP library.

Requests run on an event loop in a thread of its own, so many test threads may ask at once and endpoints get their threads.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from starlette.applications import Starlette

from dravo_app.api.app import v1_mount
from dravo_app.api.health import health_routes


def build_app() -> Starlette:
    """The API and the health checks, mounted as the web start mounts them."""
    return Starlette(routes=[*health_routes, v1_mount()])


@contextmanager
def running_client(app: Any) -> Iterator[httpx.Client]:
    """A client of `app`; use it from any number of threads."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="api", daemon=True)
    thread.start()
    try:
        with httpx.Client(transport=_Transport(app, loop), base_url="http://dravo.test") as client:
            yield client
    finally:
        asyncio.run_coroutine_threadsafe(loop.shutdown_default_executor(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


class _Transport(httpx.BaseTransport):
    def __init__(self, app: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._inner = httpx.ASGITransport(app=app, client=("127.0.0.1", 50000))
        self._loop = loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run_coroutine_threadsafe(self._ask(request), self._loop).result(30)

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        asked = httpx.Request(request.method, request.url, headers=request.headers.raw, content=body)
        if "content-length" not in request.headers:  # a streamed body stays one of unknown length
            asked.headers.pop("content-length", None)
        answer = await self._inner.handle_async_request(asked)
        content = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers.raw, content=content)
