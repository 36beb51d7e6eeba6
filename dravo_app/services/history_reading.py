"""Beside the history: the rows that a page or a receipt tells of, as plain tuples.

Who only reads needs no entities: the ORM makes, follows and answers for each of their fields, which cost a page more than
the database did.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, select
from sqlmodel import Session, col

from dravo_app.models import Account, Delivery, PublishJob


class JobRow(NamedTuple):
    """A publish job's own columns."""

    key: int
    id: str
    status: str
    text: str
    media_urls: list[str]
    job_metadata: dict[str, str]
    author: str
    late_policy: str | None
    scheduled_at: datetime | None
    held_at: datetime | None
    released_at: datetime | None
    created_at: datetime
    finished_at: datetime | None


class DeliveryRow(NamedTuple):
    """A delivery's columns, and what is told of its account."""

    key: int
    id: str
    job_key: int
    account_key: int
    provider: str
    state: str
    state_reason: str | None
    run_at: datetime
    changed_at: datetime
    lease_until: datetime | None
    fence: int
    first_tried_at: datetime | None
    unknown_since: datetime | None
    platform_post_id: str | None
    permalink: str | None
    error_code: str | None
    error_message: str | None
    who_acts: str | None
    retry_at: datetime | None
    raw_response: str | None
    finished_at: datetime | None
    account_id: str
    account_handle: str
    account_health: str


_JOB: tuple[Any, ...] = tuple(getattr(PublishJob, name) for name in JobRow._fields)
_OF_ACCOUNT = (Account.id, Account.handle, Account.health)
_OWN = DeliveryRow._fields[: -len(_OF_ACCOUNT)]
_DELIVERY: tuple[Any, ...] = (*(getattr(Delivery, name) for name in _OWN), *_OF_ACCOUNT)


def read_jobs(session: Session, keys: Select[Any], *order: ColumnElement[Any]) -> list[JobRow]:
    """The jobs with these keys, in that order, then newest first."""
    statement = select(*_JOB).where(col(PublishJob.key).in_(keys)).order_by(*order, col(PublishJob.key).desc())
    return [JobRow._make(row) for row in session.execute(statement)]


def row_of(job: PublishJob) -> JobRow:
    """The same of a job that has been read already."""
    return JobRow._make(getattr(job, name) for name in JobRow._fields)


def read_deliveries(session: Session, job_keys: Sequence[int]) -> list[DeliveryRow]:
    """Every delivery of these jobs, in the order in which they were asked for."""
    statement = (
        select(*_DELIVERY)
        .join(Account, col(Account.key) == col(Delivery.account_key))
        .where(col(Delivery.job_key).in_(job_keys))
        .order_by(col(Delivery.key))
    )
    return [DeliveryRow._make(row) for row in session.execute(statement)]
