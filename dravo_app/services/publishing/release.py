"""Step 2: what has come due becomes queued: whole scheduled jobs at their time, deliveries that have rested long enough.

Safe to repeat and to lose: the rows are the queue, and whoever runs this takes what is due, whatever Redis remembers.
Workspaces take turns, so that one's flood delays nobody else's post; within a workspace the order is that of time.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from dravo_app import clock
from dravo_app.crashpoints import crashpoint
from dravo_app.models import Delivery, DeliveryState, JobStatus, PublishJob
from dravo_app.services import events
from dravo_app.services.events import JobChange
from dravo_app.services.publishing import late, watermark
from dravo_app.services.publishing.dispatch import IS_SCHEDULED
from dravo_app.services.publishing.late import LatePolicy, late_policies
from dravo_app.services.publishing.lifecycle import move_all
from dravo_app.services.publishing.rollup import roll_up
from dravo_app.services.publishing.turns import Line, whose_turn
from dravo_app.services.publishing.watermark import RESTORED

_MOST_DELIVERIES = 500  # of scheduled jobs in one transaction: on SQLite nobody else can write meanwhile


def release(session: Session, limit: int = 200) -> int:
    """Queue what has come due: whole jobs at once, so that a cancel meets all of a job's deliveries or none.

    At most `limit` jobs, of about 500 deliveries, and as many deliveries that have rested; the next call takes the next.
    What comes late because nobody was there follows its late policy. Nothing is released from a database that has gone back
    in time before `restored` has held what may have gone out already.
    """
    if watermark.is_behind(session):
        return 0
    now = clock.now()
    return _release_jobs(session, now, limit) + _requeue_rested(session, now, limit)


def _release_jobs(session: Session, now: datetime, limit: int) -> int:
    keys = _within_bounds(session, _due_jobs(session, now, limit), limit)
    if not keys:
        return 0
    chosen = select(PublishJob).where(col(PublishJob.key).in_(keys), IS_SCHEDULED).order_by(col(PublishJob.key))
    locked = chosen.with_for_update(skip_locked=True, key_share=True)  # a cancel that got there first keeps the job
    jobs = sorted(
        session.exec(locked.execution_options(populate_existing=True)), key=lambda job: keys.index(job.key or 0)
    )
    policies = late_policies(session, jobs, now)
    deliveries = _scheduled_of(session, [job.key or 0 for job in jobs])
    for policy, act in _LATE.items():
        some = [job for job in jobs if policies.get(job.key or 0, LatePolicy.PUBLISH) is policy]
        if some:
            act(session, some, [one for job in some for one in deliveries[job.key or 0]], now)
    stopped = [job.key or 0 for job in jobs if job.released_at != now]
    if stopped:
        roll_up(session, stopped, now)
    crashpoint("release_before_commit")
    return len(jobs)


class _Due(NamedTuple):
    """A job whose time has come."""

    key: int
    workspace_key: int


def _due_jobs(session: Session, now: datetime, limit: int) -> list[_Due]:
    """More than can be taken now, or all there is. Behind one workspace's flood somebody else's may stand.

    Nothing is locked yet: what isn't taken must be free for who comes next, else that one passes it by for what is due later.
    """
    oldest = _oldest(session, now, limit + 1)
    if len(oldest) <= limit:
        return oldest
    flooding = {job.workspace_key for job in oldest}
    others = [key for key in whose_turn(session, _SCHEDULED, now) if key not in flooding]
    share = max(1, limit // (len(others) + 1))
    return [job for key in others for job in _oldest(session, now, share, key)] + oldest


def _oldest(session: Session, now: datetime, limit: int, workspace_key: int | None = None) -> list[_Due]:
    """Of one workspace or of all."""
    due = select(PublishJob.key, PublishJob.workspace_key).where(IS_SCHEDULED, col(PublishJob.scheduled_at) <= now)
    if workspace_key is None:
        due = due.order_by(col(PublishJob.scheduled_at))
    else:
        due = due.where(_SCHEDULED.is_due(workspace_key, now)).order_by(*_SCHEDULED.order)
    return [_Due(key or 0, owner) for key, owner in session.exec(due.limit(limit))]


def _within_bounds(session: Session, due: Sequence[_Due], limit: int) -> list[int]:
    """The jobs to take now: always the next one of the workspace that has been given the fewest deliveries so far.

    At least one job, whatever its size, as it can't be divided.
    """
    sizes = _sizes(session, [job.key for job in due])
    given: dict[int, int] = defaultdict(int)
    before: dict[int, int] = {}
    for job in due:
        before[job.key] = given[job.workspace_key]
        given[job.workspace_key] += sizes[job.key]
    keys: list[int] = []
    total = 0
    for key in sorted(before, key=before.__getitem__)[:limit]:
        total += sizes[key]
        if keys and total > _MOST_DELIVERIES:
            break
        keys.append(key)
    return keys


def _sizes(session: Session, keys: Sequence[int]) -> dict[int, int]:
    """How many deliveries each job has; 1 at least."""
    counts = (
        select(Delivery.job_key, func.count()).where(col(Delivery.job_key).in_(keys)).group_by(col(Delivery.job_key))
    )
    return dict.fromkeys(keys, 1) | dict(session.exec(counts).all() if keys else ())


def _scheduled_of(session: Session, job_keys: Sequence[int]) -> dict[int, list[Delivery]]:
    found: dict[int, list[Delivery]] = {key: [] for key in job_keys}
    scheduled = (
        select(Delivery)
        .where(col(Delivery.job_key).in_(job_keys), col(Delivery.state) == DeliveryState.SCHEDULED)
        .order_by(col(Delivery.job_key), col(Delivery.key))
        .execution_options(populate_existing=True)
    )
    for delivery in session.exec(scheduled):
        found[delivery.job_key].append(delivery)
    return found


def _take_up(session: Session, jobs: Sequence[PublishJob], deliveries: Sequence[Delivery], now: datetime) -> None:
    for job in jobs:
        job.status, job.released_at = JobStatus.QUEUED.value, now
    session.add_all(jobs)
    events.record_jobs(session, [JobChange(j.key or 0, j.workspace_key, j.environment, j.status) for j in jobs])
    move_all(session, deliveries, DeliveryState.QUEUED, now)


_LATE = {LatePolicy.PUBLISH: _take_up, LatePolicy.SKIP: late.skip, LatePolicy.ASK: late.ask}


def _requeue_rested(session: Session, now: datetime, limit: int) -> int:
    rested: list[Delivery] = []
    turns = whose_turn(session, _WAITING, now)[:limit]
    for number, workspace_key in enumerate(turns):  # what one leaves of its share is shared by those after it
        share = (limit - len(rested)) // (len(turns) - number)
        rested += _lock_rested(session, now, share, workspace_key)
    # held: provably absent, but only a person sends it after a restore
    held = [delivery for delivery in rested if delivery.state_reason == RESTORED]
    move_all(session, [one for one in rested if one.state_reason != RESTORED], DeliveryState.QUEUED, now)
    if held:
        move_all(session, held, DeliveryState.HELD, now)
        roll_up(session, [delivery.job_key for delivery in held], now)
    return len(rested)


def _lock_rested(session: Session, now: datetime, limit: int, workspace_key: int) -> Sequence[Delivery]:
    rested = (
        select(Delivery)
        .where(_IS_WAITING, _WAITING.is_due(workspace_key, now))
        .order_by(*_WAITING.order)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return session.exec(rested.execution_options(populate_existing=True)).all()


# Written out, not bound, as in `dispatch`: the conditions of the indexes.
_IS_WAITING = text("delivery.state = 'waiting'")
_SCHEDULED = Line("publish_job", "scheduled_at", IS_SCHEDULED)
_WAITING = Line("delivery", "run_at", _IS_WAITING)
