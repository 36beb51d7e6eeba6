"""Before the pages: who may see which, decided by the server when a page is loaded, so that nothing flashes by.

It is a convenience, not the lock: pages are static and hold no one's posts; each event handler asks for itself.
"""

from functools import partial
from urllib.parse import urlencode

from anyio import to_thread
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dravo_app import db
from dravo_app.models import Environment
from dravo_app.services import accounts, users
from dravo_app.services.sessions import Visitor
from dravo_app.settings import get_settings
from dravo_app.ui import routes
from dravo_app.ui.same_origin import is_own_host, is_through_proxy
from dravo_app.ui.session import find_visitor

_PAGES = frozenset({routes.HOME, routes.LOGIN, routes.WELCOME}) | routes.FOR_MEMBERS


def gated(app: ASGIApp) -> ASGIApp:
    """The app, with every page load sent where it belongs first."""

    async def gate(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and routes.plain(scope["path"]) in _PAGES:
            query = scope["query_string"].decode("latin-1")
            other = await to_thread.run_sync(partial(_elsewhere, scope["path"], query, Headers(scope=scope)))
            if other:
                answer = RedirectResponse(other, 303, headers={"cache-control": "no-store"})
                return await answer(scope, receive, send)
            scope = {**scope, "path": f"{routes.plain(scope['path'])}/"}  # as the page is stored: spares a redirect
        await app(scope, receive, send)

    return gate


def needs_code(headers: Headers) -> bool:
    """Could a stranger reach the first page?"""
    is_open = not get_settings().is_loopback or get_settings().has_public_name
    return is_open or is_through_proxy(headers) or not is_own_host(headers)


def home_of(visitor: Visitor) -> str:
    """Where a person lands: the history, of the environment they have something in."""
    with db.reading() as session:
        live = accounts.list_accounts(session, visitor.caller(Environment.LIVE), accounts.AccountFilter(limit=1))
    return routes.address(routes.HISTORY, environment=None if live.items else Environment.TEST.value)


def _elsewhere(path: str, query: str, headers: Headers) -> str | None:
    page = routes.plain(path)
    try:
        visitor = find_visitor(headers.get("cookie", ""))
        if visitor:
            return None if page in routes.FOR_MEMBERS else home_of(visitor)
        with db.reading() as session:
            is_first_run = users.is_first_run(session)
    except SQLAlchemyError:
        return None  # the page itself shows that the database is away
    if is_first_run:
        return _to_welcome(page, query, headers)
    return None if page == routes.LOGIN else _to_login(path, query)


def _to_welcome(page: str, query: str, headers: Headers) -> str | None:
    wanted = urlencode({"code": "1"}) if needs_code(headers) else ""
    if page == routes.WELCOME and query.split("&")[0] == wanted:
        return None
    return f"{routes.WELCOME}?{wanted}" if wanted else routes.WELCOME


def _to_login(path: str, query: str) -> str:
    asked_for = f"{routes.plain(path)}?{query}" if query else routes.plain(path)
    return routes.address(routes.LOGIN, next=routes.own_page(asked_for))
