"""Redis only wakes workers: emptied, killed or frozen, it costs a poll and never a post."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dravo_app import queues
from tests.conftest import Settle
from tests.support.redis_server import RedisServer, running_redis
from tests.support.sandbox_server import Sandbox
from tests.support.world import FAST, ON_SQLITE, STEADY, World, environment_of, running_worker, wait_for

ACCOUNTS = 50


@pytest.fixture
def redis(tmp_path: Path, world: World, settle: Settle, sandbox: Sandbox) -> Iterator[RedisServer]:
    with running_redis(tmp_path) as server:
        known = {"DATABASE_URL": os.environ["DATABASE_URL"], "DRAVO_SANDBOX_URL": sandbox.url}
        settle(**known, REDIS_URL=server.url, **environment_of(FAST))
        queues._away_until = 0.0  # another test's trouble is not ours
        yield server
        queues.connection().close()


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("database", "number_of_jobs"),
    [("sqlite", 10), pytest.param("postgres", 4, marks=pytest.mark.postgres)],
    indirect=["database"],
)
def test_flushall_in_the_middle_of_500_deliveries(world: World, redis: RedisServer, number_of_jobs: int) -> None:
    posts = ACCOUNTS * number_of_jobs
    accounts = [world.connect(f"account{number}") for number in range(ACCOUNTS)]
    world.sandbox.faults(network="*", allow_duplicates=True)
    jobs = [world.publish(f"Post {number}", *accounts) for number in range(number_of_jobs)]
    began_at = time.monotonic()
    with running_worker(), running_worker():
        for share in (posts // 4, posts // 2):
            _wait_until_published(world, share)
            redis.flush()
        receipts = world.wait_until_final(*jobs, seconds=60)
    print(f"{posts} posts in {time.monotonic() - began_at:.1f} s, emptied twice on the way")
    assert [receipt.status for receipt in receipts] == ["published"] * number_of_jobs
    seen = [(item["account"], item["text"]) for item in world.sandbox.log()]
    assert len(seen) == len(set(seen)) == posts


@ON_SQLITE
def test_without_redis_posts_are_accepted_and_go_out(world: World, redis: RedisServer) -> None:
    account = world.connect("alice")
    redis.kill()
    with running_worker():
        jobs = [world.publish(f"Alone {number}", account) for number in range(5)]
        world.wait_until_final(*jobs)
    assert len(world.sandbox.log()) == 5


@ON_SQLITE
def test_a_frozen_redis_delays_one_publish_by_a_second_and_no_other(world: World, redis: RedisServer) -> None:
    account = world.connect("alice")
    world.publish("Before", account)
    redis.freeze()
    with running_worker():
        took = [_seconds_to_publish(world, f"Frozen {number}", account) for number in range(5)]
        redis.thaw()
        wait_for(world.is_quiet)
    assert max(took) < 1.6 and sorted(took)[-2] < 0.5
    assert len(world.sandbox.log()) == 6


@ON_SQLITE
def test_a_publish_wakes_the_worker_before_its_next_poll(world: World, redis: RedisServer) -> None:
    job = world.publish("Wake up", world.connect("alice"))
    with running_worker(engine=replace(STEADY, poll_seconds=60.0)):
        world.wait_until_final(job, seconds=20)


def _seconds_to_publish(world: World, text: str, account: str) -> float:
    began_at = time.monotonic()
    world.publish(text, account)
    return time.monotonic() - began_at


def _wait_until_published(world: World, number: int) -> None:
    wait_for(lambda: world.count("published") >= number, seconds=60)
