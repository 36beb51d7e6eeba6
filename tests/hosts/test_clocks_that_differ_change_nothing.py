"""Hosts go by the database's clock: one that is minutes off neither takes what others hold, nor is early, nor late."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from dravo_app import clock, db
from dravo_app.models import Attempt
from dravo_app.services import members, readiness
from tests.hosts.scenarios import skewed_workers
from tests.support.world import World


@pytest.fixture(autouse=True)
def _own_clock_again() -> Iterator[None]:
    yield
    clock._host_now = clock._read_host
    clock.follow_nobody()


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.parametrize("ahead", [-120.0, 20.0])
def test_a_process_over_postgres_goes_by_the_databases_clock(database: str, ahead: float) -> None:
    clock._host_now = lambda: datetime.now(UTC) + timedelta(seconds=ahead)
    clock.follow_nobody()
    assert abs(_seconds_off()) > 10
    with db.reading() as session:
        session.exec(select(Attempt.key)).first()
    assert -0.5 < _seconds_off() <= 0.001, "never ahead of the database, and behind it by no more than its answer took"
    assert abs(clock.host_ahead_seconds() - ahead) < 1.0
    assert [part.reason for part in readiness.check_parts() if part.name == "clock"] == [
        members.clock_sentence(members.find_clock_trouble() or 0.0)
    ]


def test_a_slow_answer_does_not_make_the_time_tremble() -> None:
    begin, told = clock.steady(), datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
    clock.follow(told, begin)
    believed = clock.now() - timedelta(seconds=clock.steady())
    read_earlier = told + timedelta(seconds=clock.steady() - 0.4 - begin)  # asked a second ago, answered on a slow road
    clock.follow(read_earlier, clock.steady() - 1.0)
    assert abs(clock.now() - timedelta(seconds=clock.steady()) - believed) < timedelta(milliseconds=5)


def test_a_host_that_is_set_right_moves_nothing_and_asks_at_once() -> None:
    clock.follow(datetime.now(UTC), clock.steady())
    assert not clock.wants_news()
    clock._host_now = lambda: datetime.now(UTC) + timedelta(seconds=90)
    assert clock.wants_news()
    assert abs(_seconds_off()) < 0.5


@pytest.mark.long
@pytest.mark.postgres
@pytest.mark.timeout(600)
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_workers_two_minutes_apart_send_everything_once_and_on_time(world: World, tmp_path: Path) -> None:
    found = skewed_workers(world, tmp_path, ahead=(-120.0, 120.0), posts=10)
    print(found)
    assert found.twice == 0 and found.lost_attempts == 0
    assert found.earliest_seconds >= 0.0
    assert found.latest_seconds < 20.0, "two minutes late, by the clock that is behind"


def _seconds_off() -> float:
    return (clock.now() - datetime.now(UTC)).total_seconds()
