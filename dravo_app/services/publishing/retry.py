"""A person or program sends what has failed once more: only where it can help, and never what is or may be public."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, col, select

from dravo_app import clock
from dravo_app.errors import (
    AccountBlocked,
    Conflict,
    Flaw,
    Invalid,
    OutcomeUnknown,
    RetryRefused,
    Verdict,
    error_classes,
    verdict_of,
)
from dravo_app.models import Account, Delivery, DeliveryState, Health, PublishJob
from dravo_app.providers import catalogue
from dravo_app.services import events
from dravo_app.services.caller import Caller
from dravo_app.services.publishing import wakeup
from dravo_app.services.publishing.jobs import get_owned_job
from dravo_app.services.publishing.lifecycle import move
from dravo_app.services.publishing.rollup import roll_up

S = DeliveryState


class RetryRequest(BaseModel):
    """Which deliveries; without `account_ids`, every failed one that can be sent again."""

    model_config = ConfigDict(extra="forbid", strict=True)

    account_ids: list[str] | None = Field(
        default=None,
        description="Accounts of this job; all of them must be fit for a retry, or nothing is done.",
        json_schema_extra={"minItems": 1, "maxItems": 100, "uniqueItems": True},
    )


@dataclass(frozen=True)
class Refusal:
    """Why a delivery can't be sent again: a code for programs, a sentence for people."""

    code: str
    sentence: str


def retry(session: Session, caller: Caller, job_id: str, account_ids: list[str] | None = None) -> None:
    """Queue failed deliveries anew. Raises NotFound, Invalid (accounts not of this job), RetryRefused with every reason.

    Accounts that are named succeed or are refused together. Without names, what can be sent again is, and the rest stays.
    The deliveries are locked before they are judged, so of two retries at once the second finds them under way.
    """
    job = get_owned_job(session, caller, job_id)
    found = _lock(session, job)
    chosen = _all_that_may(found) if account_ids is None else _named(found, account_ids)
    for delivery in chosen:
        _queue(session, delivery, caller)
    roll_up(session, [job.key or 0], clock.now())
    wakeup.announce(session)


def why_not(state: str, error_code: str | None, health: str) -> str | None:
    """The sentence that says why such a delivery can't be sent again; None where it can."""
    refusal = refuse(state, error_code, health)
    return refusal.sentence if refusal else None


def refuse(state: str, error_code: str | None, health: str) -> Refusal | None:
    """Danger comes first, then what is useless, then what somebody has to mend before."""
    if state != S.FAILED:
        return _BY_STATE[S(state)]
    if error_code not in _SENT_AGAIN:
        return _MAY_BE_PUBLIC if error_code == OutcomeUnknown.code else _NEW_POST
    return _BY_HEALTH.get(Health(health))


def _refusal(code: str, sentence: str) -> Refusal:
    return Refusal(code, sentence)


_UNDER_WAY = _refusal("still_under_way", "It is still under way; Dravo tries again by itself where that helps.")
_NOT_YET = _refusal("not_sent_yet", "It has not been sent yet; it goes out at its time.")
_BY_STATE = {
    S.SCHEDULED: _NOT_YET,
    S.HELD: _refusal("is_held", "It is held: let it go, or stop it."),
    S.QUEUED: _UNDER_WAY,
    S.SENDING: _UNDER_WAY,
    S.PROCESSING: _UNDER_WAY,
    S.WAITING: _UNDER_WAY,
    S.UNCONFIRMED: _UNDER_WAY,
    S.PUBLISHED: _refusal("already_published", "It is published, and what is published is never sent again."),
    S.CANCELED: _refusal("was_canceled", "It was canceled; use it again as a new post."),
}
_MAY_BE_PUBLIC = _refusal("may_be_public", "It may be public: look at the account and say whether it is there first.")
_NEW_POST = _refusal("needs_a_new_post", "The same post would fail the same way: change it and send it as a new one.")
_BY_HEALTH = {
    Health.NEEDS_RECONNECT: _refusal("reconnect_first", "The account needs to be connected again first; then retry."),
    Health.BLOCKED: _refusal(
        "account_blocked", "The network has blocked the account: settle that and connect it again first; then retry."
    ),
    Health.DISCONNECTED: _refusal(
        "account_disconnected", "The account is disconnected; connect it again first, then retry."
    ),
}

