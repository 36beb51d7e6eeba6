"""Logging in, staying logged in, logging out; and who the caller is.

These answers hold tokens, so they are never stored: an Idempotency-Key is not looked at here.
"""

from fastapi import APIRouter, Request
from starlette.responses import Response

from dravo_app import db
from dravo_app.api.dependencies import Answer, AVisit, shown
from dravo_app.api.description import problems_of
from dravo_app.api.identity import bearer_token, identify
from dravo_app.api.strict_route import PUBLIC, StrictRoute
from dravo_app.api.v1.schemas.auth import LoginRequest, MeShown, RefreshRequest, TokenPair
from dravo_app.errors import NotAllowed, NotAuthenticated
from dravo_app.services import me, sessions
from dravo_app.services.throttle import address_of

router = APIRouter(tags=["Identity"], route_class=StrictRoute)


@router.post(
    "/auth/login",
    operation_id="login",
    response_model=TokenPair,
    responses=problems_of(400, 401, 413, 429),
    openapi_extra=PUBLIC,
)
def log_in(request: Request, body: LoginRequest) -> Response:
    """Exchange a person's email and password for a token pair."""
    address = address_of(request.client.host if request.client else "", request.headers.get("x-forwarded-for", ""))
    with db.reading() as session:  # the slow part, where it holds nobody up
        user = sessions.check_password(session, body.email, body.password, address)
    with db.transaction() as session:
        login = sessions.open_program_session(session, user)
    return shown(Answer(TokenPair.of(login)))


@router.post(
    "/auth/refresh",
    operation_id="refreshLogin",
    response_model=TokenPair,
    responses=problems_of(400, 401, 413),
    openapi_extra=PUBLIC,
)
def refresh(body: RefreshRequest) -> Response:
    """Exchange a refresh token for the next pair. A token that comes a second time ends its session."""
    with db.transaction() as session:
        login = sessions.refresh(session, body.refresh_token)
    if login is None:  # raised after the commit, so that the end of a copied token's session stays
        raise NotAuthenticated("The refresh token is unknown, used, expired or revoked; log in again.")
    return shown(Answer(TokenPair.of(login)))


@router.post("/auth/logout", operation_id="logout", status_code=204, responses=problems_of(400, 403))
def log_out(request: Request) -> Response:
    """End the session of this token: its access token and its refresh token are worth nothing from now on."""
    with db.transaction() as session:
        caller = identify(session, request.headers)
        if not caller.actor.startswith("usr_"):
            raise NotAllowed("An API key has no session to end; revoke the key instead.")
        sessions.log_out(session, bearer_token(request.headers))
    return Response(status_code=204)


@router.get("/me", operation_id="getMe", response_model=MeShown)
def get_me(visit: AVisit) -> Response:
    """Who asks, as what, in which workspace and environment."""
    return visit.read(lambda session, caller: MeShown.of(me.get_me(session, caller)))
