"""Step 7: the status of a publish job is a pure function of its deliveries; here it is worked out and kept on the row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, update
from sqlalchemy import select as select_columns  # SQLModel's own knows up to four
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select

from dravo_app.models import Delivery, DeliveryState, JobStatus, PublishJob
from dravo_app.services import events
from dravo_app.services.events import JobChange
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
    A job's texts and options are not read: only the columns that follow from its deliveries.
    """
    keys = sorted(set(job_keys))
    session.flush()
    statement = select_columns(*_COLUMNS).where(col(PublishJob.key).in_(keys)).order_by(col(PublishJob.key))
    locked = session.connection().execute(statement.with_for_update(key_share=True)).all()
    states: dict[int, list[tuple[str, int]]] = {key: [] for key in keys}
    columns = select(Delivery.job_key, Delivery.state, Delivery.fence).where(col(Delivery.job_key).in_(keys))
    for job_key, state, fence in session.exec(columns):
        states[job_key].append((state, fence))
    changes = [change for job in map(_Job._make, locked) if (change := _change(job, states[job.key], now))]
    _write(session, changes)
    events.record_jobs(session, [change.event for change in changes if change.event])


_COLUMNS = (
    col(PublishJob.key),
    col(PublishJob.workspace_key),
    col(PublishJob.environment),
    col(PublishJob.status),
    col(PublishJob.held_at),
    col(PublishJob.finished_at),
)


class _Job(NamedTuple):
    """What a job's row says before."""

    key: int
    workspace_key: int
    environment: str
    status: str
    held_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class _Change:
    """What a job's row becomes; `event` None where the status stays."""

    key: int
    values: Mapping[str, object]
    event: JobChange | None


def _change(job: _Job, states: Sequence[tuple[str, int]], now: datetime) -> _Change | None:
    status, is_held = status_of(states).value, any(state == DeliveryState.HELD for state, _ in states)
    held_at = (job.held_at or now) if is_held else None
    if status == job.status:
        values = {"status": status, "held_at": held_at, "finished_at": job.finished_at}
        return None if held_at == job.held_at else _Change(job.key, values, None)
    finished_at = now if status in _FINAL_JOB else None
    event = JobChange(job.key, job.workspace_key, job.environment, status)
    return _Change(job.key, {"status": status, "held_at": held_at, "finished_at": finished_at}, event)


def _write(session: Session, changes: Sequence[_Change]) -> None:
    if not changes:
        return
    rows = [{"job": change.key, **{f"to_{name}": value for name, value in change.values.items()}} for change in changes]
    session.connection().execute(_UPDATE, rows)
    for change in changes:  # where the session has it as an object, that says the same as its row
        job = session.identity_map.get(session.identity_key(PublishJob, change.key))
        for name, value in change.values.items() if job is not None else ():
            set_committed_value(job, name, value)


_UPDATE = (
    update(PublishJob)
    .where(col(PublishJob.key) == bindparam("job"))
    .values(status=bindparam("to_status"), held_at=bindparam("to_held_at"), finished_at=bindparam("to_finished_at"))
)
