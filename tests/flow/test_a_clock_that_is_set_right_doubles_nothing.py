"""Our clock was ahead when a post was sent and its answer lost, and is right when it is looked up: one post all the same."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dravo_app import clock
from tests.support.world import ON_SQLITE, World, wait_for, working

AHEAD = timedelta(seconds=4)
LOST = "Once [[sandbox: answer lost]]"


@pytest.fixture(autouse=True)
def _clock_is_right_at_the_end() -> Iterator[None]:
    yield
    clock.set_source(None)


@ON_SQLITE
@pytest.mark.parametrize("provider", ["x", "mastodon"])
def test_a_post_that_looks_older_than_its_attempt_is_not_called_absent(world: World, provider: str) -> None:
    world.is_settled = False
    world.sandbox.faults(network="*", allow_duplicates=True)
    clock.set_source(lambda: datetime.now(UTC) + AHEAD)
    job = world.publish(LOST, world.connect("alice", provider))
    with working():
        wait_for(lambda: world.count("unconfirmed") == 1)
        clock.set_source(None)
        wait_for(lambda: len(world.attempts(job)) >= 4, seconds=15)
    told = {(attempt.kind, attempt.result) for attempt in world.attempts(job)}
    assert told == {("publish", "failed"), ("look_up", "failed")}
    assert len(world.visible(LOST)) == 1
