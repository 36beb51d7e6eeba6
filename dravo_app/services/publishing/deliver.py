"""Step 4: one claimed delivery, one conversation with its network.

Three parts, and the order is the promise: the attempt is written and COMMITTED before the request leaves; the network is
asked with no transaction open; the answer is written only where the claim's fence still stands. A crash between the first
and the third leaves an open attempt behind, which `reconcile` reads as "it may be public".
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlmodel import Session, col, select

from dravo_app import clock, db
from dravo_app.crashpoints import crashpoint
from dravo_app.errors import (
    AccessExpired,
    AccountBlocked,
    ConfigurationError,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    ReconnectRequired,
    SetupUnusable,
)
from dravo_app.models import (
    Account,
    AccountGate,
    Attempt,
    AttemptKind,
    AttemptResult,
    Delivery,
    DeliveryState,
    Health,
    PublishJob,
)
from dravo_app.providers.base import Provider
from dravo_app.providers.types import Credentials, Json, Outcome, Processing, Publication, Published, Ready
from dravo_app.services import composition, tokens
from dravo_app.services.publishing import attempts, prepare, reconcile
from dravo_app.services.publishing.dispatch import Claim, lock_mine, open_gate
from dravo_app.services.publishing.lease_guard import LeaseGuard
from dravo_app.services.publishing.lifecycle import move
from dravo_app.services.publishing.outcome import MAX_WAIT, TABLE, next_after
from dravo_app.services.publishing.rollup import roll_up

log = logging.getLogger(__name__)

_CLOCKS_DIFFER = timedelta(minutes=10)  # a look-up reaches back a little past our start, by the network's clock
_FILES_ARE_KEPT = timedelta(hours=12)  # networks throw unposted files away, X and Mastodon after a day

Answer = Outcome | ProviderError | None
"""None is a look-up's "not there"."""


@dataclass(frozen=True)
class _Opened:
    """All that the conversation needs, so that it touches no row."""

    attempt_key: int
    job_id: str
    account_key: int
    environment: str
    provider: str
    publication: Publication
    handle: dict[str, object]


def deliver(claim: Claim, guard: LeaseGuard) -> None:
    """Carry one claim through. Opens its own transactions; errors of the network end up on the delivery, not here."""
    opened = db.grouped(lambda session: _open(session, claim))
    if opened is None:
        return
    crashpoint("deliver_attempt_committed")
    with guard.guarding((claim.delivery_key, claim.fence)):
        answer = _converse(claim, opened)
    crashpoint("deliver_answered")
    db.insistently(lambda session: _close(session, claim, opened, answer))
    crashpoint("deliver_closed")


def _open(session: Session, claim: Claim) -> _Opened | None:
    delivery = lock_mine(session, claim)
    if delivery is None:
        return None
    now = clock.now()
    account = session.get_one(Account, delivery.account_key)
    job = session.get_one(PublishJob, delivery.job_key)
    publication = _publication(session, delivery, account, job, now)
    attempt = attempts.open_attempt(session, delivery, claim, publication.text, now)
    delivery.first_tried_at = publication.started_at
    delivery.begun_at = delivery.begun_at or now
    session.add(delivery)
    crashpoint("deliver_before_attempt_commit")
    return _Opened(
        attempt_key=attempt.key or 0,
        job_id=job.id,
        account_key=account.key or 0,
        environment=delivery.environment,
        provider=delivery.provider,
        publication=publication,
        handle=delivery.handle or {},
    )


def _publication(session: Session, delivery: Delivery, account: Account, job: PublishJob, now: datetime) -> Publication:
    others = select(Delivery.platform_post_id).where(
        col(Delivery.account_key) == account.key,
        col(Delivery.key) != delivery.key,
        col(Delivery.platform_post_id).is_not(None),
        col(Delivery.finished_at) >= job.created_at - _CLOCKS_DIFFER,
    )
    named = (job.provider_options, delivery.provider, account.id)
    return Publication(
        delivery_id=delivery.id,
        platform_account_id=account.platform_account_id,
        handle=account.handle,
        text=composition.text_for(job.text, *named),
        options=composition.options_for(*named),
        started_at=delivery.first_tried_at or now,
        is_repeat=delivery.unknown_since is not None,
        taken_post_ids=frozenset(found for found in session.exec(others) if found),
        prepared=_prepared(session, delivery, now),
        media_urls=composition.media_for(job.media_urls, *named),
        alt_texts=composition.alt_texts_for(*named),
        limits=account.own_limits or {},
    )


def _prepared(session: Session, delivery: Delivery, now: datetime) -> dict[str, Json]:
    """What the network has of the post already; nothing, to begin anew, once the account had to rest for very long since."""
    seen = attempts.latest(session, delivery, AttemptKind.RESUME)
    is_old = seen is not None and seen.closed_at is not None and now - seen.closed_at > _FILES_ARE_KEPT
    return {} if is_old else cast(dict[str, Json], delivery.handle or {})


def _converse(claim: Claim, opened: _Opened) -> Answer:
    try:
        return _ask(claim, opened)
    except ProviderError as error:
        return error
    except ConfigurationError as error:
        return SetupUnusable(str(error), provider=opened.provider)
    except Exception:
        log.exception("delivery %s: the %s adapter failed", opened.publication.delivery_id, opened.provider)
        return OutcomeUnknown("Dravo stumbled in the middle of the conversation.", provider=opened.provider)


