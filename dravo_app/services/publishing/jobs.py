"""Publish jobs by their public id: the one place that checks whose they are."""

from sqlmodel import Session, col, select

from dravo_app.errors import NotFound
from dravo_app.models import Account, Delivery, PublishJob
from dravo_app.services.caller import Caller


def get_owned_job(session: Session, caller: Caller, job_id: str, *, lock: bool = False) -> PublishJob:
    """The caller's job, locked for a change if asked. Raises NotFound, for another workspace's too."""
    statement = select(PublishJob).where(
        col(PublishJob.id) == job_id.replace("\x00", ""),
        col(PublishJob.workspace_key) == caller.workspace_key,
        col(PublishJob.environment) == caller.environment,
    )
    job = session.exec(statement.with_for_update(key_share=True) if lock else statement).first()
    if job is None:
        raise NotFound("There is no such publish job here.")
    return job


def get_owned_delivery(session: Session, job: PublishJob, account_id: str) -> Delivery:
    """The job's delivery to an account, locked for a change. Raises NotFound."""
    statement = (
        select(Delivery)
        .join(Account, col(Account.key) == col(Delivery.account_key))
        .where(col(Delivery.job_key) == job.key, col(Account.id) == account_id.replace("\x00", ""))
        .with_for_update(of=Delivery, key_share=True)
    )
    delivery = session.exec(statement).first()
    if delivery is None:
        raise NotFound("This publish job has no delivery to that account.")
    return delivery
