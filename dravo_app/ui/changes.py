"""How an open page learns that something has happened: it asks here, and is answered when there is something to see.

A page holds one plain request at a time; the answer is a number and nothing else. What has changed the page then asks for
itself, as whoever is looking. All pages of a process share one look at the database.
"""

import asyncio
import time
from dataclasses import dataclass, field

import anyio.to_thread
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dravo_app import db
from dravo_app.services.receipts import latest_change
from dravo_app.services.sessions import Visitor
from dravo_app.ui import routes
from dravo_app.ui.same_origin import is_same_origin
from dravo_app.ui.session import find_visitor

LOOK_SECONDS = 0.2
LONGEST_HOLD_SECONDS = 20.0
_ASK_AGAIN_SECONDS = 2.0  # how soon a page that was closed is noticed, and a session that was ended


def changes_routes() -> list[Route]:
    """To be mounted at the root, before the pages."""
    return [Route(routes.CHANGES, _answer, methods=["GET"])]


@dataclass
class _Shared:
    """One look for all who wait for the same workspace at that moment."""

    looked_at: float = float("-inf")
    version: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


_seen: dict[int, _Shared] = {}


async def _answer(request: Request) -> Response:
    """`{"version": N}` as soon as N is more than `after`, or when `hold` seconds are over. `version` 0: log in again.

    Never a 401: it would be an error in the browser's console, while a session that ends is nothing out of order.
    """
    after, hold = _number(request, "after"), min(_number(request, "hold"), LONGEST_HOLD_SECONDS)
    if not is_same_origin(request.headers):
        return _said(0)
    try:
        visitor = await _find_visitor(request)
        if visitor is None:
            return _said(0)
        return _said(await _wait(request, visitor.workspace_key, after, hold))
    except SQLAlchemyError:
        return JSONResponse({"version": after}, 503)


async def _find_visitor(request: Request) -> Visitor | None:
    return await anyio.to_thread.run_sync(find_visitor, request.headers.get("cookie", ""))


async def _wait(request: Request, workspace_key: int, after: float, hold: float) -> int:
    end = time.monotonic() + hold
    ask_again_at = time.monotonic() + _ASK_AGAIN_SECONDS
    while True:
        version = await _look(workspace_key)
        now = time.monotonic()
        if version > after or now >= end:
            return version
        if now >= ask_again_at:
            ask_again_at = now + _ASK_AGAIN_SECONDS
            if await request.is_disconnected() or await _find_visitor(request) is None:
                return 0
        await asyncio.sleep(min(LOOK_SECONDS, max(0.0, end - now)))


async def _look(workspace_key: int) -> int:
    shared = _seen.setdefault(workspace_key, _Shared())
    async with shared.lock:
        if time.monotonic() - shared.looked_at >= LOOK_SECONDS * 0.9:
            shared.version = await anyio.to_thread.run_sync(read_version, workspace_key)
            shared.looked_at = time.monotonic()
    return shared.version


def read_version(workspace_key: int) -> int:
    """The workspace's latest change. Blocks."""
    with db.reading() as session:
        return latest_change(session, workspace_key)


def _number(request: Request, name: str) -> float:
    text = request.query_params.get(name, "0")
    return float(text) if text.isascii() and text.isdecimal() and len(text) <= 15 else 0.0


def _said(version: int) -> Response:
    return JSONResponse({"version": version}, headers={"cache-control": "no-store"})