def _ask(claim: Claim, opened: _Opened) -> Answer:
    provider, credentials = tokens.ready(opened.account_key)
    if claim.kind is AttemptKind.LOOK_UP:
        return provider.look_up(credentials, opened.publication)
    if claim.kind is AttemptKind.RESUME:
        return provider.resume(credentials, opened.publication, opened.handle)  # type: ignore[arg-type]
    with _completed(opened, provider, credentials) as publication:
        crashpoint("deliver_prepared")
        return provider.publish(credentials, publication)


@contextmanager
def _completed(opened: _Opened, provider: Provider, credentials: Credentials) -> Iterator[Publication]:
    with ExitStack() as held:
        try:
            made = prepare.completed(opened.publication, opened.job_id, opened.account_key, provider, credentials)
            publication = held.enter_context(made)
        except (ProviderError, ConfigurationError):
            raise
        except Exception:  # unlike in the middle of a conversation, no byte of the post has left
            log.exception("delivery %s: preparing it failed", opened.publication.delivery_id)
            raise ProviderUnavailable(
                "Dravo stumbled before the post left; nothing was published.", provider=opened.provider
            ) from None
        yield publication


def _close(session: Session, claim: Claim, opened: _Opened, answer: Answer) -> None:
    delivery = lock_mine(session, claim)
    attempt = session.get_one(Attempt, opened.attempt_key, populate_existing=True)
    if delivery is None or attempt.result != AttemptResult.OPEN:
        log.warning("delivery %s: came back after its claim was taken over", opened.publication.delivery_id)
        return
    now = clock.now()
    delivery.lease_until = delivery.lease_owner = None
    if delivery.state == DeliveryState.SENDING:
        open_gate(session, delivery)
    if isinstance(answer, Published) and _answers_for_another(session, delivery, answer):
        answer = OutcomeUnknown("The post that was found belongs to another delivery.", provider=opened.provider)
    if isinstance(answer, Published):
        _close_published(session, delivery, attempt, answer, now)
    elif isinstance(answer, Processing):
        _close_processing(session, delivery, attempt, answer, now)
    elif isinstance(answer, Ready):
        _close_ready(session, delivery, attempt, answer, now)
    elif answer is None:
        attempts.close(session, attempt, AttemptResult.ABSENT, now)
        reconcile.after_absent(session, delivery, attempt, now)
    else:
        _close_failed(session, delivery, attempt, answer, claim, now)
    session.add(delivery)
    roll_up(session, [delivery.job_key], now)
    crashpoint("deliver_before_close_commit")


def _answers_for_another(session: Session, delivery: Delivery, answer: Published) -> bool:
    """Two look-ups for the same words may find the same post; the account's gate, locked, lets one have it.

    A look-up may also take a post whose own delivery is just being told of it: ours is then to be looked up, never sent again.
    """
    session.get(AccountGate, delivery.account_key, with_for_update={"key_share": True})
    other = select(Delivery.key).where(
        col(Delivery.account_key) == delivery.account_key,
        col(Delivery.platform_post_id) == answer.platform_post_id,
        col(Delivery.key) != delivery.key,
    )
    return session.exec(other).first() is not None


def _close_published(session: Session, delivery: Delivery, attempt: Attempt, answer: Published, now: datetime) -> None:
    attempt.raw_response = answer.raw or None
    attempts.close(session, attempt, AttemptResult.PUBLISHED, now)
    delivery.platform_post_id, delivery.permalink = answer.platform_post_id, answer.permalink
    delivery.raw_response = answer.raw or None
    delivery.error_code = delivery.error_message = delivery.who_acts = None
    delivery.retry_at = delivery.handle = None
    move(session, delivery, DeliveryState.PUBLISHED, now)
    tokens.mark_well(session, session.get_one(Account, delivery.account_key))


def _close_processing(
    session: Session, delivery: Delivery, attempt: Attempt, answer: Processing, now: datetime
) -> None:
    attempts.close(session, attempt, AttemptResult.PROCESSING, now)
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
    session: Session, delivery: Delivery, attempt: Attempt, error: ProviderError, claim: Claim, now: datetime
) -> None:
    if isinstance(error, AccessExpired) and attempts.last_error_code(session, delivery) == AccessExpired.code:
        error = ReconnectRequired(
            "The network calls the access token expired right after it was renewed.", provider=error.provider
        )
    if claim.kind is not AttemptKind.PUBLISH and isinstance(error, OutcomeUnknown):
        error = ProviderUnavailable(error.detail, provider=error.provider, http_status=error.http_status)
    attempts.close_failed(session, attempt, error, now)
    _tell_account(session, delivery, error)
    if claim.kind is AttemptKind.LOOK_UP:
        reconcile.after_failed_look(session, delivery, error, now)
    elif claim.kind is AttemptKind.RESUME and _may_look_on(delivery, error, now):
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
    if following.state is DeliveryState.WAITING and error.retry_at and not isinstance(error, SetupUnusable):
        open_gate(session, delivery, rest_until=following.run_at)
    if following.state is DeliveryState.UNCONFIRMED:
        reconcile.begin_looking(session, delivery, now)
    else:
        move(session, delivery, following.state, now)


def _tell_account(session: Session, delivery: Delivery, error: ProviderError) -> None:
    account = session.get_one(Account, delivery.account_key)
    if isinstance(error, AccessExpired):
        tokens.mark_stale(session, account)
    elif TABLE[error.verdict].account_health:
        tokens.mark_health(session, account, Health.NEEDS_RECONNECT, error.detail)
    elif isinstance(error, AccountBlocked):
        tokens.mark_health(session, account, Health.BLOCKED, error.detail)
