"""Step 5: the answers of some conversations are written, a batch in one transaction, each only where its claim's fence still stands.

What a failure means is decided in `outcome`; here it is put on the rows: attempt, delivery, account, gates, job.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from dravo_app import clock
from dravo_app.crashpoints import crashpoint
from dravo_app.errors import (
    AccessExpired,
    AccountBlocked,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    ReconnectRequired,
    SetupUnusable,
)
from dravo_app.models import Account, AccountGate, Attempt, AttemptKind, AttemptResult, Delivery, DeliveryState, Health
from dravo_app.providers.types import Processing, Published, Ready
from dravo_app.services import tokens
from dravo_app.services.publishing import attempts, gates, reconcile
from dravo_app.services.publishing.claims import lock_gates, lock_mine
from dravo_app.services.publishing.deliver import Answer, Finished
from dravo_app.services.publishing.dispatch import open_gate
from dravo_app.services.publishing.lifecycle import move, move_all
from dravo_app.services.publishing.outcome import MAX_WAIT, TABLE, next_after
from dravo_app.services.publishing.rollup import roll_up

log = logging.getLogger(__name__)


def close_all(session: Session, finished: Sequence[Finished]) -> None:
    """Write what came of these conversations. What came back after its claim was taken over changes nothing."""
    now = clock.now()
    books = _read(session, finished)
    written = [one for one in finished if _close(session, books, one, now)]
    move_all(session, books.published, DeliveryState.PUBLISHED, now)
    gates.note(session, [(found, one.answer) for one in written if (found := _behind(books, one))], now)
    roll_up(session, {books.deliveries[one.opened.claim.delivery_key].job_key for one in written}, now)
    crashpoint("deliver_before_close_commit")


def _behind(books: "_Books", one: Finished) -> gates.Behind | None:
    """Where its credentials could not be had, what its account's gate remembers: it may have been on trial for its network."""
    gate = books.gates[books.deliveries[one.opened.claim.delivery_key].account_key]
    return one.behind or (gates.Behind(gate.network, gate.app) if gate.network else None)


@dataclass(frozen=True)
class _Books:
    """The rows of a batch, locked where they change. `posts` are those that deliveries answer for already, by account;
    `published` are those of the batch whose state is still to be changed.
    """

    deliveries: Mapping[int, Delivery]
    attempts: Mapping[int, Attempt]
    accounts: Mapping[int, Account]
    gates: Mapping[int, AccountGate]
    posts: dict[tuple[int, str], int] = field(default_factory=dict)
    published: list[Delivery] = field(default_factory=list)


def _read(session: Session, finished: Sequence[Finished]) -> _Books:
    deliveries = lock_mine(session, [one.opened.claim for one in finished])
    account_keys = sorted({delivery.account_key for delivery in deliveries.values()})
    locked = lock_gates(session, account_keys)
    opened = select(Attempt).where(col(Attempt.key).in_([one.opened.attempt_key for one in finished]))
    accounts = select(Account).where(col(Account.key).in_(account_keys))
    fresh = {"populate_existing": True}
    return _Books(
        deliveries=deliveries,
        attempts={attempt.key or 0: attempt for attempt in session.exec(opened.execution_options(**fresh))},
        accounts={account.key or 0: account for account in session.exec(accounts.execution_options(**fresh))},
        gates=locked,
        posts=_posts(session, account_keys, finished),
    )


def _posts(session: Session, account_keys: Sequence[int], finished: Sequence[Finished]) -> dict[tuple[int, str], int]:
    ids = {one.answer.platform_post_id for one in finished if isinstance(one.answer, Published)}
    statement = select(Delivery.account_key, Delivery.platform_post_id, Delivery.key).where(
        col(Delivery.account_key).in_(account_keys), col(Delivery.platform_post_id).in_(ids)
    )
    return {(account, post): key or 0 for account, post, key in session.exec(statement) if post} if ids else {}


def _close(session: Session, books: _Books, one: Finished, now: datetime) -> bool:
    claim = one.opened.claim
    delivery = books.deliveries.get(claim.delivery_key)
    attempt = books.attempts[one.opened.attempt_key]
    if delivery is None or delivery.fence != claim.fence or attempt.result != AttemptResult.OPEN:
        log.warning("delivery %s: came back after its claim was taken over", one.opened.publication.delivery_id)
        return False
    gate = books.gates[delivery.account_key]
    delivery.lease_until = delivery.lease_owner = None
    if delivery.state == DeliveryState.SENDING:
        open_gate(gate, delivery)
    if one.behind is not None:
        gates.put_behind(gate, one.behind)
    _write(session, books, delivery, attempt, one, now)
    session.add_all((delivery, gate))
    return True


def _write(session: Session, books: _Books, delivery: Delivery, attempt: Attempt, one: Finished, now: datetime) -> None:
    answer = _settled(books, delivery, one)
    account = books.accounts[delivery.account_key]
    if isinstance(answer, Published):
        _close_published(session, delivery, attempt, answer, now)
        books.published.append(delivery)
        _tell_well(session, account, one)
    elif isinstance(answer, Processing):
        _close_processing(session, delivery, attempt, answer, now)
    elif isinstance(answer, Ready):
        _close_ready(session, delivery, attempt, answer, now)
    elif answer is None:
        attempts.close(session, attempt, AttemptResult.ABSENT, now)
        reconcile.after_absent(session, delivery, attempt, now)
    else:
        error = _understood(session, delivery, answer, one.opened.claim.kind)
        _close_failed(session, delivery, attempt, error, one.opened.claim.kind, now)
        _tell_account(session, account, error, one)
        if error.retry_at and not isinstance(error, SetupUnusable):
            rest_until = delivery.run_at if delivery.state == DeliveryState.WAITING else _at_most(error.retry_at, now)
            open_gate(books.gates[delivery.account_key], delivery, rest_until=rest_until)


