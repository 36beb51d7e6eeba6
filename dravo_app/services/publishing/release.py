"""Step 2: what has come due becomes queued: whole scheduled jobs at their time, deliveries that have rested long enough.

Safe to repeat and to lose: the rows are the queue, and whoever runs this takes what is due, whatever Redis remembers.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from dravo_app import clock
from dravo_app.crashpoints import crashpoint
from dravo_app.models import Delivery, DeliveryState, JobStatus, PublishJob
from dravo_app.services import events
from dravo_app.services.publishing.dispatch import IS_CLAIMABLE, IS_SCHEDULED
from dravo_app.services.publishing.lifecycle import move


def release(session: Session, limit: int = 200) -> int:
    """Queue what has come due: whole jobs at once, so that a cancel meets all of a job's deliveries or none."""
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
    keys = [job.key for job in jobs]
    for job in jobs:
        job.status = JobStatus.QUEUED.value
        session.add(job)
        events.record_job(session, job)
    waiting = select(Delivery).where(col(Delivery.job_key).in_(keys), col(Delivery.state) == DeliveryState.SCHEDULED)
    for delivery in session.exec(waiting).all():
        move(session, delivery, DeliveryState.QUEUED, now)
    crashpoint("release_before_commit")
    return len(jobs)


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
        move(session, delivery, DeliveryState.QUEUED, now)
    return len(deliveries)
