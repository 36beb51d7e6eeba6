"""Step 2: what has come due becomes queued: whole scheduled jobs at their time, deliveries that have rested long enough.

Safe to repeat and to lose: the rows are the queue, and whoever runs this takes what is due, whatever Redis remembers.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from dravo_app import clock
from dravo_app.crashpoints import crashpoint
from dravo_app.models import Delivery, DeliveryState, JobStatus, PublishJob
from dravo_app.services import events
from dravo_app.services.publishing import watermark
from dravo_app.services.publishing.dispatch import IS_CLAIMABLE, IS_SCHEDULED
from dravo_app.services.publishing.late import LATE, LatePolicy, late_policies, skipped
from dravo_app.services.publishing.lifecycle import move
from dravo_app.services.publishing.rollup import roll_up
from dravo_app.services.publishing.watermark import RESTORED


def release(session: Session, limit: int = 200) -> int:
    """Queue what has come due: whole jobs at once, so that a cancel meets all of a job's deliveries or none.

    What comes late because nobody was there follows its late policy. Nothing is released from a database that has gone back
    in time before `restored` has held what may have gone out already.
    """
    if watermark.is_behind(session):
        return 0
    now = clock.now()
    return _release_jobs(session, now, limit) + _requeue_rested(session, now, limit)


def _release_jobs(session: Session, now: datetime, limit: int) -> int:
    due = (
        select(PublishJob)
        .where(IS_SCHEDULED, col(PublishJob.scheduled_at) <= now)
        .order_by(col(PublishJob.scheduled_at))
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)  # a cancel that got there first keeps the job
    )
    jobs = session.exec(due).all()
    if not jobs:
        return 0
    policies = late_policies(session, jobs, now)
    deliveries = _scheduled_of(session, jobs)
    for job in jobs:
        act = _LATE.get(policies.get(job.key or 0, LatePolicy.PUBLISH), _take_up)
        act(session, job, deliveries[job.key or 0], now)
    crashpoint("release_before_commit")
    return len(jobs)


def _scheduled_of(session: Session, jobs: Sequence[PublishJob]) -> dict[int, list[Delivery]]:
    found: dict[int, list[Delivery]] = {job.key or 0: [] for job in jobs}
    scheduled = select(Delivery).where(col(Delivery.job_key).in_(found), col(Delivery.state) == DeliveryState.SCHEDULED)
    for delivery in session.exec(scheduled):
        found[delivery.job_key].append(delivery)
    return found


def _take_up(session: Session, job: PublishJob, deliveries: list[Delivery], now: datetime) -> None:
    job.status, job.released_at = JobStatus.QUEUED.value, now
    session.add(job)
    events.record_job(session, job)
    for delivery in deliveries:
        move(session, delivery, DeliveryState.QUEUED, now)


def _skip(session: Session, job: PublishJob, deliveries: list[Delivery], now: datetime) -> None:
    for delivery in deliveries:
        delivery.state_reason, delivery.error_message = LATE, skipped(job, now)
        move(session, delivery, DeliveryState.CANCELED, now)
    roll_up(session, [job.key or 0], now)


def _ask(session: Session, job: PublishJob, deliveries: list[Delivery], now: datetime) -> None:
    for delivery in deliveries:
        delivery.state_reason = LATE
        move(session, delivery, DeliveryState.HELD, now)
    roll_up(session, [job.key or 0], now)


_LATE = {LatePolicy.SKIP: _skip, LatePolicy.ASK: _ask}


def _requeue_rested(session: Session, now: datetime, limit: int) -> int:
    rested = (
        select(Delivery)
        .where(IS_CLAIMABLE, col(Delivery.state) == DeliveryState.WAITING, col(Delivery.run_at) <= now)
        .order_by(col(Delivery.run_at))
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    deliveries = session.exec(rested).all()
    for delivery in deliveries:
        is_held = delivery.state_reason == RESTORED  # provably absent, but only a person sends it after a restore
        move(session, delivery, DeliveryState.HELD if is_held else DeliveryState.QUEUED, now)
    held = [delivery.job_key for delivery in deliveries if delivery.state == DeliveryState.HELD]
    if held:
        roll_up(session, held, now)
    return len(deliveries)
