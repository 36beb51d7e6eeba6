"""Rows of the history, written straight into the database: for tests of reading."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from dravo_app.ids import new_id
from dravo_app.models import Account, Delivery, PublishJob, Workspace, bits_of
from dravo_app.services import search

BEGIN = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)


def add_account(session: Session, handle: str, provider: str = "x", environment: str = "test") -> Account:
    """An account without credentials."""
    account = Account(
        id=new_id("acc"),
        workspace_key=1,
        environment=environment,
        provider=provider,
        platform_account_id=f"{provider}-{handle}",
        handle=handle,
        credentials_sealed="",
        created_at=BEGIN,
    )
    session.add(account)
    session.flush()
    return account


def add_job(
    session: Session,
    text: str,
    accounts: Sequence[Account] = (),
    *,
    status: str = "published",
    minute: float = 0,
    scheduled_at: datetime | None = None,
    environment: str = "test",
) -> PublishJob:
    """A job made `minute` minutes after BEGIN, with a delivery per account."""
    at = BEGIN + timedelta(minutes=minute)
    job = PublishJob(
        id=new_id("job", at),
        workspace_key=1,
        environment=environment,
        status=status,
        networks=bits_of(account.provider for account in accounts),
        text=text,
        search_text=search.normalise(text),
        author="usr_tester",
        scheduled_at=scheduled_at,
        created_at=at,
    )
    session.add(job)
    session.flush()
    for account in accounts:
        session.add(_delivery(job, account, at))
    return job


def _delivery(job: PublishJob, account: Account, at: datetime) -> Delivery:
    return Delivery(
        id=new_id("dlv", at),
        workspace_key=1,
        environment=job.environment,
        job_key=job.key or 0,
        account_key=account.key or 0,
        provider=account.provider,
        state=job.status if job.status in ("published", "scheduled") else "failed",
        run_at=job.scheduled_at or at,
        created_at=at,
        changed_at=at,
        finished_at=None if job.status == "scheduled" else at,
    )


def add_workspace(session: Session) -> int:
    """Another workspace's key."""
    workspace = Workspace(id=new_id("ws"), name="Another", created_at=BEGIN)
    session.add(workspace)
    session.flush()
    return workspace.key or 0
