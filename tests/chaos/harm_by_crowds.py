"""Harm by number: the same task a hundred times, three thousand posts in one second, a thousand cancels at the last moment."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from dravo_app import db, queues
from dravo_app.errors import Conflict
from dravo_app.services import accounts
from dravo_app.services.publishing.cancel import cancel
from tests.chaos.books import HANDLE
from tests.chaos.ground import QUICK, Ground
from tests.chaos.scenario import ACCOUNTS_EACH, NETWORKS

RACES = 1000
RACERS = 8
CROWD, EACH = 100, 30
PATIENT = replace(QUICK, lease_seconds=30.0, heartbeat_seconds=7.5)
"""Production's leases: what loses its claim on a busy machine is tried again, and then later posts may have gone before it."""
_CROWD = "Crowd"


def queue_the_task_a_hundred_times(ground: Ground, _chance: random.Random) -> None:
    """While posts flow, and again when those are published or canceled."""
    account = ground.world.connect(f"{HANDLE}0")
    jobs = [ground.schedule(f"Never {number}", account, in_seconds=30) for number in range(5)]
    _queue(ground)
    for job in jobs:
        assert _is_canceled(ground, job), "nothing raced it"
    _queue(ground)
    time.sleep(1.0)
    _queue(ground)
    assert {state for job in jobs for state in ground.world.statuses(job)} == {"canceled"}


def cancel_at_the_last_moment(ground: Ground, chance: random.Random) -> None:
    """A thousand times: who hears "canceled" is never posted, who hears "too late" is."""
    places = [
        ground.world.connect(f"{HANDLE}{n}", network) for n in range(4) for network in ("x", "bluesky", "mastodon")
    ]

    def race(number: int) -> tuple[str, bool]:
        wait = 0.15 + offsets[number]
        job = ground.schedule(f"Race {number}", places[number % len(places)], in_seconds=0.15)
        time.sleep(max(0.0, wait))
        return job, _is_canceled(ground, job)

    offsets = [chance.uniform(-0.1, 0.15) for _ in range(RACES)]
    with ThreadPoolExecutor(RACERS) as pool:
        ends = list(pool.map(race, range(RACES)))
    for job, was_canceled in ends:
        is_canceled = ground.world.statuses(job) == ["canceled"]
        assert is_canceled == was_canceled, f"{job}: the caller heard {was_canceled}, the row says {is_canceled}"
    won = sum(was_canceled for _, was_canceled in ends)
    assert RACES // 20 < won < RACES - RACES // 20, f"they never met: the cancel won {won} of {RACES}"


def three_thousand_in_one_second(ground: Ground, chance: random.Random) -> None:
    """Thirty posts to a hundred accounts, due a millisecond apart, and asked for in another order than that of their times."""
    places = [ground.world.connect(f"{HANDLE}-crowd-{number}") for number in range(CROWD)]
    due = ground.time.now() + timedelta(seconds=20)
    for number in chance.sample(range(EACH), EACH):
        ground.schedule_at(f"{_CROWD} {number}", *places, at=due + timedelta(milliseconds=number))
    time.sleep(max(0.0, (due - ground.time.now()).total_seconds()))


def out_of_order(ground: Ground) -> list[str]:
    """A sentence for each account of the crowd whose posts the world saw in another order than that of their times, or not all."""
    seen: dict[str, list[int]] = {}
    for item in ground.sandbox.log(network="x"):
        name, _, number = item["text"].rpartition(" ")
        if name == _CROWD:
            seen.setdefault(item["account"], []).append(int(number))
    wrong = [f"{account}: out of order: {order}" for account, order in seen.items() if order != list(range(EACH))]
    return wrong if len(seen) == CROWD else [*wrong, f"{len(seen)} accounts of {CROWD} posted"]


def disconnect_during_delivery(ground: Ground, chance: random.Random) -> None:
    """An account is disconnected while its posts go out, and connected again."""
    for _ in range(3):
        handle, network = f"{HANDLE}{chance.randrange(ACCOUNTS_EACH)}", chance.choice(NETWORKS)
        account = ground.world.connect(handle, network)
        with db.transaction() as session:
            accounts.disconnect(session, ground.world.caller, account)
        time.sleep(0.5)
        ground.world.connect(handle, network)


def _queue(ground: Ground) -> None:
    with Redis.from_url(ground.redis.url) as connection:
        queue = Queue(queues.QUEUE, connection=connection, serializer=JSONSerializer)
        for _ in range(100):
            queue.enqueue(queues.DRAIN, result_ttl=0, failure_ttl=0, job_timeout=60)


def _is_canceled(ground: Ground, job: str) -> bool:
    try:
        with db.transaction() as session:
            cancel(session, ground.world.caller, job)
    except Conflict:
        return False
    return True
