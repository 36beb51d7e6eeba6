"""Time itself: it passes while something is down or ill, a clock is set wrong, a leap day and another time of the year come."""

import random
import time
from datetime import UTC, datetime, timedelta

from sqlmodel import col, func, select

from dravo_app import db
from dravo_app.models import AccountGate, Delivery, NetworkGate
from tests.chaos.books import HANDLE
from tests.chaos.ground import Ground, wait_until
from tests.chaos.harm_to_programs import end_politely
from tests.chaos.scenario import ACCOUNTS_EACH, NETWORKS

TEN_MINUTES, QUARTER_HOUR, AN_HOUR = 600.0, 900.0, 3600.0
_UNDER_WAY_SECONDS = (
    2.5  # longer than any request of a run; time must not pass under one, as it never does in the world
)
_HAS_BEEN_TAKEN_SECONDS = 0.5  # longer than a worker takes to see that something is due
_LONGEST_PASSAGE_SECONDS = 240.0
LEAP_DAY = datetime(2028, 2, 28, 23, 59, 55, tzinfo=UTC)
SUMMER_TIME = datetime(2028, 3, 26, 0, 59, 55, tzinfo=UTC)
WINTER_TIME = datetime(2028, 10, 29, 0, 59, 55, tzinfo=UTC)
_ERRORS = ["500 before", "500 before", "500 after"] * 300  # more than are played


def all_workers_down_ten_minutes(ground: Ground, _chance: random.Random) -> None:
    """Posts are accepted all the while, and some come due."""
    _schedule_some(ground, TEN_MINUTES / 2)
    number = len(ground.workers)
    for worker in ground.workers:
        worker.kill()
    ground.bury()
    time.sleep(_UNDER_WAY_SECONDS)
    pass_time(ground, TEN_MINUTES)
    for _ in range(number):
        ground.add_worker()


def database_down_a_quarter_hour(ground: Ground, _chance: random.Random) -> None:
    assert ground.database_road is not None
    _schedule_some(ground, QUARTER_HOUR / 2)
    with ground.nobody_posting():
        _wait_until_nothing_is_sent(ground)
        ground.database_road.break_off()
        time.sleep(1.0)
        pass_time(ground, QUARTER_HOUR)
        time.sleep(1.0)
        ground.database_road.heal()


def redis_down_a_quarter_hour(ground: Ground, _chance: random.Random) -> None:
    """Nobody posts while the clocks jump over it; before and after, while Redis is still away, a post goes out."""
    _schedule_some(ground, QUARTER_HOUR / 2)
    ground.redis.kill()
    _see_one_go_out(ground, "Redis has just gone")
    with ground.nobody_posting():
        _wait_until_nothing_is_sent(ground)
        pass_time(ground, QUARTER_HOUR)
    _see_one_go_out(ground, "Redis is still away")
    ground.redis.start()


def set_the_clock_an_hour_ahead(ground: Ground, _chance: random.Random) -> None:
    """Dravo's alone, in the middle of everything; after some seconds it is set right, and the hour passes."""
    _wrong_for_a_while(ground, AN_HOUR)
    with ground.nobody_posting():
        time.sleep(2 * ground.engine.lease_seconds)
        _wait_until_nothing_is_sent(ground)
        pass_time(ground, AN_HOUR)


def set_the_clock_an_hour_back(ground: Ground, _chance: random.Random) -> None:
    _wrong_for_a_while(ground, -AN_HOUR)


def live_through_a_leap_day(ground: Ground, _chance: random.Random) -> None:
    """Posts are due in the first seconds of 29 February 2028."""
    _live_through(ground, LEAP_DAY)


def live_through_summer_time(ground: Ground, _chance: random.Random) -> None:
    """Posts are due when clocks in Europe go from two to three."""
    _live_through(ground, SUMMER_TIME)


def live_through_winter_time(ground: Ground, _chance: random.Random) -> None:
    """Posts are due when clocks in Europe go from three to two, in the hour that comes twice."""
    _live_through(ground, WINTER_TIME)


