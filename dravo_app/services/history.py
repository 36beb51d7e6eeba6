"""Lists and receipts for every door; reads only."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from sqlmodel import Session, col, func, select

from dravo_app import clock
from dravo_app.errors import Flaw, Invalid, WhoActs
from dravo_app.ids import sibling_id
from dravo_app.models import Attempt, AttemptKind, DeliveryState
from dravo_app.providers import catalogue
from dravo_app.services import cursors, history_pages
from dravo_app.services.caller import Caller
from dravo_app.services.history_pages import HistoryFilter as HistoryFilter  # callers know it as history's
from dravo_app.services.history_reading import DeliveryRow, JobRow, read_deliveries, row_of
from dravo_app.services.publishing import surroundings
from dravo_app.services.publishing.jobs import get_owned_job
from dravo_app.services.publishing.late import late_seconds
from dravo_app.services.publishing.lifecycle import shown
from dravo_app.services.publishing.next_step import NextStep, Standing, next_step, standing_of, waiting_for
from dravo_app.services.publishing.retry import why_not
from dravo_app.services.publishing.standstill import WaitingFor

_TRIED_AGAIN = (DeliveryState.WAITING, DeliveryState.UNCONFIRMED, DeliveryState.PROCESSING)


@dataclass(frozen=True)
class AttemptView:
    """One conversation with the network, as a receipt shows it."""

    number: int
    kind: str
    result: str
    started_at: datetime
    closed_at: datetime | None
    error_code: str | None
    error_message: str | None
    http_status: int | None
    raw_response: str | None


@dataclass(frozen=True)
class ResultView:
    """What happened at one account; `attempts` counts conversations, `history` tells them (receipts only).

    `next_step` says who acts next, `waiting_for` what a delivery under way waits for, `why_no_retry` why it can't be sent
    again, None where it can. `due_at`, `started_at` (of the first try) and `published_at` say how late it was.
    """

    delivery_id: str
    account_id: str
    provider: str
    handle: str
    status: str
    state_reason: str | None
    platform_post_id: str | None
    permalink: str | None
    error_code: str | None
    error_message: str | None
    who_acts: str | None
    retry_at: datetime | None
    attempts: int
    raw_response: str | None
    health: str
    next_step: NextStep
    why_no_retry: str | None
    waiting_for: WaitingFor | None
    due_at: datetime
    started_at: datetime | None
    published_at: datetime | None
    history: list[AttemptView] = field(default_factory=list)


@dataclass(frozen=True)
class JobView:
    """One row of the history, and the receipt's head. `late_seconds` is how late Dravo took it up, where that was late."""

    id: str
    job_id: str
    status: str
    text: str
    providers: list[str]
    media_urls: list[str]
    metadata: dict[str, str]
    author: str
    scheduled_at: datetime | None
    late_policy: str | None
    late_seconds: int | None
    held_at: datetime | None
    created_at: datetime
    finished_at: datetime | None
    results: list[ResultView]


@dataclass(frozen=True)
class HistoryPage:
    """`total` counts what matches the filters; a lower bound where a search matches more than 10,000."""

    items: list[JobView]
    next_cursor: str | None
    total: int
    total_is_lower_bound: bool


def list_jobs(session: Session, caller: Caller, filters: HistoryFilter) -> HistoryPage:
    """One page, newest first. Raises Invalid for what can't be filtered by, and for a cursor we did not make."""
    _check(filters)
    if filters.q is not None and not filters.q.strip():
        filters = replace(filters, q=None)  # an empty search field is no search
    bound = _fingerprint(caller, filters)
    before, total = cursors.decode(filters.cursor, bound) if filters.cursor else (None, None)
    if total is None:
        total = history_pages.count_jobs(session, caller, filters)
    jobs = history_pages.list_page(session, caller, filters, before, total, filters.limit + 1)
    has_more = len(jobs) > filters.limit
    items = _views(session, jobs[: filters.limit], with_attempts=False)
    following = cursors.encode(jobs[filters.limit - 1].key, bound, total) if has_more else None
    is_lower_bound = filters.q is not None and total > history_pages.SEARCH_COUNT_LIMIT
    return HistoryPage(items, following, total - 1 if is_lower_bound else total, is_lower_bound)


def get_receipt(session: Session, caller: Caller, job_id: str) -> JobView:
    """One job with every conversation of every delivery. Raises NotFound."""
    return _views(session, [row_of(get_owned_job(session, caller, job_id))], with_attempts=True)[0]


def _check(filters: HistoryFilter) -> None:
    if filters.provider is not None and filters.provider not in catalogue.NAMES:
        raise Invalid(flaws=[Flaw("?provider", "unknown_provider", "There is no such network.")])
    if not 1 <= filters.limit <= 100:
        raise Invalid(flaws=[Flaw("?limit", "limit_out_of_range", "The limit must be from 1 to 100.")])


