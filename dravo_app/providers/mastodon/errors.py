"""What a Mastodon server's refusals mean. Read in its documentation (2026-07) and seen on snac2 2.75, which answers in HTML."""

from typing import NoReturn

from dravo_app.errors import (
    AccountBlocked,
    ContentRejected,
    MediaUnusable,
    PermissionMissing,
    ProviderUnavailable,
    ReconnectRequired,
    Throttled,
)
from dravo_app.providers import http
from dravo_app.providers.http import Answer

RATE_RESET = "x-ratelimit-reset"
_BLOCKED = ("suspended", "login is currently disabled", "pending approval", "confirmed e-mail", "account has moved")
_SCOPE = ("scope", "permission")
_NOT_READY = ("not finished processing", "still being processed", "have not finished")


def refuse(answer: Answer) -> NoReturn:
    """Raise what the answer means."""
    words = said(answer)
    if answer.status == 401:
        raise http.error(ReconnectRequired, answer, words or "The instance doesn't accept the access token any more.")
    if answer.status == 403 and words:
        _refuse_forbidden(answer, words)
    if answer.status == 422 and _says(words, _NOT_READY):
        raise http.error(
            ProviderUnavailable, answer, "The instance is still working on the media; nothing was published."
        )
    if answer.status == 429:
        raise http.error(Throttled, answer, words, retry_at=http.wait_until(answer, RATE_RESET))
    if answer.is_refusal and words:
        raise http.error(ContentRejected, answer, words)
    http.refuse(answer)


def refuse_upload(answer: Answer) -> NoReturn:
    """The same for a file that was sent: what is wrong is the file, whoever in front of the instance says so."""
    if answer.status == 413:
        raise http.error(MediaUnusable, answer, "The instance says that this picture is too large.")
    if answer.status == 415 or (answer.status == 422 and said(answer)):
        raise http.error(MediaUnusable, answer, f"The instance doesn't take this picture. {said(answer)}".strip())
    refuse(answer)


def said(answer: Answer) -> str:
    """The server's own sentence, or nothing."""
    words = http.find(answer.body, "error_description", kind=str) or http.find(answer.body, "error", kind=str)
    return http.shown(answer, words or "")


def _refuse_forbidden(answer: Answer, words: str) -> NoReturn:
    if _says(words, _BLOCKED):
        raise http.error(AccountBlocked, answer, words)
    if _says(words, _SCOPE):
        raise http.error(PermissionMissing, answer, words)
    raise http.error(ContentRejected, answer, words)


def _says(words: str, parts: tuple[str, ...]) -> bool:
    return any(part in words.lower() for part in parts)
