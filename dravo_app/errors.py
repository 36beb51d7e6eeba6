"""Ground floor: every error Dravo can answer with, one tree.

    DravoError                       code, status, who_acts
    ├── Invalid 400 (CredentialsRefused, AccountMismatch, ProviderNotAvailable) · NotAuthenticated 401 · NotAllowed 403
    │   NotFound 404 · MethodNotAllowed 405 · Conflict 409 (RequestInProgress, RetryRefused) · RequestTooLarge 413
    │   IdempotencyMismatch 422 · TooManyRequests 429 · Unavailable 503
    └── ProviderError                provider, http_status, verdict, retry_at, detail
        ├── UnsupportedContent  fix_post    found before anything is sent
        ├── MediaUnusable       fix_post    a medium's type, size or content; nothing was sent
        ├── MediaUnreachable    retry       a medium could not be fetched; nothing was sent
        ├── AddressRefused      give_up     a caller-given address that may not be asked
        ├── ContentRejected     fix_post    the network said no
        ├── ReconnectRequired   reconnect   access is gone; the account turns red
        ├── AccessExpired       refresh     the access token is stale; refresh once, then ask again
        ├── PermissionMissing   reconnect   access lives, a scope is missing
        ├── AppNotApproved      fix_setup   the developer app lacks an approval
        ├── Throttled           wait        until retry_at; does not count as a used attempt
        ├── QuotaExhausted      wait        daily cap, until retry_at
        ├── SetupUnusable       wait        our own key or sandbox is missing
        ├── ProviderUnavailable retry       nothing was published, for certain
        ├── OutcomeUnknown      look_up     it may be public (PostsAlike: nor can a look-up tell); never resend
        ├── AccountBlocked      give_up     suspended or restricted; the token is fine
        └── UnsupportedFeature  give_up
    ConfigurationError               outside the tree on purpose: never treated as a failed delivery

The first sentence of a class's docstring is the sentence people read; `docs/errors.md` has a page for each code.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar


class Verdict(StrEnum):
    """What a failed conversation with a network means for the delivery."""

    RETRY = "retry"
    WAIT = "wait"
    REFRESH = "refresh"
    RECONNECT = "reconnect"
    FIX_POST = "fix_post"
    FIX_SETUP = "fix_setup"
    LOOK_UP = "look_up"
    GIVE_UP = "give_up"


class WhoActs(StrEnum):
    """Who has to do something next."""

    NOBODY = "nobody"
    AUTHOR = "author"
    ADMIN = "admin"
    OPERATOR = "operator"
    CALLER = "caller"


@dataclass(frozen=True)
class Flaw:
    """One thing wrong with a request: where (JSON pointer, or `?name` of a query parameter), which rule, and a sentence."""

    pointer: str
    code: str
    message: str


class DravoError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    who_acts: ClassVar[WhoActs] = WhoActs.OPERATOR

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.sentence())
        self.detail = detail or self.sentence()

    @classmethod
    def sentence(cls) -> str:
        """The class's own sentence for people, the first of its docstring."""
        return (cls.__doc__ or "Something went wrong.").strip().split("\n\n")[0].replace("\n    ", " ")


class Invalid(DravoError):
    """The request is not valid; nothing was done."""

    code = "invalid_request"
    status = 400
    who_acts = WhoActs.CALLER

    def __init__(self, detail: str = "", flaws: list[Flaw] | None = None) -> None:
        super().__init__(detail or (flaws[0].message if flaws else ""))
        self.flaws = flaws or []


class CredentialsRefused(Invalid):
    """The network does not accept these credentials; nothing was connected."""

    code = "credentials_refused"


class AccountMismatch(Invalid):
    """These credentials belong to another account than the one named; nothing was connected."""

    code = "account_mismatch"


class ProviderNotAvailable(Invalid):
    """This network is known, but Dravo can't connect accounts of it yet."""

    code = "provider_not_available"


class NotAuthenticated(DravoError):
    """The credential is missing, unknown, expired or revoked."""

    code = "not_authenticated"
    status = 401
    who_acts = WhoActs.CALLER


class NotAllowed(DravoError):
    """This credential may not do that."""

    code = "not_allowed"
    status = 403
    who_acts = WhoActs.ADMIN


class NotFound(DravoError):
    """There is nothing here by that name."""

    code = "not_found"
    status = 404
    who_acts = WhoActs.CALLER


class MethodNotAllowed(DravoError):
    """This address exists, but not for this method; `Allow` lists those it has."""

    code = "method_not_allowed"
    status = 405
    who_acts = WhoActs.CALLER


class Conflict(DravoError):
    """The thing is in a state in which that can't be done."""

    code = "conflict"
    status = 409
    who_acts = WhoActs.CALLER


class RequestInProgress(Conflict):
    """The first request with this Idempotency-Key is still running; ask again in a moment."""

    code = "request_in_progress"
    retry_after_seconds = 1


class RetryRefused(Conflict):
    """This can't be sent again; `errors` says why, account by account."""

    code = "retry_refused"

    def __init__(self, detail: str = "", flaws: list[Flaw] | None = None) -> None:
        super().__init__(detail or " ".join(flaw.message for flaw in (flaws or [])[:3]))
        self.flaws = flaws or []


class RequestTooLarge(DravoError):
    """The request's body is larger than this address takes."""

    code = "request_too_large"
    status = 413
    who_acts = WhoActs.CALLER


class IdempotencyMismatch(DravoError):
    """This Idempotency-Key was used before with another request."""

    code = "idempotency_mismatch"
    status = 422
    who_acts = WhoActs.CALLER


