"""Beside the history: which jobs are on a page and how many there are in all, without reading a million rows for either.

Each filter has an index that counts it without touching a row. Where few match (the count says so), they are looked up
through that index and then sorted; where many match, the list is walked in its own order until the page is full. Left to
itself a database guesses between the two, and where it guesses wrong a page takes seconds.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from operator import ge, lt
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, column, literal, table, text, tuple_
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, func, select

from dravo_app import db
from dravo_app.models import NETWORK_BITS, Account, Delivery, JobStatus, PublishJob
from dravo_app.models.columns import UTCDateTime
from dravo_app.services import search
from dravo_app.services.caller import Caller
from dravo_app.services.history_reading import JobRow, read_jobs

SEARCH_COUNT_LIMIT = 10_000
FEW = 10_000
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class HistoryFilter:
    """All conditions must hold; instants are aware; `limit` 1–100."""

    status: JobStatus | None = None
    is_held: bool = False
    provider: str | None = None
    q: str | None = None
    account_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    scheduled_after: datetime | None = None
    scheduled_before: datetime | None = None
    limit: int = 50
    cursor: str | None = None


def count_jobs(session: Session, caller: Caller, filters: HistoryFilter) -> int:
    """How many match: exact, of a search up to one more than SEARCH_COUNT_LIMIT."""
    if filters.q is not None:
        found = search_keys(session, caller, filters)
        return 0 if found is None else _rows_of(session, found.limit(SEARCH_COUNT_LIMIT + 1))
    if filters.account_id is not None:
        return _rows_of(session, _of_account(caller, filters))
    if _is_network_only(filters) and db.is_sqlite(session):  # PostgreSQL counts by the bits in half the time
        return _rows_of(session, _of_network(caller, filters))
    jobs = _jobs(caller, filters)
    if filters.provider is not None and filters.status is None and not filters.is_held:
        jobs = jobs.where(
            col(PublishJob.created_at) >= _BEGIN
        )  # always so: it leads SQLite to the index with all it needs
    return _rows_of(session, jobs)


def list_page(
    session: Session, caller: Caller, filters: HistoryFilter, before: int | None, total: int, limit: int
) -> list[JobRow]:
    """Up to `limit` jobs, newest first, after the one with key `before`; `total` is what was counted at the first page."""
    keys = _page(session, caller, filters, before, total) if total else None
    if keys is None:
        return []
    order = [col(PublishJob.created_at).desc()] if _is_by_time(filters) else []
    return read_jobs(session, keys.limit(limit), *order)


def _page(
    session: Session, caller: Caller, filters: HistoryFilter, before: int | None, total: int
) -> Select[Any] | None:
    if filters.q is not None:
        return _page_of_search(session, caller, filters, before, total)
    if filters.account_id is not None:
        mine = _of_account(caller, filters)
        return _descending(mine, col(Delivery.job_key), before, is_few=total <= FEW)
    if _is_by_time(filters):
        return _page_by_time(session, caller, filters, before)
    if _is_network_only(filters):
        return _descending(_of_network(caller, filters), col(Delivery.job_key), before, is_few=False)
    is_few = _has_times(filters) and total <= FEW
    return _descending(_jobs(caller, filters), col(PublishJob.key), before, is_few=is_few)


def _page_of_search(
    session: Session, caller: Caller, filters: HistoryFilter, before: int | None, total: int
) -> Select[Any] | None:
    found = search_keys(session, caller, filters)
    if found is None:
        return None
    if db.is_sqlite(session):  # the index itself gives them newest first
        return found if before is None else found.where(_HITS.c.rowid < before)
    return _descending(found, col(PublishJob.key), before, is_few=total <= SEARCH_COUNT_LIMIT)


def _page_by_time(session: Session, caller: Caller, filters: HistoryFilter, before: int | None) -> Select[Any]:
    """In the order of time, then of keys: the same as everywhere, unless a clock was set back."""
    by_time = (col(PublishJob.created_at), col(PublishJob.key))
    statement = _jobs(caller, filters)
    if before is not None:
        at = session.exec(select(PublishJob.created_at).where(col(PublishJob.key) == before)).first()
        statement = statement.where(
            tuple_(*by_time) < tuple_(literal(at, UTCDateTime()), literal(before)) if at else by_time[1] < before
        )
    return statement.order_by(*(one.desc() for one in by_time))


def _descending(
    keys: Select[Any], key: ColumnElement[Any] | Mapped[Any], before: int | None, *, is_few: bool
) -> Select[Any]:
    """`is_few`: gather all that match, then sort; the database may not walk the list instead."""
    if not is_few:
        return (keys if before is None else keys.where(key < before)).order_by(key.desc())
    found = keys.with_only_columns(key.label("key")).cte("found").prefix_with("MATERIALIZED")
    gathered = select(found.c.key).order_by(found.c.key.desc())
    return gathered if before is None else gathered.where(found.c.key < before)


def _rows_of(session: Session, keys: Select[Any]) -> int:
    return session.exec(select(func.count()).select_from(keys.subquery())).one()


def _jobs(caller: Caller, filters: HistoryFilter) -> Select[Any]:
    """Keys by what stands on the job's own row."""
    return select(PublishJob.key).where(*_conditions(caller, filters))


