"""Around every answer of the API: its request id, its safety headers, and a clean 500 where the code failed.

Plain ASGI on purpose: the framework's own middleware class costs a task per request.
"""

import logging

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dravo_app import ids
from dravo_app.api import problems
from dravo_app.errors import DravoError

REQUEST_ID_HEADER = "X-Request-Id"
_log = logging.getLogger("dravo.api")


class Envelope:
    """ASGI middleware; it keeps nothing between requests."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope[problems.REQUEST_ID] = ids.new_id("req")
        has_started = False

        async def send_dressed(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                _dress(MutableHeaders(scope=message), request_id)
            await send(message)

        try:
            await self.app(scope, receive, send_dressed)
        except Exception:  # the last line: whatever failed, the caller gets a problem and the operator the trace
            _log.exception("request %s failed", request_id)
            if has_started:
                raise
            await problems.respond(HTTPConnection(scope), DravoError())(scope, receive, send_dressed)


def _dress(headers: MutableHeaders, request_id: str) -> None:
    headers[REQUEST_ID_HEADER] = request_id
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Cache-Control", "no-store")
