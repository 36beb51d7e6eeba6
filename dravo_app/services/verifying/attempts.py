"""I8, and what of I9 the conversations say: numbered, fenced, closed once, at most one that published, recovered in time."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

from sqlmodel import Session, col, select

from dravo_app.models import Attempt, AttemptKind, AttemptResult, DeliveryState
from dravo_app.services.publishing.lifecycle import FINAL
from dravo_app.services.publishing.standstill import LIMITS
from dravo_app.services.verifying.books import Books, Invariant
from dravo_app.services.verifying.rows import AttemptRow, Batch, DeliveryRow
from dravo_app.settings import get_settings

_SLACK_SECONDS = 30.0
_LONGEST_SECONDS = LIMITS[DeliveryState.SENDING].lasting_seconds or 0.0


def check(session: Session, books: Books, batch: Batch) -> None:
    for delivery in batch.deliveries:
        attempts = batch.attempts[delivery.key]
        _check_numbers(books, delivery, attempts)
        _check_results(books, delivery, attempts)
        for attempt in attempts:
            if attempt.result == AttemptResult.LOST and attempt.kind == AttemptKind.PUBLISH and attempt.closed_at:
                _check_recovery(session, books, delivery, attempt, attempt.closed_at)


def _check_numbers(books: Books, delivery: DeliveryRow, attempts: list[AttemptRow]) -> None:
    numbers = [attempt.number for attempt in attempts]
    if numbers != list(range(1, len(attempts) + 1)):
        books.find(Invariant.I9, delivery.id, f"its attempts are numbered {numbers}")
    if any(before.fence >= after.fence for before, after in pairwise(attempts)):
        books.find(Invariant.I9, delivery.id, f"its fences do not grow: {[attempt.fence for attempt in attempts]}")
    if attempts and attempts[-1].fence > delivery.fence:
        books.find(Invariant.I9, delivery.id, f"its fence is {delivery.fence}, an attempt had {attempts[-1].fence}")


def _check_results(books: Books, delivery: DeliveryRow, attempts: list[AttemptRow]) -> None:
    results = Counter(attempt.result for attempt in attempts)
    if delivery.state in FINAL and results[AttemptResult.OPEN]:
        books.find(Invariant.I9, delivery.id, f"is {delivery.state} with an open attempt")
    told = int(delivery.state == "published" and delivery.platform_post_id is not None)
    if results[AttemptResult.PUBLISHED] != told:
        invariant = Invariant.I2 if results[AttemptResult.PUBLISHED] > 1 else Invariant.I9
        books.find(invariant, delivery.id, f"is {delivery.state}, its attempts ended {dict(results)}")
    if any((attempt.closed_at is None) != (attempt.result == AttemptResult.OPEN) for attempt in attempts):
        books.find(Invariant.I9, delivery.id, "has an attempt that is half closed")


def _check_recovery(
    session: Session, books: Books, delivery: DeliveryRow, attempt: AttemptRow, closed_at: datetime
) -> None:
    """When the worker died isn't written anywhere, and while no worker runs nobody can recover anything. What the rows prove: a
    conversation is over within its limit, its lease within another, and who began another attempt after that was there to see.
    """
    books.look(Invariant.I8)
    lasted = (closed_at - attempt.started_at).total_seconds()
    books.longest_recovery_seconds = max(lasted, books.longest_recovery_seconds or 0.0)
    engine = get_settings().engine
    bound = attempt.started_at + timedelta(
        seconds=_LONGEST_SECONDS + engine.lease_seconds + _round(engine.sweep_seconds)
    )
    seen_until = closed_at - timedelta(seconds=_round(engine.sweep_seconds))
    if bound < seen_until and _was_somebody_there(session, attempt.key, bound, seen_until):
        books.find(
            Invariant.I8,
            delivery.id,
            f"attempt {attempt.number} was recovered after {lasted:.0f} s, though a worker lived",
        )


def _round(sweep_seconds: float) -> float:
    return sweep_seconds + _SLACK_SECONDS


def _was_somebody_there(session: Session, after_key: int, begin: datetime, end: datetime) -> bool:
    later = select(Attempt.key).where(
        col(Attempt.key) > after_key, col(Attempt.started_at) >= begin, col(Attempt.started_at) < end
    )
    return session.exec(later.limit(1)).first() is not None
