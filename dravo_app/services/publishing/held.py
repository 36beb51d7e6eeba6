"""Beside step 2: a person lets go what is held, or stops it. Held is what came late and asks, or what a restore made uncertain."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from dravo_app import clock
from dravo_app.errors import Conflict, NotFound
from dravo_app.models import Delivery, DeliveryState, PublishJob
from dravo_app.services import events
from dravo_app.services.caller import Caller
from dravo_app.services.publishing import cancel, wakeup
from dravo_app.services.publishing.jobs import get_owned_job
from dravo_app.services.publishing.lifecycle import move
from dravo_app.services.publishing.rollup import roll_up

OPERATOR = "operator"
"""Who acts where somebody uses the terminal instead of a name."""


@dataclass(frozen=True)
class HeldJob:
    """One line of the operator's list; `reason` is `late` or `restore`."""

    job_id: str
    environment: str
    reason: str
    deliveries: int
    due_at: datetime
    text: str


def let_go(session: Session, caller: Caller, job_id: str) -> PublishJob:
    """Let all held deliveries of a job go: now if they are due, else at their time. Raises NotFound, Conflict if none is held."""
    job = _get_held_job(session, caller, job_id)
    _let_go(session, job, caller.actor)
    return job


def discard(session: Session, caller: Caller, job_id: str) -> PublishJob:
    """Cancel what is held of a job, whatever became of the rest of it. Raises NotFound, Conflict if none is held."""
    job = _get_held_job(session, caller, job_id)
    cancel.stop(session, job, (DeliveryState.HELD,))
    return job


def list_held(session: Session) -> list[HeldJob]:
    """Every job with something held, of all workspaces, in the order in which they were due."""
    statement = (
        select(PublishJob, Delivery)
        .join(Delivery, col(Delivery.job_key) == col(PublishJob.key))
        .where(col(PublishJob.held_at).is_not(None), col(Delivery.state) == DeliveryState.HELD)
        .order_by(col(Delivery.run_at), col(PublishJob.key), col(Delivery.key))
    )
    found: dict[str, HeldJob] = {}
    for job, delivery in session.exec(statement):
        number = found[job.id].deliveries + 1 if job.id in found else 1
        reason, due_at = delivery.state_reason or "", job.scheduled_at or job.created_at
        found[job.id] = HeldJob(job.id, job.environment, reason, number, due_at, job.text)
    return list(found.values())


def let_go_as_operator(session: Session, job_ids: Sequence[str]) -> int:
    """The same for jobs of whichever workspace; how many. Raises NotFound for the first that isn't held."""
    for job in _held(session, job_ids):
        _let_go(session, job, OPERATOR)
    return len(job_ids)


def discard_as_operator(session: Session, job_ids: Sequence[str]) -> int:
    """Stop what is held of these jobs; how many. Raises NotFound for the first that isn't held."""
    for job in _held(session, job_ids):
        cancel.stop(session, job, (DeliveryState.HELD,))
    return len(job_ids)


def _get_held_job(session: Session, caller: Caller, job_id: str) -> PublishJob:
    job = get_owned_job(session, caller, job_id, lock=True)
    if job.held_at is None:
        raise Conflict(f"Nothing of this job is held; it is {job.status}.")
    return job


def _held(session: Session, job_ids: Sequence[str]) -> list[PublishJob]:
    chosen = select(PublishJob).where(col(PublishJob.id).in_(job_ids), col(PublishJob.held_at).is_not(None))
    jobs = list(session.exec(chosen.order_by(col(PublishJob.key)).with_for_update(key_share=True)))
    missing = sorted(set(job_ids) - {job.id for job in jobs})
    if missing:
        raise NotFound(f"{missing[0]} is not held: ./dravo held lists what is.")
    return jobs


def _let_go(session: Session, job: PublishJob, actor: str) -> None:
    now = clock.now()
    held = select(Delivery).where(col(Delivery.job_key) == job.key, col(Delivery.state) == DeliveryState.HELD)
    for delivery in session.exec(held.order_by(col(Delivery.key)).with_for_update(key_share=True)).all():
        events.record_release(session, delivery, actor)
        is_ahead = job.scheduled_at is not None and job.scheduled_at > now
        delivery.state_reason = delivery.error_message = delivery.handle = None
        # as after a retry: a new round of tries, while first_tried_at stays, from which a network's own key is made
        delivery.tries, delivery.begun_at = 0, None
        if is_ahead and job.scheduled_at:
            delivery.run_at = job.scheduled_at
            move(session, delivery, DeliveryState.SCHEDULED, now)
        else:
            delivery.run_at = job.released_at = now
            session.add(job)
            move(session, delivery, DeliveryState.QUEUED, now)
    roll_up(session, [job.key or 0], now)
    wakeup.announce(session)
