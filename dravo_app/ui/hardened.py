"""Around everything the web process answers: security headers, caching, relative redirects, the guard of the event socket."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dravo_app.ui.same_origin import is_same_origin

_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_EVENTS = "/_event"
_HASHED = "/assets/"
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


def hardened(app: ASGIApp, static_dir: Path) -> ASGIApp:
    """The app behind our headers. `static_dir` holds the built pages; their inline scripts are the only ones that run."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await app(scope, receive, send)
        headers = Headers(scope=scope)
        if scope["path"].startswith(_EVENTS) and not is_same_origin(headers):
            return await _refuse(scope, receive, send)

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _mark(message, scope["path"], headers.get("host", ""), static_dir)
            await send(message)

        await app(scope, receive, marked)

    return guarded


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
    else:
        await PlainTextResponse("Not from a page of this Dravo.\n", 403)(scope, receive, send)


def _mark(message: Message, path: str, host: str, static_dir: Path) -> list[tuple[bytes, bytes]]:
    answer = MutableHeaders(raw=list(message["headers"]))
    is_page = answer.get("content-type", "").startswith("text/html")
    for name, value in (_headers_of_pages(static_dir) if is_page else _HEADERS).items():
        answer.setdefault(name, value)
    location = answer.get("location")
    if location and urlsplit(location).netloc == host:  # an absolute one would name http behind an https proxy
        answer["location"] = urlsplit(location)._replace(scheme="", netloc="").geturl()
    if path.startswith(_HASHED) and message["status"] == 200:
        answer["cache-control"] = "public, max-age=31536000, immutable"
    elif is_page:
        answer.setdefault("cache-control", "no-cache")
    return answer.raw


@cache
def _headers_of_pages(static_dir: Path) -> dict[str, str]:
    pages = [page.read_bytes() for page in static_dir.rglob("*.html")]
    scripts = {script for page in pages for script in _INLINE_SCRIPT.findall(page) if script}
    hashes = " ".join(sorted(f"'sha256-{base64.b64encode(hashlib.sha256(s).digest()).decode()}'" for s in scripts))
    return {
        **_HEADERS,
        "content-security-policy": (
            f"default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
            "form-action 'self'; frame-ancestors 'none'"
        ),
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
