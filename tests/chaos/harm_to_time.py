"""Time itself: it passes while something is down, a clock is set wrong, a leap day and the end of a winter's time come."""

import random
import time
from datetime import UTC, datetime

from tests.chaos.books import HANDLE
from tests.chaos.ground import Ground, wait_until
from tests.chaos.harm_to_programs import end_politely

TEN_MINUTES, QUARTER_HOUR, AN_HOUR = 600.0, 900.0, 3600.0
_UNDER_WAY_SECONDS = (
    2.5  # longer than any request of a run; time must not pass under one, as it never does in the world
)
LEAP_DAY = datetime(2028, 2, 28, 23, 59, 55, tzinfo=UTC)
SUMMER_TIME = datetime(2028, 3, 26, 0, 59, 55, tzinfo=UTC)


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


def _wrong_for_a_while(ground: Ground, seconds: float) -> None:
    ground.time.move(seconds)
    time.sleep(3.0)
    ground.time.move(-seconds)


def _schedule_some(ground: Ground, in_seconds: float) -> None:
    for number, network in enumerate(("x", "bluesky", "mastodon")):
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