# Named one by one through their verdicts: an error that nobody has thought about is not sent again.
_HELPED_BY_TIME_OR_REPAIR = {Verdict.RETRY, Verdict.WAIT, Verdict.REFRESH, Verdict.RECONNECT, Verdict.FIX_SETUP}
_SENT_AGAIN = frozenset(
    {error.code for error in error_classes() if verdict_of(error) in _HELPED_BY_TIME_OR_REPAIR}
    | {AccountBlocked.code, "not_published"}
)
"""`not_published`: a person has looked and it isn't there; sending it again is what `resolve` offers, too."""


def _lock(session: Session, job: PublishJob) -> list[tuple[Delivery, Account]]:
    """All of the job's deliveries; those that may be sent again are locked.

    Deliveries before the job, in key order, as workers do when they close; and no others, since who lets go what is held, or
    stops it, has locked the job first.
    """
    everything = (
        select(Delivery, Account)
        .join(Account, col(Account.key) == col(Delivery.account_key))
        .where(col(Delivery.job_key) == job.key)
        .order_by(col(Delivery.key))
        .execution_options(populate_existing=True)
    )
    found = list(session.exec(everything))
    failed = select(Delivery).where(col(Delivery.job_key) == job.key, col(Delivery.state) == S.FAILED)
    ordered = failed.order_by(col(Delivery.key)).with_for_update(key_share=True)
    locked = {delivery.key for delivery in session.exec(ordered.execution_options(populate_existing=True))}
    for delivery, _ in found:
        if delivery.state == S.FAILED and delivery.key not in locked:  # somebody else was quicker
            session.refresh(delivery)
            if delivery.state == S.FAILED:
                raise Conflict("It is being changed by somebody else right now; look at it again.")
    return found


def _all_that_may(found: list[tuple[Delivery, Account]]) -> list[Delivery]:
    failed = [(delivery, account) for delivery, account in found if delivery.state == S.FAILED]
    if not failed:
        raise Conflict("Nothing of this job has failed, so there is nothing to send again.")
    chosen = [delivery for delivery, account in failed if _refused(delivery, account) is None]
    if not chosen:
        raise RetryRefused(flaws=[_flaw_of(delivery, account, "") for delivery, account in failed])
    return chosen


def _named(found: list[tuple[Delivery, Account]], account_ids: list[str]) -> list[Delivery]:
    by_id = {account.id: (delivery, account) for delivery, account in found}
    _check(account_ids, set(by_id))
    named = [by_id[account_id] for account_id in account_ids]
    refused = [
        _flaw_of(delivery, account, f"/account_ids/{place}")
        for place, (delivery, account) in enumerate(named)
        if _refused(delivery, account)
    ]
    if refused:
        raise RetryRefused(flaws=refused)
    return [delivery for delivery, _ in named]


def _check(account_ids: list[str], known: set[str]) -> None:
    flaws = []
    if not account_ids:
        flaws.append(Flaw("/account_ids", "account_count", "Name at least one account, or leave the list out."))
    for place, wanted in enumerate(account_ids):
        if wanted in account_ids[:place]:
            flaws.append(Flaw(f"/account_ids/{place}", "duplicate_account", "This account is named twice."))
        elif wanted not in known:
            flaws.append(Flaw(f"/account_ids/{place}", "unknown_account", "This job has no delivery to that account."))
    if flaws:
        raise Invalid(flaws=flaws[:50])


def _refused(delivery: Delivery, account: Account) -> Refusal | None:
    return refuse(delivery.state, delivery.error_code, account.health)


def _flaw_of(delivery: Delivery, account: Account, pointer: str) -> Flaw:
    refusal = _refused(delivery, account) or _UNDER_WAY
    code, network = refusal.code, catalogue.NAMES.get(delivery.provider, delivery.provider)
    return Flaw(pointer, code, f"{network}, {account.handle}: {refusal.sentence}")


def _queue(session: Session, delivery: Delivery, caller: Caller) -> None:
    now = clock.now()
    events.record_retry(session, delivery, caller.actor)
    delivery.error_code = delivery.error_message = delivery.who_acts = None
    delivery.retry_at = delivery.raw_response = delivery.handle = None
    # first_tried_at and unknown_since stay, as when a person settles an unknown outcome: the network's own key and the
    # window of a look-up begin at the first try ever. Were "nothing was published" wrong once, the repeat leads back to
    # the post that is there instead of making a second. tries and begun_at begin anew: it is a new round.
    delivery.tries, delivery.looks, delivery.run_at, delivery.begun_at = 0, 0, now, None
    move(session, delivery, S.QUEUED, now)