class TooManyRequests(DravoError):
    """Too many tries; wait a little before the next one."""

    code = "too_many_requests"
    status = 429
    who_acts = WhoActs.CALLER
    retry_after_seconds = 30


class Unavailable(DravoError):
    """A part that this needs doesn't answer right now; nothing was done."""

    code = "unavailable"
    status = 503
    who_acts = WhoActs.OPERATOR
    retry_after_seconds = 5


class ProviderError(DravoError):
    """The network did not take the post.

    `detail` is trimmed and free of secrets; `http_status` is the network's own, None where there was no answer.
    `is_outage`: the network is down or in trouble, for everybody. `is_for_app`: what it says holds for the developer app, too.
    """

    code = "provider_error"
    status = 502
    verdict: ClassVar[Verdict] = Verdict.GIVE_UP

    def __init__(
        self,
        detail: str = "",
        *,
        provider: str = "",
        http_status: int | None = None,
        retry_at: datetime | None = None,
        raw: str = "",
        is_outage: bool = False,
        is_for_app: bool = False,
    ) -> None:
        super().__init__(detail[:500])
        self.provider = provider
        self.http_status = http_status
        self.retry_at = retry_at
        self.raw = raw[:2000]
        self.is_outage = is_outage
        self.is_for_app = is_for_app


class UnsupportedContent(ProviderError):
    """This network can't take this post as it is; nothing was sent."""

    code = "unsupported_content"
    status = 400
    who_acts = WhoActs.AUTHOR
    verdict = Verdict.FIX_POST


class MediaUnusable(ProviderError):
    """A medium of this post can't be used; nothing was sent."""

    code = "media_unusable"
    status = 400
    who_acts = WhoActs.AUTHOR
    verdict = Verdict.FIX_POST


class MediaUnreachable(ProviderError):
    """A medium of this post could not be fetched from its address; nothing was published."""

    code = "media_unreachable"
    status = 503
    who_acts = WhoActs.NOBODY
    verdict = Verdict.RETRY


class AddressRefused(ProviderError):
    """This address can't be used."""

    code = "address_refused"
    status = 400
    who_acts = WhoActs.AUTHOR
    verdict = Verdict.GIVE_UP


class ContentRejected(ProviderError):
    """The network refused the post."""

    code = "content_rejected"
    status = 400
    who_acts = WhoActs.AUTHOR
    verdict = Verdict.FIX_POST


class ReconnectRequired(ProviderError):
    """Access to the account is gone; connect it again."""

    code = "reconnect_required"
    status = 400
    who_acts = WhoActs.ADMIN
    verdict = Verdict.RECONNECT


class AccessExpired(ProviderError):
    """The access token is stale; it is refreshed and the call is made once more."""

    code = "access_expired"
    status = 400
    who_acts = WhoActs.NOBODY
    verdict = Verdict.REFRESH


class PermissionMissing(ProviderError):
    """Access lives, but a permission is missing; connect the account again and grant it."""

    code = "permission_missing"
    status = 400
    who_acts = WhoActs.ADMIN
    verdict = Verdict.RECONNECT


class AppNotApproved(ProviderError):
    """The developer app lacks an approval, a plan or a right at the network."""

    code = "app_not_approved"
    status = 400
    who_acts = WhoActs.OPERATOR
    verdict = Verdict.FIX_SETUP


class Throttled(ProviderError):
    """The network asked us to slow down; we wait until it allows the next post."""

    code = "throttled"
    status = 503
    who_acts = WhoActs.NOBODY
    verdict = Verdict.WAIT


class QuotaExhausted(ProviderError):
    """The network's daily allowance is used up; we wait for the next one."""

    code = "quota_exhausted"
    status = 503
    who_acts = WhoActs.NOBODY
    verdict = Verdict.WAIT


class SetupUnusable(ProviderError):
    """Dravo's own setup keeps this from being sent; it goes on by itself when the operator has mended it."""

    code = "setup_unusable"
    status = 503
    who_acts = WhoActs.OPERATOR
    verdict = Verdict.WAIT


class ProviderUnavailable(ProviderError):
    """The network could not be reached or was out of order; nothing was published."""

    code = "provider_unavailable"
    status = 503
    who_acts = WhoActs.NOBODY
    verdict = Verdict.RETRY


class OutcomeUnknown(ProviderError):
    """It may be public. The network's answer was lost, so we look it up and never send it again blindly."""

    code = "outcome_unknown"
    status = 502
    who_acts = WhoActs.NOBODY
    verdict = Verdict.LOOK_UP


class PostsAlike(OutcomeUnknown):
    """A post with the same words was made shortly before this one began; which of them it is can't be told."""

    code = "posts_alike"


class AccountBlocked(ProviderError):
    """The network has suspended or restricted this account; settle it with the network."""

    code = "account_blocked"
    status = 400
    who_acts = WhoActs.ADMIN
    verdict = Verdict.GIVE_UP


class UnsupportedFeature(ProviderError):
    """This network has no such feature."""

    code = "unsupported_feature"
    status = 400
    who_acts = WhoActs.AUTHOR
    verdict = Verdict.GIVE_UP


class ConfigurationError(Exception):
    """Dravo is set up in a way that can't work; the message says what to change."""


def verdict_of(error: type[DravoError]) -> Verdict | None:
    """What it means for a delivery; None for the refusals of requests."""
    return error.verdict if issubclass(error, ProviderError) else None


def error_classes() -> list[type[DravoError]]:
    """Every class of the tree, parents before children."""
    found: list[type[DravoError]] = [DravoError]
    for parent in found:
        found.extend(parent.__subclasses__())
    return found
