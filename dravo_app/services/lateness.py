"""Beside the flow: how late posts are begun, per network, for `./dravo status`. Reads a bounded number of rows, however long the
history is."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from sqlmodel import Session, col, func, select

from dravo_app import clock
from dravo_app.models import Attempt, Delivery, PublishJob

WINDOW = timedelta(hours=24)
_ATTEMPTS_READ = 10_000
"""The latest ones, of every kind and environment; the first of a delivery is its start."""


@dataclass(frozen=True)
class Lateness:
    """Seconds from the instant a post was due to its first conversation with the network: half, 95 and 99 of 100 are below."""

    starts: int
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float


def by_provider(session: Session) -> dict[str, Lateness]:
    """Over the last 24 hours, or the latest 10,000 attempts where there were more."""
    newest = session.exec(select(func.max(Attempt.key))).one() or 0
    statement = (
        select(Delivery.provider, PublishJob.scheduled_at, PublishJob.created_at, Attempt.started_at)
        .join(Delivery, col(Delivery.key) == col(Attempt.delivery_key))
        .join(PublishJob, col(PublishJob.key) == col(Delivery.job_key))
        .where(
            col(Attempt.key) > newest - _ATTEMPTS_READ,
            col(Attempt.number) == 1,
            col(Attempt.started_at) >= clock.now() - WINDOW,
        )
    )
    found: dict[str, list[float]] = defaultdict(list)
    for provider, scheduled_at, created_at, started_at in session.exec(statement):
        found[provider].append(max(0.0, (started_at - (scheduled_at or created_at)).total_seconds()))
    return {provider: _of(sorted(late)) for provider, late in sorted(found.items())}


def lines(found: object) -> list[tuple[str, str]]:
    """For `./dravo status`: half of the posts were begun within the first figure, 95 and 99 of 100 within the others."""
    assert isinstance(found, dict)
    if not found:
        return [("begun late", "nothing was begun in the last 24 h")]
    said = [(f"  {name}", _figures(Lateness(**late))) for name, late in found.items()]
    return [("begun late", "seconds after it was due, in the last 24 h"), *said]


def _figures(late: Lateness) -> str:
    parts = (("p50", late.p50_seconds), ("p95", late.p95_seconds), ("p99", late.p99_seconds))
    figures = ", ".join(
        f"{name} {seconds:.2f} s" if seconds < 10 else f"{name} {seconds:.0f} s" for name, seconds in parts
    )
    return f"{figures} ({late.starts:,} posts)"


def _of(late: list[float]) -> Lateness:
    return Lateness(len(late), *(late[ceil(len(late) * share) - 1] for share in (0.5, 0.95, 0.99)))
