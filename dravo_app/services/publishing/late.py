"""Part of steps 2 and 3: Dravo was down at a post's time. Whether it still goes out, is skipped, or waits for a person's answer."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlmodel import Session, col, select

from dravo_app.models import Delivery, DeliveryState, PublishJob, Workspace
from dravo_app.services.publishing.lifecycle import move_all
from dravo_app.settings import get_settings

LATE = "late"
"""The `state_reason` of what was skipped or is held because its time had passed."""


class LatePolicy(StrEnum):
    """What becomes of a post whose time passed while Dravo was down."""

    PUBLISH = "publish"
    SKIP = "skip"
    ASK = "ask"


def late_policies(session: Session, jobs: Sequence[PublishJob], now: datetime) -> dict[int, LatePolicy]:
    """By the jobs' keys: what applies to those among them that are late at `now`."""
    late = [job for job in jobs if _is_late(job, now)]
    keys = {job.workspace_key for job in late if job.late_policy is None}
    chosen = select(Workspace.key, Workspace.late_policy).where(col(Workspace.key).in_(keys))
    defaults = dict(session.exec(chosen).all()) if keys else {}
    return {job.key or 0: LatePolicy(job.late_policy or defaults[job.workspace_key]) for job in late}


def skip(session: Session, jobs: Sequence[PublishJob], deliveries: Sequence[Delivery], now: datetime) -> None:
    """Cancel these deliveries of these jobs, with a sentence; the caller rolls the jobs up."""
    sentences = {job.key or 0: skipped(job, now) for job in jobs}
    for delivery in deliveries:
        delivery.state_reason, delivery.error_message = LATE, sentences[delivery.job_key]
    move_all(session, deliveries, DeliveryState.CANCELED, now)


def ask(session: Session, jobs: Sequence[PublishJob], deliveries: Sequence[Delivery], now: datetime) -> None:
    """Hold these deliveries of these jobs for a person; the caller rolls the jobs up."""
    for delivery in deliveries:
        delivery.state_reason = LATE
    move_all(session, deliveries, DeliveryState.HELD, now)


class Row(Protocol):
    """A publish job, or as much of one as says how late it was taken up."""

    @property
    def scheduled_at(self) -> datetime | None: ...
    @property
    def released_at(self) -> datetime | None: ...


def late_seconds(job: Row) -> int | None:
    """How long after its time it was taken up, where that was late."""
    if job.released_at is None or not _is_late(job, job.released_at):
        return None
    assert job.scheduled_at is not None
    return int((job.released_at - job.scheduled_at).total_seconds())


def skipped(job: PublishJob, now: datetime) -> str:
    """The sentence of what was skipped."""
    due, until = (job.scheduled_at or now).astimezone(UTC), now.astimezone(UTC)
    is_same_day = due.date() == until.date()
    return f"Skipped: it was due {due:%Y-%m-%d %H:%M} UTC and Dravo could not send it until {until:{'%H:%M' if is_same_day else '%Y-%m-%d %H:%M'}} UTC."


def _is_late(job: Row, now: datetime) -> bool:
    return job.scheduled_at is not None and now - job.scheduled_at > timedelta(
        seconds=get_settings().late_after_seconds
    )
