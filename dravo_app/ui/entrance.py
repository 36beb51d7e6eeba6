"""Where the forms of first run, log in and log out arrive: native posts, because only a server sets HttpOnly cookies."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from urllib.parse import parse_qsl

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from dravo_app import db
from dravo_app.errors import ConfigurationError, DravoError
from dravo_app.models import Environment, Role
from dravo_app.services import connecting, first_run, sessions, users
from dravo_app.services.caller import Caller
from dravo_app.ui import routes
from dravo_app.ui.cookies import SESSION, Notice, clear_session, read_cookie, set_notice, set_session
from dravo_app.ui.gate import home_of, needs_code
from dravo_app.ui.same_origin import client_address, is_same_origin
from dravo_app.ui.session import find_visitor

_MAX_BYTES = 16 * 1024
_MAX_EMAIL = 320  # it goes back in a cookie, and headers have a limit
_log = logging.getLogger(__name__)
Fields = Mapping[str, str]


def entrance_routes() -> list[Route]:
    """To be mounted at the root, before the pages."""
    forms = {routes.LOG_IN: _log_in, routes.LOG_OUT: _log_out, routes.FIRST_RUN: _make_owner}
    return [Route(path, _form(answer), methods=["POST"]) for path, answer in forms.items()]


def _form(answer: Callable[[Request, Fields], Response]) -> Callable[[Request], Awaitable[Response]]:
    async def receive(request: Request) -> Response:
        if not is_same_origin(request.headers):
            return PlainTextResponse("This form was not sent from a page of this Dravo.\n", 403)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MAX_BYTES:
                return PlainTextResponse("This form is too large.\n", 413)
        response = await to_thread.run_sync(partial(answer, request, _fields(bytes(body))))
        response.headers["cache-control"] = "no-store"
        return response

    return receive


def _log_in(request: Request, fields: Fields) -> Response:
    email, wanted = fields.get("email", "")[:_MAX_EMAIL], routes.own_page(fields.get("next", ""))
    try:
        with db.reading() as session:
            user = sessions.check_password(session, email, fields.get("password", ""), client_address(request))
        with db.transaction() as session:
            token = sessions.open_browser_session(session, user)
    except DravoError as error:
        return _back(request, routes.address(routes.LOGIN, next=wanted), Notice(error.detail, email))
    return _inside(request, token, wanted)


def _make_owner(request: Request, fields: Fields) -> Response:
    email, code_needed = fields.get("email", "")[:_MAX_EMAIL], needs_code(request.headers)
    try:
        if code_needed:
            first_run.check_code(fields.get("code", ""), client_address(request))
        with db.transaction() as session:
            user = first_run.create_owner(session, email, fields.get("password", ""))
            token = sessions.open_browser_session(session, user)
    except DravoError as error:
        page = routes.address(routes.WELCOME, code="1" if code_needed else None)
        return _back(request, page, Notice(error.detail, email))
    first_run.spend_code()
    _connect_demo(Caller(users.FIRST_WORKSPACE, Environment.TEST, actor=user.id, role=Role.OWNER))
    return _inside(request, token, routes.address(routes.HISTORY, environment=Environment.TEST.value))


def _connect_demo(caller: Caller) -> None:
    try:
        identity = connecting.ask_identity(caller, first_run.DEMO)
        with db.transaction() as session:
            connecting.connect(session, caller, first_run.DEMO.provider, identity)
    except (DravoError, ConfigurationError) as error:  # the owner is made; without a sandbox there is just no account
        _log.warning("The sandbox account could not be connected: %s", error)


def _log_out(request: Request, _fields: Fields) -> Response:
    token = read_cookie(request.headers.get("cookie", ""), SESSION)
    if token:
        with db.transaction() as session:
            sessions.log_out(session, token)
    response = RedirectResponse(routes.LOGIN, 303)
    clear_session(request, response)
    return response


def _inside(request: Request, token: str, wanted: str | None) -> Response:
    visitor = None if wanted else find_visitor(f"{SESSION}={token}")
    response = RedirectResponse(wanted or (home_of(visitor) if visitor else routes.HOME), 303)
    set_session(request, response, token)
    set_notice(request, response, None)
    return response


def _back(request: Request, page: str, notice: Notice) -> Response:
    response = RedirectResponse(page, 303)
    set_notice(request, response, notice)
    return response


def _fields(body: bytes) -> Fields:
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20, errors="strict"))
    except ValueError:
        return {}