def _settled(books: _Books, delivery: Delivery, one: Finished) -> Answer:
    """Two look-ups for the same words may find the same post; the account's gate, locked, lets one have it.

    While another post of the account is being sent, what a look-up has found may be that one: it looks again.
    """
    answer = one.answer
    if not isinstance(answer, Published):
        return answer
    in_flight = books.gates[delivery.account_key].in_flight_key
    if one.opened.claim.kind is AttemptKind.LOOK_UP and in_flight not in (None, delivery.key):
        sentence = "Another post of the account was being sent at that moment; what was found may be that one."
        return ProviderUnavailable(sentence, provider=delivery.provider)
    owner = books.posts.setdefault((delivery.account_key, answer.platform_post_id), delivery.key or 0)
    if owner == delivery.key:
        return answer
    return OutcomeUnknown("The post that was found belongs to another delivery.", provider=delivery.provider)


def _understood(session: Session, delivery: Delivery, error: ProviderError, kind: AttemptKind) -> ProviderError:
    if isinstance(error, AccessExpired) and attempts.last_error_code(session, delivery) == AccessExpired.code:
        return ReconnectRequired(
            "The network calls the access token expired right after it was renewed.", provider=error.provider
        )
    if kind is not AttemptKind.PUBLISH and type(error) is OutcomeUnknown:  # a look changes nothing
        return ProviderUnavailable(error.detail, provider=error.provider, http_status=error.http_status)
    return error


def _at_most(asked: datetime, now: datetime) -> datetime:
    return min(asked, now + MAX_WAIT)


def _close_published(session: Session, delivery: Delivery, attempt: Attempt, answer: Published, now: datetime) -> None:
    attempt.raw_response = answer.raw or None
    attempts.close(session, attempt, AttemptResult.PUBLISHED, now)
    delivery.platform_post_id, delivery.permalink = answer.platform_post_id, answer.permalink
    delivery.raw_response = answer.raw or None
    delivery.error_code = delivery.error_message = delivery.who_acts = None
    delivery.retry_at = delivery.handle = None


def _close_processing(
    session: Session, delivery: Delivery, attempt: Attempt, answer: Processing, now: datetime
) -> None:
    attempts.close(session, attempt, AttemptResult.PROCESSING, now)
    if now - (delivery.begun_at or now) >= MAX_WAIT:  # it says so for ever: what it shows is what counts
        reconcile.begin_looking(session, delivery, now)
        return
    delivery.handle = dict(answer.handle)
    reconcile.look_again(delivery, now, answer.look_again_seconds)
    if delivery.state != DeliveryState.PROCESSING:
        move(session, delivery, DeliveryState.PROCESSING, now)


def _close_ready(session: Session, delivery: Delivery, attempt: Attempt, answer: Ready, now: datetime) -> None:
    """Nothing is public yet: the post itself is a publish of its own, written down before it leaves like every other."""
    attempts.close(session, attempt, AttemptResult.PROCESSING, now)
    delivery.handle = dict(answer.handle)
    delivery.run_at, delivery.retry_at = now, None
    move(session, delivery, DeliveryState.WAITING, now)


def _close_failed(
    session: Session, delivery: Delivery, attempt: Attempt, error: ProviderError, kind: AttemptKind, now: datetime
) -> None:
    attempts.close_failed(session, attempt, error, now)
    if kind is AttemptKind.LOOK_UP:
        reconcile.after_failed_look(session, delivery, error, now)
    elif kind is AttemptKind.RESUME and _may_look_on(delivery, error, now):
        reconcile.look_again(delivery, now, 30.0, error.retry_at)
    else:
        _close_failed_publish(session, delivery, error, now)


def _may_look_on(delivery: Delivery, error: ProviderError, now: datetime) -> bool:
    """What a network works on is looked at again after a failed look, but not for ever."""
    is_in_time = now - (delivery.begun_at or now) < MAX_WAIT
    return is_in_time and TABLE[error.verdict].to is DeliveryState.WAITING


def _close_failed_publish(session: Session, delivery: Delivery, error: ProviderError, now: datetime) -> None:
    delivery.tries += TABLE[error.verdict].uses_a_try
    delivery.handle = None  # what was prepared may be gone by the next try
    following = next_after(error, delivery.tries, delivery.begun_at or now, now)
    delivery.error_code, delivery.error_message = error.code, error.detail
    delivery.who_acts, delivery.raw_response = error.who_acts.value, error.raw or None
    delivery.run_at = following.run_at
    delivery.retry_at = following.run_at if following.state is DeliveryState.WAITING else None
    if following.state is DeliveryState.UNCONFIRMED:
        reconcile.begin_looking(session, delivery, now)
    else:
        move(session, delivery, following.state, now)


def _tell_well(session: Session, account: Account, one: Finished) -> None:
    if account.health != Health.OK and tokens.lock_as_used(session, account, _version(one)):
        tokens.mark_well(session, account)


def _tell_account(session: Session, account: Account, error: ProviderError, one: Finished) -> None:
    is_red = TABLE[error.verdict].account_health
    if not (is_red or isinstance(error, (AccessExpired, AccountBlocked))):
        return
    if not tokens.lock_as_used(session, account, _version(one)):
        return
    if isinstance(error, AccessExpired):
        tokens.mark_stale(session, account)
    elif is_red:
        tokens.mark_health(session, account, Health.NEEDS_RECONNECT, error.detail)
    else:
        tokens.mark_health(session, account, Health.BLOCKED, error.detail)


def _version(one: Finished) -> int:
    return one.version or one.opened.account.credentials_version
