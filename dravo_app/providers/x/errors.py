"""What X's refusals mean. Read in the API's OpenAPI 2.167 and in recorded answers, 2026-11."""

from typing import NoReturn

from dravo_app.errors import (
    AccessExpired,
    AccountBlocked,
    AppNotApproved,
    ContentRejected,
    MediaUnusable,
    OutcomeUnknown,
    PermissionMissing,
    ProviderUnavailable,
    QuotaExhausted,
    Throttled,
)
from dravo_app.providers import http
from dravo_app.providers.http import Answer

RATE_RESET = "x-rate-limit-reset"
DAILY_LIMITS = ("x-user-limit-24hour", "x-app-limit-24hour")

_CAPPED = ("usage-capped", "client-forbidden", "enrolled")
_BLOCKED = ("suspended", "account is temporarily locked")


def refuse(answer: Answer, *, is_repeat: bool = False) -> NoReturn:
    """Raise what X's answer means; `is_repeat` makes its duplicate refusal an open question instead of a no."""
    said = _said(answer)
    if answer.status == 401:
        raise http.error(AccessExpired, answer)
    if answer.status == 402 or (answer.status == 403 and _says(answer, *_CAPPED)):
        raise http.error(AppNotApproved, answer, said)
    if answer.status == 403:
        _refuse_forbidden(answer, said, is_repeat)
    if answer.status == 429:
        _refuse_too_many(answer, said)
    if answer.status == 400 and _says(answer, "media_ids", "media ids"):
        raise http.error(
            ProviderUnavailable, answer, f"X has the pictures no more; nothing was published. {said}".strip()
        )
    if answer.is_refusal and isinstance(answer.body, dict) and said:
        raise http.error(ContentRejected, answer, said)
    http.refuse(answer)


def refuse_upload(answer: Answer) -> NoReturn:
    """The same for a picture that was sent before the post: nothing is public, and what is wrong is the picture."""
    said = _said(answer)
    if answer.status in (413, 415) or (answer.status in (400, 422) and isinstance(answer.body, dict) and said):
        raise http.error(MediaUnusable, answer, f"X doesn't take this picture. {said}".strip())
    if answer.status == 403 and isinstance(answer.body, dict) and not _says(answer, *_CAPPED, *_BLOCKED):
        raise http.error(
            PermissionMissing, answer, f"X lets this account upload no pictures (media.write). {said}".strip()
        )
    refuse(answer)


def _refuse_forbidden(answer: Answer, said: str, is_repeat: bool) -> NoReturn:
    if _says(answer, "duplicate"):
        if is_repeat:
            raise http.error(OutcomeUnknown, answer, "It may be public: X says that this text was posted before.")
        raise http.error(ContentRejected, answer, said)
    if _says(answer, *_BLOCKED):
        raise http.error(AccountBlocked, answer, said)
    if _says(answer, "scope", "oauth2 permissions", "oauth1 app permissions", "unsupported-authentication"):
        raise http.error(PermissionMissing, answer, said)
    if not isinstance(answer.body, dict):
        http.refuse(answer)
    raise http.error(ContentRejected, answer, said)


def _refuse_too_many(answer: Answer, said: str) -> NoReturn:
    spent = [limit for limit in DAILY_LIMITS if answer.headers.get(f"{limit}-remaining") == "0"]
    if spent or _says(answer, "usage-capped"):
        until = http.wait_until(answer, *(f"{limit}-reset" for limit in spent), default_seconds=http.MAX_WAIT_SECONDS)
        is_for_app = DAILY_LIMITS[1] in spent or not spent
        raise http.error(QuotaExhausted, answer, said, retry_at=until, is_for_app=is_for_app)
    until = http.wait_until(answer, RATE_RESET)
    raise http.error(Throttled, answer, said, retry_at=until)


def _says(answer: Answer, *words: str) -> bool:
    text = answer.raw.lower()
    return any(word in text for word in words)


def _said(answer: Answer) -> str:
    """X's own sentence: of a problem, of the old `errors` list, or nothing."""
    detail = http.find(answer.body, "detail", kind=str) or http.find(answer.body, "title", kind=str)
    errors = http.find(answer.body, "errors", kind=list) or [None]
    listed = http.find(errors[0], "detail", kind=str) or http.find(errors[0], "message", kind=str)
    return http.shown(answer, listed or detail or "")
