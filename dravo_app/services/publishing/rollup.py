"""Step 7: the status of a publish job is a pure function of its deliveries; here it is worked out and kept on the row."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from dravo_app.models import Delivery, DeliveryState, JobStatus, PublishJob
from dravo_app.services import events
from dravo_app.services.publishing.lifecycle import shown

_FINAL_JOB = frozenset({JobStatus.PUBLISHED, JobStatus.PARTIAL, JobStatus.FAILED, JobStatus.CANCELED})


def status_of(deliveries: Iterable[tuple[str, int]]) -> JobStatus:
    """The job's status from each delivery's state and fence. Canceled ones count only where nothing else is left."""
    words = {shown(state, fence) for state, fence in deliveries}
    moving = words - {DeliveryState.CANCELED}
    for only in (JobStatus.SCHEDULED, JobStatus.QUEUED, JobStatus.FAILED):
        if moving == {only.value}:
            return only
    if not moving:
        return JobStatus.CANCELED
    if moving & {"scheduled", "queued", "processing"}:
        return JobStatus.PROCESSING
    return JobStatus.PUBLISHED if words == {"published"} else JobStatus.PARTIAL


def roll_up(session: Session, job_keys: Iterable[int], now: datetime) -> None:
    """Bring these jobs' statuses in line with their deliveries, and write an event for each that changed.

    The job rows are locked first, in key order: of two workers closing the last two deliveries, the second sees both. The
    lock lets foreign keys pass (`key_share`): events of the same job are written meanwhile, and would deadlock otherwise.
    """
    keys = sorted(set(job_keys))
    session.flush()
    statement = select(PublishJob).where(col(PublishJob.key).in_(keys)).order_by(col(PublishJob.key))
    jobs = session.exec(statement.with_for_update(key_share=True).execution_options(populate_existing=True)).all()
    states: dict[int, list[tuple[str, int]]] = {key: [] for key in keys}
    columns = select(Delivery.job_key, Delivery.state, Delivery.fence).where(col(Delivery.job_key).in_(keys))
    for job_key, state, fence in session.exec(columns):
        states[job_key].append((state, fence))
    for job in jobs:
        _set_held(session, job, any(state == DeliveryState.HELD for state, _ in states[job.key or 0]), now)
        _set_status(session, job, status_of(states[job.key or 0]), now)


def _set_held(session: Session, job: PublishJob, is_held: bool, now: datetime) -> None:
    if is_held != (job.held_at is not None):
        job.held_at = now if is_held else None
        session.add(job)


def _set_status(session: Session, job: PublishJob, status: JobStatus, now: datetime) -> None:
    if job.status == status.value:
        return
    job.status = status.value
    job.finished_at = now if status in _FINAL_JOB else None
    session.add(job)
    events.record_job(session, job)
