"""Who asks: an API key or a dashboard JWT from the Authorization header. Cookies are never looked at."""

from sqlmodel import Session
from starlette.datastructures import Headers

from dravo_app.errors import Flaw, Invalid, NotAllowed, NotAuthenticated
from dravo_app.models import Environment
from dravo_app.services import api_keys, sessions
from dravo_app.services.caller import Caller

ENVIRONMENT_HEADER = "Dravo-Environment"
_KEY_PREFIX = "dra_"
_MAX_TOKEN_CHARACTERS = 4096


def identify(session: Session, headers: Headers) -> Caller:
    """The caller. Raises NotAuthenticated, then Invalid or NotAllowed where the environment header is wrong or not the key's."""
    token = bearer_token(headers)
    wanted = _environment(headers)
    if token.startswith(_KEY_PREFIX):
        caller = api_keys.caller_of_key(session, token)
    else:
        caller = sessions.caller_of_jwt(session, token, wanted if isinstance(wanted, Environment) else Environment.LIVE)
    if caller is None:
        raise NotAuthenticated("The credential is unknown, expired or revoked.")
    if isinstance(wanted, Invalid):
        raise wanted
    if wanted is not None and wanted is not caller.environment:
        raise NotAllowed(
            f"This key acts in the {caller.environment.value} environment only, and the header names the other."
        )
    return caller


def bearer_token(headers: Headers) -> str:
    """The token of `Authorization: Bearer …`. Raises NotAuthenticated where there is none, or more than one."""
    given = headers.getlist("authorization")
    if len(given) != 1:
        raise NotAuthenticated(
            "This needs an Authorization header: Bearer and an API key or a token from /v1/auth/login."
        )
    scheme, _, token = given[0].partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > _MAX_TOKEN_CHARACTERS or not token.isascii():
        raise NotAuthenticated("The Authorization header is not of the form: Bearer, a space, and the token.")
    return token


def _environment(headers: Headers) -> Environment | Invalid | None:
    given = headers.getlist(ENVIRONMENT_HEADER)
    if not given:
        return None
    if len(given) == 1 and given[0] in ("live", "test"):
        return Environment(given[0])
    return _refusal(f"{ENVIRONMENT_HEADER} must be live or test.")


def _refusal(message: str) -> Invalid:
    return Invalid(flaws=[Flaw(ENVIRONMENT_HEADER, "environment", message)])
