"""Rows of the bench: reading and releasing with a million posts of history and 100,000 scheduled ones."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, TypeVar

from sqlalchemy import event
from sqlmodel import Session, col, select, update

from dravo_app import db
from dravo_app.models import Delivery, JobStatus, PublishJob
from dravo_app.services import cursors, history, history_pages
from dravo_app.services.history_pages import HistoryFilter
from dravo_app.services.publishing import dispatch, release
from tests.bench import corpus, places
from tests.bench.figures import Bar, Figure

T = TypeVar("T")
_DAY = timedelta(days=1)
_PAGE_BAR = {places.SQLITE: Bar(at_most=50), places.POSTGRES: Bar(at_most=20)}
_TOTAL_BAR = Bar(at_most=150)
_RELEASE_BAR = Bar(at_most=10)


def measure(servers: places.Servers, kind: str, *, quick: bool) -> list[Figure]:
    """Release, pages, filters, searches and totals. Medians of several calls, each in a transaction of its own."""
    size = corpus.Size(1_000, 100) if quick else corpus.Size(1_000_000, 100_000)
    with (
        places.folder_for_a_row() as folder,
        servers.database(kind, folder) as url,
        places.settled(folder, DATABASE_URL=url),
    ):
        began = time.perf_counter()
        corpus.fill(url, size)
        filled = Figure(f"{kind}: writing {size.jobs:,} posts", time.perf_counter() - began, "s")
        return [filled, *_release(kind), *_reading(kind, size, rounds=1 if quick else 7)]


def _release(kind: str) -> list[Figure]:
    looking = _median(lambda: _read(dispatch.has_due), 9)
    with db.transaction() as session:
        some = select(PublishJob.key).where(col(PublishJob.status) == "scheduled").limit(200)
        keys = list(session.exec(some))
        past = datetime.now(UTC) - timedelta(seconds=1)
        session.exec(update(PublishJob).where(col(PublishJob.key).in_(keys)).values(scheduled_at=past))
        session.exec(update(Delivery).where(col(Delivery.job_key).in_(keys)).values(run_at=past))
    slowest = median(_slowest_query() for _ in range(5))
    return [
        Figure(f"{kind}: is anything due? (nothing is)", looking, "ms", _RELEASE_BAR),
        Figure(f"{kind}: slowest query of releasing 200 due posts and claiming 64", slowest, "ms", _RELEASE_BAR),
    ]


def _slowest_query() -> float:
    with _rolled_back() as session, _queries_of(session) as taken:
        release.release(session)
        session.flush()
        dispatch.claim(session, "bench", 64, 30.0)
    return max(taken)


@contextmanager
def _rolled_back() -> Iterator[Session]:
    class Enough(Exception):
        pass

    try:
        with db.transaction() as session:
            yield session
            raise Enough
    except Enough:
        pass


@contextmanager
def _queries_of(session: Session) -> Iterator[list[float]]:
    """How long each SELECT takes, in milliseconds."""
    taken: list[float] = []
    engine = session.get_bind()

    def begin(connection: Any, *_: Any) -> None:
        connection.info["began"] = time.perf_counter()

    def end(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            taken.append((time.perf_counter() - connection.info["began"]) * 1000)

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    try:
        yield taken
    finally:
        event.remove(engine, "before_cursor_execute", begin)
        event.remove(engine, "after_cursor_execute", end)


def _reading(kind: str, size: corpus.Size, rounds: int) -> Iterator[Figure]:
    for name, filters in _cases(size).items():
        page = _read(lambda session, f=filters: history.list_jobs(session, places.CALLER, f))  # type: ignore[misc]
        total = page.total + 1 if page.total_is_lower_bound else page.total
        counted = _median(lambda f=filters: _read(lambda s: history_pages.count_jobs(s, places.CALLER, f)), rounds)  # type: ignore[misc]
        said = "more than 10,000 match: no bar" if page.total_is_lower_bound else f"{total:,} match"
        bar = None if page.total_is_lower_bound else _PAGE_BAR[kind]
        for where, position in (("first", size.jobs + 1), ("deep", size.jobs // 2)):
            following = replace(filters, cursor=_cursor(filters, position, total))
            taken = _median(lambda f=following: _read(lambda s: history.list_jobs(s, places.CALLER, f)), rounds)  # type: ignore[misc]
            yield Figure(f"{kind}: {name}, {where} page", taken, "ms", bar, said)
        yield Figure(f"{kind}: {name}, total", counted, "ms", None if page.total_is_lower_bound else _TOTAL_BAR, said)


def _cursor(filters: HistoryFilter, position: int, total: int) -> str:
    return cursors.encode(position, history._fingerprint(places.CALLER, filters), total)


def _cases(size: corpus.Size) -> dict[str, HistoryFilter]:
    now = datetime.now(UTC)
    middle = now - timedelta(seconds=size.jobs * corpus.SECONDS_APART / 2)
    whole = HistoryFilter()
    return {
        "everything": whole,
        "published": replace(whole, status=JobStatus.PUBLISHED),
        "failed": replace(whole, status=JobStatus.FAILED),
        "queued (none)": replace(whole, status=JobStatus.QUEUED),
        "on X": replace(whole, provider="x"),
        "on LinkedIn (few)": replace(whole, provider="linkedin"),
        "on TikTok (none)": replace(whole, provider="tiktok"),
        "published on X": replace(whole, status=JobStatus.PUBLISHED, provider="x"),
        "failed on X": replace(whole, status=JobStatus.FAILED, provider="x"),
        "a busy account": replace(whole, account_id=_account(21)),
        "an account of long ago": replace(whole, account_id=_account(1)),
        "an account that fails": replace(whole, account_id=_account(96), status=JobStatus.FAILED),
        "the last day": replace(whole, created_after=now - _DAY),
        "a day long ago": replace(whole, created_after=middle, created_before=middle + _DAY),
        "the older half": replace(whole, created_before=middle),
        "a day long ago, failed": replace(
            whole, created_after=middle, created_before=middle + _DAY, status=JobStatus.FAILED
        ),
        "the older half on X": replace(whole, created_before=middle, provider="x"),
        "scheduled for tomorrow": replace(whole, scheduled_after=now + _DAY, scheduled_before=now + 2 * _DAY),
        "scheduled before now": replace(whole, scheduled_before=now),
        "words: walrus": replace(whole, q="walrus"),
        "words: heron": replace(whole, q="heron"),
        "words: otter": replace(whole, q="otter"),
        "words: badger": replace(whole, q="badger"),
        "words: coffee badger": replace(whole, q="coffee badger"),
        "words: badger, failed": replace(whole, q="badger", status=JobStatus.FAILED),
        "words: a number": replace(whole, q=f"no {size.jobs // 3}"),
        "words: none such": replace(whole, q="zzz"),
        "words: coffee": replace(whole, q="coffee"),
    }


def _account(key: int) -> str:
    return f"acc_{key:036d}"


def _read(call: Callable[[Session], T]) -> T:
    with db.reading() as session:
        return call(session)


def _median(call: Callable[[], object], rounds: int) -> float:
    """Milliseconds; the first call is not counted, as it compiles and fills caches."""
    call()
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)
