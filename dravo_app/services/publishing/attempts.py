"""Attempts: the record of each conversation with a network, written before it starts and closed once."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from dravo_app.errors import OutcomeUnknown, ProviderError, ProviderUnavailable
from dravo_app.ids import new_id
from dravo_app.models import Attempt, AttemptKind, AttemptResult, Delivery
from dravo_app.services.publishing.claims import Claim


def open_attempt(
    session: Session, delivery: Delivery, claim: Claim, earlier: Sequence[Attempt], sent: str, now: datetime
) -> Attempt:
    """Write down that a conversation is about to begin, after the `earlier` ones; `sent` is kept as a fingerprint.

    Where the answer to a commit was lost and it is asked for once more, the attempt of this very claim is there.
    """
    for attempt in earlier:
        if attempt.result == AttemptResult.OPEN and attempt.fence == claim.fence:
            return attempt
        if attempt.result == AttemptResult.OPEN:
            _close_lost(session, attempt, now)
    attempt = Attempt(
        id=new_id("att", now),
        workspace_key=delivery.workspace_key,
        delivery_key=delivery.key or 0,
        number=len(earlier) + 1,
        fence=claim.fence,
        kind=claim.kind.value,
        fingerprint=hashlib.sha256(sent.encode()).hexdigest(),
        started_at=now,
    )
    session.add(attempt)
    return attempt


def close(session: Session, attempt: Attempt, result: AttemptResult, now: datetime) -> None:
    """Write down how it ended. A closed attempt is never edited."""
    assert attempt.result == AttemptResult.OPEN, f"{attempt.id} is closed already"
    attempt.result, attempt.closed_at = result.value, now
    session.add(attempt)


def close_failed(session: Session, attempt: Attempt, error: ProviderError, now: datetime) -> None:
    """Write down that it ended with an error."""
    attempt.error_code, attempt.error_message = error.code, error.detail
    attempt.http_status, attempt.raw_response = error.http_status, error.raw or None
    close(session, attempt, AttemptResult.FAILED, now)


def close_unsent(session: Session, delivery: Delivery, now: datetime) -> None:
    """Close the attempt, if one is open, whose request never left: its worker stopped before."""
    attempt = _find_open(session, delivery)
    if attempt is not None:
        close_failed(session, attempt, ProviderUnavailable("The worker stopped before anything was sent."), now)


def close_lost(session: Session, delivery: Delivery, now: datetime) -> Attempt | None:
    """Close the attempt that nobody came back from, if there is one."""
    attempt = _find_open(session, delivery)
    if attempt is not None:
        _close_lost(session, attempt, now)
    return attempt


def may_have_made_it(attempt: Attempt) -> bool:
    """Did it end so that nobody knew whether the post is public?"""
    is_unknown = attempt.result == AttemptResult.LOST or attempt.error_code == OutcomeUnknown.code
    return attempt.kind == AttemptKind.PUBLISH and is_unknown


def count_since(session: Session, delivery: Delivery, kind: AttemptKind, since: datetime) -> int:
    """How many conversations of a kind began at or after an instant."""
    counted = select(func.count()).where(
        col(Attempt.delivery_key) == delivery.key, col(Attempt.kind) == kind, col(Attempt.started_at) >= since
    )
    return session.exec(counted).one()


def latest(session: Session, delivery: Delivery, kind: AttemptKind) -> Attempt | None:
    """The latest conversation of a kind."""
    chosen = select(Attempt).where(col(Attempt.delivery_key) == delivery.key, col(Attempt.kind) == kind)
    return session.exec(chosen.order_by(col(Attempt.number).desc())).first()


def last_error_code(session: Session, delivery: Delivery) -> str | None:
    """The error of the latest closed conversation, None where it had none."""
    latest = (
        select(Attempt.error_code)
        .where(col(Attempt.delivery_key) == delivery.key, col(Attempt.result) != AttemptResult.OPEN)
        .order_by(col(Attempt.number).desc())
    )
    return session.exec(latest).first()


def _find_open(session: Session, delivery: Delivery) -> Attempt | None:
    is_open = select(Attempt).where(
        col(Attempt.delivery_key) == delivery.key, col(Attempt.result) == AttemptResult.OPEN
    )
    return session.exec(is_open).first()


def _close_lost(session: Session, attempt: Attempt, now: datetime) -> None:
    attempt.error_code, attempt.error_message = OutcomeUnknown.code, "The worker did not come back."
    close(session, attempt, AttemptResult.LOST, now)
