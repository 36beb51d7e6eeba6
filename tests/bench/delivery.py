"""Rows of the bench: how late posts begin and are out where the network takes 300 ms, and that none is lost or doubled."""

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import col, select, update

from dravo_app import db
from dravo_app.models import Delivery, PublishJob
from dravo_app.services import connecting
from dravo_app.services.publishing.plan import PublishRequest, publish
from dravo_app.settings import Engine
from tests.bench import places
from tests.bench.figures import Bar, Figure, spread
from tests.support.world import Worker, wait_for

LATENCY_SECONDS = 0.3
_AHEAD = timedelta(hours=1)
_TICKS = os.sysconf("SC_CLK_TCK")


def measure_minute(servers: places.Servers, kind: str, *, quick: bool) -> list[Figure]:
    """3,000 jobs to 3,000 accounts, due one after the other within a minute."""
    return _measure_due(servers, kind, count=40 if quick else 3000, over_seconds=2.0 if quick else 60.0)


def measure_second(servers: places.Servers, kind: str, *, quick: bool) -> list[Figure]:
    """3,000 jobs to 3,000 accounts, all due at the same instant: more than the network lets one worker do in a second."""
    return _measure_due(servers, kind, count=40 if quick else 3000, over_seconds=0.0)


def measure_fan_out(servers: places.Servers, kind: str, *, quick: bool) -> list[Figure]:
    """One job to 100 accounts, published now, several times; the slowest counts."""
    count, rounds = (10, 1) if quick else (100, 5)
    with _at_work(servers, kind) as (place, _):
        accounts = _connect(place, "fan", count)
        taken = [_publish_everywhere(place, accounts, f"Fan {number}") for number in range(rounds)]
        seen = [_count_seen(place, f"Fan {number}") for number in range(rounds)]
    return [
        Figure(f"{kind}: accepted → all {count} published, median", sorted(taken)[len(taken) // 2], "s"),
        Figure(f"{kind}: accepted → all {count} published, slowest of {rounds}", max(taken), "s", Bar(at_most=1.5)),
        Figure(f"{kind}: lost or twice", sum(abs(found - count) for found in seen), "", Bar(at_most=0)),
    ]


def _measure_due(servers: places.Servers, kind: str, count: int, over_seconds: float) -> list[Figure]:
    with _at_work(servers, kind) as (place, worker):
        accounts = _connect(place, "late", count)
        _schedule(accounts)
        due = _make_due(over_seconds)
        cpu = _cpu_seconds(worker.process.pid)
        wait_for(place.world.is_quiet, seconds=over_seconds + 300 + (due - datetime.now(UTC)).total_seconds())
        cpu = _cpu_seconds(worker.process.pid) - cpu
        started, published, last = _lateness()
        seen = Counter(item["text"] for item in place.sandbox.log())
    is_spread = over_seconds > 0
    lost = sum(1 for number in range(count) if seen[f"Late {number}"] == 0)
    twice = sum(found - 1 for found in seen.values() if found > 1)
    bars = {"p50": Bar(at_most=0.3), "p99": Bar(at_most=1.0)} if is_spread else {}
    return [
        *spread(f"{kind}: start lateness", started, "s", **bars),
        *spread(f"{kind}: published after due", published, "s"),
        Figure(f"{kind}: deliveries per second", count / max((last - due).total_seconds(), 0.001), "/s"),
        Figure(f"{kind}: lost", lost, "", Bar(at_most=0)),
        Figure(f"{kind}: twice", twice, "", Bar(at_most=0)),
        Figure(f"{kind}: worker's CPU per delivery", cpu / count * 1000, "ms"),
    ]


@contextmanager
def _at_work(servers: places.Servers, kind: str) -> Iterator[tuple[places.Place, Worker]]:
    """A place with one worker process at its real settings."""
    with places.standing(servers, kind) as place:
        worker = Worker(engine=Engine())
        try:
            wait_for(lambda: bool(place.world.workers()), seconds=120)
            time.sleep(1.0)
            yield place, worker
        finally:
            worker.end()


def _connect(place: places.Place, name: str, count: int) -> list[str]:
    """Accounts that connect at once; from then on the network takes its time."""
    accounts: list[str] = []
    for first in range(0, count, 100):  # a commit for each would take longer than all the rest
        handles = [f"{name}{number}" for number in range(first, min(first + 100, count))]
        identities = [connecting.ask_identity(places.CALLER, _request(handle)) for handle in handles]
        with db.transaction() as session:
            accounts += [connecting.connect(session, places.CALLER, "x", one)[0].id for one in identities]
    place.sandbox.faults(network="*", latency_seconds=LATENCY_SECONDS)
    return accounts


def _request(handle: str) -> connecting.ConnectRequest:
    token = {"access_token": f"sandbox_{handle}"}
    return connecting.ConnectRequest(provider="x", platform_account_id=handle, handle=handle, credentials=token)


def _schedule(accounts: list[str]) -> None:
    at = datetime.now(UTC) + _AHEAD
    for first in range(0, len(accounts), 100):
        with db.transaction() as session:
            for number, account in enumerate(accounts[first : first + 100], start=first):
                publish(
                    session,
                    places.CALLER,
                    PublishRequest(account_ids=[account], text=f"Late {number}", scheduled_at=at),
                )


def _make_due(over_seconds: float) -> datetime:
    """Move their times to a near instant; answers the first."""
    with db.reading() as session:
        keys = list(session.exec(select(PublishJob.key).order_by(col(PublishJob.key))))
    first = datetime.now(UTC) + timedelta(seconds=4 + len(keys) / 500)
    due = [(key, first + timedelta(seconds=over_seconds * place / len(keys))) for place, key in enumerate(keys)]
    with db.transaction() as session:
        for key, at in due:
            session.exec(update(PublishJob).where(col(PublishJob.key) == key).values(scheduled_at=at))
            session.exec(update(Delivery).where(col(Delivery.job_key) == key).values(run_at=at))
    assert datetime.now(UTC) < first, "moving the times took longer than there was time"
    return first


def _lateness() -> tuple[list[float], list[float], datetime]:
    """Seconds from due to the first attempt and to published, and when the last was."""
    statement = select(PublishJob.scheduled_at, Delivery.first_tried_at, Delivery.finished_at, Delivery.state).join(
        Delivery, col(Delivery.job_key) == col(PublishJob.key)
    )
    with db.reading() as session:
        rows = session.exec(statement).all()
    assert all(state == "published" for *_, state in rows), Counter(state for *_, state in rows)
    started = [(tried - due).total_seconds() for due, tried, _, _ in rows if due and tried]
    published = [(done - due).total_seconds() for due, _, done, _ in rows if due and done]
    return started, published, max(done for _, _, done, _ in rows if done)


def _publish_everywhere(place: places.Place, accounts: list[str], text: str) -> float:
    with db.transaction() as session:
        job = publish(session, places.CALLER, PublishRequest(account_ids=accounts, text=text))
    wait_for(place.world.is_quiet, seconds=60)
    deliveries = place.world.deliveries(job.id)
    assert {delivery.state for delivery in deliveries} == {"published"}
    return max(
        (delivery.finished_at - job.created_at).total_seconds() for delivery in deliveries if delivery.finished_at
    )


def _count_seen(place: places.Place, text: str) -> int:
    return len(place.world.visible(text))


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
