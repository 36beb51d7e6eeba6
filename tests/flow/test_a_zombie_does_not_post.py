"""A worker that was frozen past its lease wakes up in the middle of its work: the post is long out, and stays one post."""

import signal
import time
from dataclasses import replace

import pytest

from tests.support.world import FAST, ON_SQLITE, Worker, World, running_worker, wait_for, working

LEASES = 2.2
DOOMED = replace(FAST, sweep_seconds=30.0, heartbeat_seconds=30.0)
"""It must not freeze inside a transaction of another thread: PostgreSQL ends such a one after 15 s only, SQLite never."""


@pytest.fixture(autouse=True)
def _doubles_are_visible(world: World) -> None:
    world.sandbox.faults(network="*", allow_duplicates=True)


def test_a_worker_frozen_before_its_request_never_sends_it(world: World) -> None:
    job = world.publish("Once", world.connect("alice"))
    with running_worker("deliver_attempt_committed:stop", DOOMED) as zombie:
        _wait_until_frozen(zombie)
        with working():
            world.wait_until_final(job, seconds=30)
            _wake(zombie)
            assert zombie.stop() == 0
    assert len(world.visible("Once")) == 1
    told = [(attempt.kind, attempt.result) for attempt in world.attempts(job)]
    assert told[0] == ("publish", "lost") and told[-1] == ("publish", "published")
    assert world.states(job) == ["queued", "sending", "unconfirmed", "waiting", "queued", "sending", "published"]


@ON_SQLITE
def test_the_late_answer_of_a_worker_frozen_after_its_request_is_dropped(world: World) -> None:
    job = world.publish("Once", world.connect("alice"))
    with running_worker("deliver_answered:stop", replace(DOOMED, lease_seconds=4.0)) as zombie:  # it has to get to send
        _wait_until_frozen(zombie)
        with working():
            (receipt,) = world.wait_until_final(job, seconds=30)
            _wake(zombie)
            assert zombie.stop() == 0
    assert len(world.visible("Once")) == 1 and world.receipt(job) == receipt
    told = [(attempt.kind, attempt.result) for attempt in world.attempts(job)]
    assert told == [("publish", "lost"), ("look_up", "published")]


@ON_SQLITE
def test_a_worker_frozen_with_a_fresh_claim_finds_it_taken(world: World) -> None:
    job = world.publish("Once", world.connect("alice"), world.connect("alice", "bluesky"))
    with running_worker("claim_committed:stop", DOOMED) as zombie:
        _wait_until_frozen(zombie)
        with working():
            world.wait_until_final(job, seconds=30)
            _wake(zombie)
            assert zombie.stop() == 0
    assert len(world.visible("Once")) == 2
    assert {attempt.result for attempt in world.attempts(job)} == {"published"}


def _wait_until_frozen(worker: Worker) -> None:
    def is_frozen() -> bool:
        with open(f"/proc/{worker.process.pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "T"

    wait_for(is_frozen, seconds=20)
    time.sleep(FAST.lease_seconds * LEASES)


def _wake(worker: Worker) -> None:
    """Let it go on, for long enough to do what it was about to do."""
    worker.process.send_signal(signal.SIGCONT)
    time.sleep(0.5)