def _views(session: Session, jobs: Sequence[JobRow], *, with_attempts: bool) -> list[JobView]:
    rows = read_deliveries(session, [job.key for job in jobs])
    attempts = _attempts(session, [row.key for row in rows], with_attempts)
    now = clock.now()
    facts = surroundings.read(session, rows, now)
    due = {job.key: job.scheduled_at or job.created_at for job in jobs}
    results: dict[int, list[ResultView]] = defaultdict(list)
    for row in rows:
        number, told = attempts[row.key]
        looks = _looks(row, told) if with_attempts else None
        standing = standing_of(row, row.account_health, facts.get(row.key), looks)
        results[row.job_key].append(_result(row, number, told, standing, due[row.job_key], now))
    return [_view(job, results[job.key]) for job in jobs]


def _attempts(session: Session, keys: Sequence[int], in_full: bool) -> dict[int, tuple[int, list[AttemptView]]]:
    told: dict[int, tuple[int, list[AttemptView]]] = {key: (0, []) for key in keys}
    if in_full:
        whole = select(Attempt).where(col(Attempt.delivery_key).in_(keys)).order_by(col(Attempt.number))
        for attempt in session.exec(whole):
            views = [*told[attempt.delivery_key][1], _attempt_view(attempt)]
            told[attempt.delivery_key] = (len(views), views)
        return told
    counted = select(Attempt.delivery_key, func.count()).where(col(Attempt.delivery_key).in_(keys))
    for key, number in session.exec(counted.group_by(col(Attempt.delivery_key))):
        told[key] = (number, [])
    return told


def _attempt_view(attempt: Attempt) -> AttemptView:
    return AttemptView(
        number=attempt.number,
        kind=attempt.kind,
        result=attempt.result,
        started_at=attempt.started_at,
        closed_at=attempt.closed_at,
        error_code=attempt.error_code,
        error_message=attempt.error_message,
        http_status=attempt.http_status,
        raw_response=attempt.raw_response,
    )


def _result(
    delivery: DeliveryRow, attempts: int, told: list[AttemptView], standing: Standing, due_at: datetime, now: datetime
) -> ResultView:
    step = next_step(standing, now)
    return ResultView(
        delivery_id=delivery.id,
        account_id=delivery.account_id,
        provider=delivery.provider,
        handle=delivery.account_handle,
        status=shown(delivery.state, delivery.fence),
        state_reason=delivery.state_reason,
        platform_post_id=delivery.platform_post_id,
        permalink=delivery.permalink,
        error_code=delivery.error_code,
        error_message=delivery.error_message,
        who_acts=step.who.value if delivery.who_acts or step.who is not WhoActs.NOBODY else None,
        retry_at=delivery.retry_at if delivery.state in _TRIED_AGAIN else None,
        attempts=attempts,
        raw_response=delivery.raw_response,
        health=standing.health,
        next_step=step,
        why_no_retry=why_not(delivery.state, delivery.error_code, standing.health),
        waiting_for=waiting_for(standing, now),
        due_at=due_at,
        started_at=delivery.first_tried_at,
        published_at=_published_at(delivery),
        history=told,
    )


def _published_at(delivery: DeliveryRow) -> datetime | None:
    """When the network's word of it arrived. Who says that they have seen it doesn't say since when it is there."""
    is_told = delivery.state == DeliveryState.PUBLISHED and delivery.platform_post_id is not None
    return delivery.finished_at if is_told else None


def _looks(delivery: DeliveryRow, told: list[AttemptView]) -> int:
    since = delivery.unknown_since
    return sum(1 for one in told if one.kind == AttemptKind.LOOK_UP and since and one.started_at >= since)


def _view(job: JobRow, results: list[ResultView]) -> JobView:
    return JobView(
        id=sibling_id("log", job.id),
        job_id=job.id,
        status=job.status,
        text=job.text,
        providers=list(dict.fromkeys(result.provider for result in results)),
        media_urls=job.media_urls,
        metadata=job.job_metadata,
        author=job.author,
        scheduled_at=job.scheduled_at,
        late_policy=job.late_policy,
        late_seconds=late_seconds(job),
        held_at=job.held_at,
        created_at=job.created_at,
        finished_at=job.finished_at,
        results=results,
    )


def _fingerprint(caller: Caller, filters: HistoryFilter) -> str:
    wanted = {
        name: str(value)
        for name, value in asdict(filters).items()
        if value not in (None, False) and name not in ("cursor", "limit")
    }
    return f"history {caller.workspace_key} {caller.environment} {sorted(wanted.items())}"
