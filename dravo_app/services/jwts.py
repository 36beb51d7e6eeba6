"""Part of who you are: the short-lived token that a logged-in program shows. It only points to a session row."""

from dataclasses import dataclass

import jwt

from dravo_app import clock, crypto

LIFETIME_SECONDS = 15 * 60
_AUDIENCE = "dravo-v1"
_ISSUER = "dravo"
_ALGORITHM = "HS256"
_MAX_CHARACTERS = 4096
_CLAIMS = ["sub", "sid", "ws", "aud", "iss", "iat", "exp"]


@dataclass(frozen=True)
class Claims:
    """What a valid token says; whether its session still lives is another question."""

    user_id: str
    session_id: str


def make_jwt(*, user_id: str, session_id: str, workspace_key: int) -> str:
    """A token of 15 minutes, signed with the current key."""
    now = int(clock.now().timestamp())
    claims = {
        "sub": user_id,
        "sid": session_id,
        "ws": str(workspace_key),
        "aud": _AUDIENCE,
        "iss": _ISSUER,
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
    }
    key = crypto.get_keys()[0]
    return jwt.encode(claims, key.derive("jwt"), algorithm=_ALGORITHM, headers={"kid": key.id, "typ": "JWT"})


def read_jwt(token: str) -> Claims | None:
    """The claims of a token that we signed, for us, and that is not over; else None."""
    if len(token) > _MAX_CHARACTERS or token.count(".") != 2 or not token.isascii():
        return None  # the library would decode a megabyte before it says no
    try:
        header = jwt.get_unverified_header(token)
        key = _key_named(header.get("kid"))
        if header.get("typ") != "JWT" or key is None:
            return None
        return _claims(_decode(token, key.derive("jwt")))
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None


def _decode(token: str, key: bytes) -> dict[str, object]:
    return jwt.decode(
        token,
        key,
        algorithms=[_ALGORITHM],
        audience=_AUDIENCE,
        issuer=_ISSUER,
        options={"require": _CLAIMS, "strict_aud": True, "verify_exp": False, "verify_iat": False},
    )


def _claims(found: dict[str, object]) -> Claims | None:
    user_id, session_id, ends_at = found["sub"], found["sid"], found["exp"]
    if not isinstance(user_id, str) or not isinstance(session_id, str) or type(ends_at) is not int:
        return None
    # Our own clock, so that a test can move it.
    return Claims(user_id, session_id) if clock.now().timestamp() < ends_at else None


def _key_named(key_id: object) -> crypto.Key | None:
    return next((key for key in crypto.get_keys() if key.id == key_id), None)
