"""What an atproto server's refusals mean. Seen on PDS 0.5.35 and read in its lexicons, 2026-08."""

from typing import NoReturn

from dravo_app.errors import (
    AccessExpired,
    AccountBlocked,
    ContentRejected,
    MediaUnusable,
    PermissionMissing,
    QuotaExhausted,
    ReconnectRequired,
    Throttled,
)
from dravo_app.providers import http
from dravo_app.providers.http import Answer

STALE = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing"})
"""A session that a refresh, or a new login with the app password, can replace."""
BLOCKED = frozenset({"AccountTakedown", "AccountSuspended", "AccountDeactivated", "RepoTakendown", "RepoDeactivated"})
_DAY_SECONDS = 86_400


def name(answer: Answer) -> str:
    """The error's name in an answer, or nothing."""
    return http.find(answer.body, "error", kind=str) or ""


def refuse(answer: Answer) -> NoReturn:
    """Raise what the answer means."""
    code, said = name(answer), http.shown(answer, http.find(answer.body, "message", kind=str) or "")
    if answer.status in (400, 401, 403) and code in BLOCKED:
        raise http.error(AccountBlocked, answer, said)
    if answer.status in (400, 401) and code in STALE:
        raise http.error(AccessExpired, answer)
    if answer.status == 401 and code:
        raise http.error(ReconnectRequired, answer, said)
    if answer.status == 403 and code:
        raise http.error(PermissionMissing, answer, said)
    if answer.status == 429:
        _refuse_too_many(answer, said)
    if answer.is_refusal and code:
        raise http.error(ContentRejected, answer, said)
    http.refuse(answer)


def refuse_upload(answer: Answer) -> NoReturn:
    """The same for a picture that was sent before the post: nothing is public, and what is wrong is the picture."""
    said = http.shown(answer, http.find(answer.body, "message", kind=str) or "")
    if answer.status in (413, 415) or name(answer) in ("InvalidMimeType", "BlobTooLarge", "PayloadTooLarge"):
        raise http.error(MediaUnusable, answer, f"The server doesn't take this picture. {said}".strip())
    refuse(answer)


def _refuse_too_many(answer: Answer, said: str) -> NoReturn:
    until = http.wait_until(answer, "ratelimit-reset")
    kind = QuotaExhausted if _window_seconds(answer) >= _DAY_SECONDS else Throttled
    raise http.error(kind, answer, said, retry_at=until)


def _window_seconds(answer: Answer) -> int:
    """The length of the exhausted window, from a policy such as `3000;w=300`."""
    window = answer.headers.get("ratelimit-policy", "").rpartition("w=")[2]
    return int(window) if window.isdecimal() and len(window) < 10 else 0
