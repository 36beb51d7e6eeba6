"""Reads the database in batches of whole jobs, each with all that belongs to it, so that any size fits in little memory."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from dravo_app.models import Account, Attempt, Delivery, Event, PublishJob

_JOBS_AT_A_TIME = 200  # of up to 100 deliveries each


class JobRow(NamedTuple):
    key: int
    id: str
    status: str
    text: str
    provider_options: dict[str, object]
    finished_at: datetime | None


class DeliveryRow(NamedTuple):
    key: int
    id: str
    environment: str
    job_key: int
    account_key: int
    provider: str
    state: str
    state_reason: str | None
    run_at: datetime
    lease_until: datetime | None
    lease_owner: str | None
    fence: int
    platform_post_id: str | None
    error_code: str | None
    error_message: str | None
    who_acts: str | None
    raw_response: str | None
    changed_at: datetime
    finished_at: datetime | None


class AttemptRow(NamedTuple):
    key: int
    delivery_key: int
    id: str
    number: int
    fence: int
    kind: str
    result: str
    error_message: str | None
    raw_response: str | None
    started_at: datetime
    closed_at: datetime | None


class EventRow(NamedTuple):
    id: str
    job_key: int
    delivery_key: int | None
    type: str
    details: dict[str, object]


class AccountRow(NamedTuple):
    key: int
    id: str
    environment: str
    provider: str
    handle: str
    created_at: datetime


@dataclass
class Batch:
    """Some jobs with everything of theirs; `told` are a delivery's own events, `of_jobs` a job's, in the order they were written."""

    jobs: dict[int, JobRow]
    accounts: dict[int, AccountRow]
    deliveries: list[DeliveryRow]
    attempts: dict[int, list[AttemptRow]] = field(default_factory=lambda: defaultdict(list))
    told: dict[int, list[EventRow]] = field(default_factory=lambda: defaultdict(list))
    of_jobs: dict[int, list[EventRow]] = field(default_factory=lambda: defaultdict(list))


def read_batches(session: Session) -> Iterator[Batch]:
    """All jobs, oldest first."""
    after = 0
    while jobs := _jobs(session, after):
        yield _batch(session, jobs)
        after = jobs[-1].key


def read_accounts(session: Session, environment: str) -> Iterator[AccountRow]:
    """All accounts of an environment."""
    after = 0
    while accounts := _accounts(session, after, environment):
        yield from accounts
        after = accounts[-1].key


def _batch(session: Session, jobs: list[JobRow]) -> Batch:
    keys = [job.key for job in jobs]
    deliveries = _deliveries(session, keys)
    found = Batch(
        {job.key: job for job in jobs}, _accounts_of(session, {one.account_key for one in deliveries}), deliveries
    )
    for attempt in _attempts(session, keys):
        found.attempts[attempt.delivery_key].append(attempt)
    for event in _events(session, keys):
        if event.delivery_key is None:
            found.of_jobs[event.job_key].append(event)
        else:
            found.told[event.delivery_key].append(event)
    return found


def _jobs(session: Session, after: int) -> list[JobRow]:
    columns = [col(getattr(PublishJob, name)) for name in JobRow._fields]
    statement = select(*columns).where(col(PublishJob.key) > after).order_by(col(PublishJob.key))
    return [JobRow(*row) for row in session.connection().execute(statement.limit(_JOBS_AT_A_TIME))]


def _deliveries(session: Session, job_keys: Collection[int]) -> list[DeliveryRow]:
    columns = [col(getattr(Delivery, name)) for name in DeliveryRow._fields]
    statement = select(*columns).where(col(Delivery.job_key).in_(job_keys)).order_by(col(Delivery.key))
    return [DeliveryRow(*row) for row in session.connection().execute(statement)]


def _attempts(session: Session, job_keys: Collection[int]) -> list[AttemptRow]:
    columns = [col(getattr(Attempt, name)) for name in AttemptRow._fields]
    statement = (
        select(*columns)
        .join(Delivery, col(Delivery.key) == col(Attempt.delivery_key))
        .where(col(Delivery.job_key).in_(job_keys))
        .order_by(col(Attempt.delivery_key), col(Attempt.number))
    )
    return [AttemptRow(*row) for row in session.connection().execute(statement)]


def _events(session: Session, job_keys: Collection[int]) -> list[EventRow]:
    columns = [col(getattr(Event, name)) for name in EventRow._fields]
    statement = select(*columns).where(col(Event.job_key).in_(job_keys)).order_by(col(Event.key))
    return [EventRow(*row) for row in session.connection().execute(statement)]


def _accounts_of(session: Session, keys: Collection[int]) -> dict[int, AccountRow]:
    columns = [col(getattr(Account, name)) for name in AccountRow._fields]
    rows = session.connection().execute(select(*columns).where(col(Account.key).in_(keys)))
    return {row[0]: AccountRow(*row) for row in rows}


def _accounts(session: Session, after: int, environment: str) -> list[AccountRow]:
    columns = [col(getattr(Account, name)) for name in AccountRow._fields]
    statement = select(*columns).where(col(Account.key) > after, col(Account.environment) == environment)
    return [AccountRow(*row) for row in session.connection().execute(statement.order_by(col(Account.key)).limit(1000))]