def _of_account(caller: Caller, filters: HistoryFilter) -> Select[Any]:
    account = select(Account.key).where(
        col(Account.id) == (filters.account_id or "").replace("\x00", ""),
        col(Account.workspace_key) == caller.workspace_key,
        col(Account.environment) == caller.environment.value,
    )
    mine = select(Delivery.job_key).where(col(Delivery.account_key) == account.scalar_subquery())
    return _and_on_the_job(mine, caller, filters)


def _of_network(caller: Caller, filters: HistoryFilter) -> Select[Any]:
    there = select(Delivery.job_key).where(
        col(Delivery.workspace_key) == caller.workspace_key,
        col(Delivery.environment) == caller.environment.value,
        col(Delivery.provider) == filters.provider,
    )
    return there.distinct()


def _and_on_the_job(deliveries: Select[Any], caller: Caller, filters: HistoryFilter) -> Select[Any]:
    conditions = _conditions(caller, filters)[2:]  # workspace and environment are the delivery's, too
    if not conditions:
        return deliveries
    return deliveries.join(PublishJob, col(PublishJob.key) == col(Delivery.job_key)).where(*conditions)


_HITS = table("publish_job_search", column("rowid", Integer), column("publish_job_search", String))
_MATCHES = text("array_to_tsvector(string_to_array(publish_job.search_text, ' ')) @@ CAST(:search AS tsquery)")


def search_keys(session: Session, caller: Caller, filters: HistoryFilter) -> Select[Any] | None:
    """Keys by words, and by all else that is asked for; None where the query has no word at all."""
    on_sqlite = db.is_sqlite(session)
    expression = search.find_expression(filters.q or "", on_sqlite=on_sqlite)
    if expression is None:
        return None
    keys = select(PublishJob.key).where(*_conditions(caller, filters))
    if filters.account_id is not None:
        keys = keys.where(col(PublishJob.key).in_(_of_account(caller, HistoryFilter(account_id=filters.account_id))))
    if not on_sqlite:
        return keys.where(_MATCHES.bindparams(search=expression))
    joined = keys.select_from(_HITS).join(PublishJob, col(PublishJob.key) == _HITS.c.rowid)
    matching = joined.where(_HITS.c.publish_job_search.op("MATCH")(expression))
    return matching.order_by(
        _HITS.c.rowid.desc()
    )  # without an order SQLite begins with the jobs and looks for words in each


def _conditions(caller: Caller, filters: HistoryFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        col(PublishJob.workspace_key) == caller.workspace_key,
        col(PublishJob.environment) == caller.environment.value,
    ]
    if filters.status is not None:
        found.append(col(PublishJob.status) == filters.status.value)
    if filters.is_held:
        found.append(col(PublishJob.held_at).is_not(None))
    if filters.provider is not None:
        found.append(col(PublishJob.networks).op("&")(NETWORK_BITS[filters.provider]) != 0)
    bounds = (
        (filters.created_after, ge, col(PublishJob.created_at)),
        (filters.created_before, lt, col(PublishJob.created_at)),
        (filters.scheduled_after, ge, col(PublishJob.scheduled_at)),
        (filters.scheduled_before, lt, col(PublishJob.scheduled_at)),
    )
    found += [compare(column, at) for at, compare, column in bounds if at is not None]
    if _has_times(filters):
        found.append(col(PublishJob.scheduled_at).is_not(None))  # as the index says, for SQLite to see
    return found


def _is_by_time(filters: HistoryFilter) -> bool:
    return filters.created_after is not None or filters.created_before is not None


def _has_times(filters: HistoryFilter) -> bool:
    return filters.scheduled_after is not None or filters.scheduled_before is not None


def _is_network_only(filters: HistoryFilter) -> bool:
    others = filters.status is not None or filters.is_held or _is_by_time(filters) or _has_times(filters)
    return filters.provider is not None and not others
