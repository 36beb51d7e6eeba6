"""Beside step 2: the database has gone back in time, so what it calls due may have gone out already: it waits for a person.

What is due, queued or waiting becomes held, and what was held for being late is held for this. What was under way is looked up as ever, read-only, and marked: if it turns out
absent, `release` holds it instead of sending it again.
"""

import logging
from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, and_, col, not_, or_, select

from dravo_app import clock, db
from dravo_app.errors import Conflict
from dravo_app.models import Delivery, DeliveryState, PublishJob
from dravo_app.services.publishing import reconcile, watermark
from dravo_app.services.publishing.dispatch import IS_CLAIMABLE, IS_SCHEDULED
from dravo_app.services.publishing.lifecycle import IN_FLIGHT, move
from dravo_app.services.publishing.rollup import roll_up
from dravo_app.services.publishing.watermark import RESTORED

log = logging.getLogger(__name__)

_JOBS_AT_ONCE = 500
_OUTDATES = 1000  # more claims of one delivery than the lost time can have seen
_BEGUN = (DeliveryState.QUEUED, DeliveryState.WAITING)


def hold_restored() -> None:
    """For the ticker, where the watermark shows that the database has gone back: hold, and say so in the log."""
    log.error(
        "the database has gone back in time, as after a restore from a backup: %d deliveries that were due are held, since "
        "they may have gone out already. ./dravo held lists them.",
        hold_all(),
    )


def hold_all() -> int:
    """Hold every delivery that may have been sent in the time that was lost; how many. Opens a transaction per batch.

    Raises Conflict where others are at the same posts. Nothing is claimed on this host until the last batch is through, also where it is broken off and begun again.
    """
    held = 0
    while True:
        with db.transaction() as session:
            batch, is_last = _hold_batch(session)
        held += batch
        if is_last:
            return held
        if not batch:  # another transaction has the rest in its hands: the next round finds it
            raise Conflict("Some posts that are due are being changed by somebody else right now; run it again.")


def _hold_batch(session: Session) -> tuple[int, bool]:
    now = clock.now()
    jobs = select(PublishJob.key).where(_may_have_gone_out(now)).order_by(col(PublishJob.key)).limit(_JOBS_AT_ONCE)
    keys = session.exec(jobs.with_for_update(skip_locked=True, key_share=True)).all()
    is_held_for_this = and_(
        col(Delivery.state) == DeliveryState.HELD, col(Delivery.state_reason).is_not_distinct_from(RESTORED)
    )
    chosen = select(Delivery).where(
        col(Delivery.job_key).in_(keys), col(Delivery.state).in_(_HOLDABLE), not_(is_held_for_this)
    )
    deliveries = session.exec(chosen.with_for_update(skip_locked=True, key_share=True)).all()
    for delivery in deliveries:
        _hold(session, delivery, now)
    roll_up(session, [key for key in keys if key], now)
    is_last = session.exec(select(PublishJob.key).where(_may_have_gone_out(now)).limit(1)).first() is None
    if is_last:
        _mark_in_flight(session)
        watermark.accept(session)
    return len(deliveries), is_last


_HOLDABLE = (DeliveryState.SCHEDULED, *_BEGUN, DeliveryState.HELD)


def _may_have_gone_out(now: datetime) -> ColumnElement[bool]:
    due = select(PublishJob.key).where(IS_SCHEDULED, col(PublishJob.scheduled_at) <= now)
    begun = select(Delivery.job_key).where(IS_CLAIMABLE, col(Delivery.state).in_(_BEGUN))
    held = (  # for another reason, as being late: somebody may have let it go in the time that was lost
        select(Delivery.job_key)
        .join(PublishJob, col(PublishJob.key) == col(Delivery.job_key))
        .where(col(PublishJob.held_at).is_not(None), col(Delivery.state) == DeliveryState.HELD)
        .where(col(Delivery.state_reason).is_distinct_from(RESTORED))
    )
    return or_(*(col(PublishJob.key).in_(keys) for keys in (due, begun, held)))


def _hold(session: Session, delivery: Delivery, now: datetime) -> None:
    if delivery.state != DeliveryState.SCHEDULED:
        delivery.fence += _OUTDATES  # whoever claimed it in the time that was lost can't write into this one
    delivery.state_reason = RESTORED
    delivery.error_code = delivery.error_message = delivery.who_acts = delivery.retry_at = None
    if delivery.state != DeliveryState.HELD:
        move(session, delivery, DeliveryState.HELD, now)


def _mark_in_flight(session: Session) -> None:
    working = select(Delivery).where(col(Delivery.state) == DeliveryState.PROCESSING)
    for delivery in session.exec(working.with_for_update(key_share=True)):
        # It may have been posted in the time that was lost: what the account shows counts, not what is told of its media.
        reconcile.begin_looking(session, delivery, clock.now())
    session.flush()
    marked = update(Delivery).where(col(Delivery.state).in_(IN_FLIGHT))
    session.connection().execute(
        marked.values(
            state_reason=RESTORED, fence=col(Delivery.fence) + _OUTDATES, lease_owner=None, lease_until=clock.now()
        )
    )
