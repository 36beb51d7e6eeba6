"""What may be stopped: a job before its time, what is held, or what an account that is disconnected still had before it."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, select

from dravo_app import clock
from dravo_app.errors import Conflict, WhoActs
from dravo_app.models import Account, Delivery, DeliveryState, JobStatus, PublishJob
from dravo_app.services.caller import Caller
from dravo_app.services.publishing.jobs import get_owned_job
from dravo_app.services.publishing.lifecycle import move
from dravo_app.services.publishing.rollup import roll_up

STOPPABLE = (DeliveryState.SCHEDULED, DeliveryState.HELD)
"""Nothing of it has been sent yet."""


def cancel(session: Session, caller: Caller, job_id: str) -> PublishJob:
    """Cancel a job whose status is scheduled, held or not. Raises NotFound, Conflict once it is queued or later.

    Release and cancel both lock the job's row first, so exactly one of them wins.
    """
    job = get_owned_job(session, caller, job_id, lock=True)
    if job.status != JobStatus.SCHEDULED:
        also = "" if job.held_at is None else " What is held of it can be discarded."
        raise Conflict(f"Only a scheduled job can be canceled; this one is {job.status}.{also}")
    stop(session, job)
    return job


def stop(session: Session, job: PublishJob, states: Collection[DeliveryState] = STOPPABLE) -> None:
    """Cancel what of the job, whose row is locked, is in one of these states: scheduled or held."""
    now = clock.now()
    for delivery in _stoppable(session, col(Delivery.job_key) == job.key):
        if delivery.state not in states:
            continue
        move(session, delivery, DeliveryState.CANCELED, now)
    roll_up(session, [job.key or 0], now)


def stop_for_account(session: Session, account: Account) -> list[str]:
    """Cancel the scheduled deliveries of an account that is being disconnected; the ids of the jobs they belong to."""
    now = clock.now()
    jobs = _lock_jobs(session, account)
    for delivery in _stoppable(session, col(Delivery.account_key) == account.key):
        _explain(delivery, now)
        move(session, delivery, DeliveryState.CANCELED, now)
    roll_up(session, [job.key or 0 for job in jobs], now)
    return [job.id for job in jobs]


def _lock_jobs(session: Session, account: Account) -> list[PublishJob]:
    # the same order as release and cancel: the job first, then its deliveries
    affected = select(Delivery.job_key).where(
        col(Delivery.account_key) == account.key, col(Delivery.state).in_(STOPPABLE)
    )
    statement = select(PublishJob).where(col(PublishJob.key).in_(affected))
    return list(session.exec(statement.order_by(col(PublishJob.key)).with_for_update(key_share=True)))


def _stoppable(session: Session, which: object) -> list[Delivery]:
    statement = select(Delivery).where(which, col(Delivery.state).in_(STOPPABLE))  # type: ignore[arg-type]
    return list(session.exec(statement.with_for_update(key_share=True).execution_options(populate_existing=True)))


def _explain(delivery: Delivery, now: datetime) -> None:
    delivery.error_code = "account_disconnected"
    delivery.error_message = "The account was disconnected before the time came."
    delivery.who_acts = WhoActs.NOBODY.value
