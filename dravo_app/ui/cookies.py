"""The two cookies of the dashboard: who is logged in, and what a form has to say after its redirect."""

import base64
import json
from dataclasses import asdict, dataclass

from starlette.requests import Request
from starlette.responses import Response

from dravo_app.services import sessions
from dravo_app.ui.same_origin import is_secure

SESSION = "dravo_session"
_NOTICE = "dravo_notice"
_NOTICE_SECONDS = 60


@dataclass(frozen=True)
class Notice:
    """What went wrong with a form, and the email that need not be typed again."""

    sentence: str
    email: str = ""


def read_cookie(header: str, name: str) -> str:
    """A cookie's value from the Cookie header; empty where it isn't there."""
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value.strip('"')
    return ""


def read_notice(header: str) -> Notice | None:
    """The notice of the form that was just sent, or None."""
    try:
        found = json.loads(base64.urlsafe_b64decode(read_cookie(header, _NOTICE)))
        return Notice(str(found["sentence"])[:300], str(found["email"])[:254])
    except (ValueError, KeyError, TypeError):
        return None


def set_session(request: Request, response: Response, token: str) -> None:
    """Log this browser in."""
    _set(request, response, SESSION, token, int(sessions.LONGEST.total_seconds()))


def clear_session(request: Request, response: Response) -> None:
    """Log this browser out."""
    _set(request, response, SESSION, "", 0)


def set_notice(request: Request, response: Response, notice: Notice | None) -> None:
    """Leave a notice for the next page, or take the last one away."""
    value = base64.urlsafe_b64encode(json.dumps(asdict(notice)).encode()).decode() if notice else ""
    _set(request, response, _NOTICE, value, _NOTICE_SECONDS if notice else 0)


def _set(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    secure = is_secure(request.headers, request.url.scheme)
    response.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax")