def answer_with_errors_for_an_hour(ground: Ground, _chance: random.Random) -> None:
    """Whatever is sent gets a 500, published or not; an hour passes so, and then what is left goes on."""
    _play_to_all(ground, _ERRORS)
    time.sleep(2.0)  # posts are asked for meanwhile
    with ground.nobody_posting():
        _let_pass(ground, AN_HOUR)
        _play_to_all(ground, [])
        _let_pass(ground, 3 * AN_HOUR)


def look_at_the_hour(ground: Ground) -> list[str]:
    """It must have been one: somebody was tried more than twice, and none more than five times."""
    with db.reading() as session:
        tries = session.exec(select(Delivery.tries)).all()
    return [] if 2 < max(tries) <= 5 else [f"the most tries of a delivery are {max(tries)}, not three to five"]


def pass_time(ground: Ground, seconds: float) -> None:
    """For Dravo and for the networks."""
    ground.time.move(seconds)
    ground.network_time.move(seconds)


def _live_through(ground: Ground, moment: datetime) -> None:
    with ground.nobody_posting():
        _wait_until_nothing_is_sent(ground)
        pass_time(ground, (moment - ground.time.now()).total_seconds())
    _schedule_some(ground, 8.0)
    time.sleep(6.0)


def _play_to_all(ground: Ground, script: list[str]) -> None:
    for network in NETWORKS:
        for number in range(ACCOUNTS_EACH):
            ground.sandbox.faults(network=network, account=f"{HANDLE}{number}", script=script)


def _let_pass(ground: Ground, seconds: float) -> None:
    """From one moment at which something may go on to just before the next; done early where everything has come to its end.

    Time never passes under a request: it is waited for that everything which may go on now has.
    """
    until, deadline = ground.time.now() + timedelta(seconds=seconds), time.monotonic() + _LONGEST_PASSAGE_SECONDS
    while ground.time.now() < until and not ground.world.is_quiet():
        before = _number_of_claims()
        time.sleep(_HAS_BEEN_TAKEN_SECONDS)
        if ground.world.count("sending") == 0 and _number_of_claims() == before:
            ahead = (min(_next_moment(ground.time.now()), until) - ground.time.now()).total_seconds() - 0.2
            if ahead > 0:
                pass_time(ground, ahead)
        assert time.monotonic() < deadline, "it goes on and on"


def _number_of_claims() -> int:
    """Of all deliveries, to send them and to look them up."""
    with db.reading() as session:
        return int(session.exec(select(func.sum(Delivery.fence))).one() or 0)


def _next_moment(now: datetime) -> datetime:
    """When a delivery is due, or somebody's rest is over."""
    with db.reading() as session:
        moments = [
            session.exec(select(func.min(column)).where(col(column) > now)).one()
            for column in (Delivery.run_at, AccountGate.next_allowed_at, NetworkGate.next_allowed_at)
        ]
    return min((moment for moment in moments if moment is not None), default=now + timedelta(minutes=1))


def _wrong_for_a_while(ground: Ground, seconds: float) -> None:
    ground.time.move(seconds)
    time.sleep(3.0)
    ground.time.move(-seconds)


def _schedule_some(ground: Ground, in_seconds: float) -> None:
    for number, network in enumerate(NETWORKS):
        account = ground.world.connect(f"{HANDLE}0", network)
        ground.schedule(f"Due meanwhile {number}", account, in_seconds=in_seconds)


def _see_one_go_out(ground: Ground, text: str) -> None:
    job = ground.world.publish(text, ground.world.connect(f"{HANDLE}-witness"))
    assert wait_until(lambda: ground.world.statuses(job) == ["published"], 30) is not None, f"{text}: it didn't go out"


def _wait_until_nothing_is_sent(ground: Ground) -> None:
    assert wait_until(lambda: ground.world.count("sending") == 0, 60) is not None, "something is sent for ever"


def upgrade_with_deliveries_in_flight(ground: Ground, _chance: random.Random) -> None:
    """As an operator does: everything is asked to end, the database is migrated, the new version starts."""
    number = len(ground.workers)
    for worker in list(ground.workers):
        end_politely(ground, worker)
    ground.migrate()
    for _ in range(number):
        ground.add_worker()
