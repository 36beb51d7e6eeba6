"""SIGTERM finishes what is under way or hands it back within 30 s; nothing is lost, nothing goes out twice."""

import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from dravo_app import db
from dravo_app.services.publishing import dispatch
from tests.support.world import FAST, ON_SQLITE, ROOT, STEADY, World, running_worker, wait_for, working

TWICE = {"network": "*", "allow_duplicates": True}


@ON_SQLITE
def test_what_is_under_way_is_finished_and_the_rest_left_to_others(world: World) -> None:
    world.sandbox.faults(**TWICE)
    accounts = [world.connect(f"account{number}") for number in range(6)]
    slow = world.publish("Slow [[sandbox: slow 2s]]", *accounts)
    later = world.publish("Later", *accounts)
    with running_worker(engine=replace(STEADY, threads=4)) as worker:
        wait_for(lambda: len(world.attempts(slow)) == 4, seconds=20)
        began_at = time.monotonic()
        assert worker.stop() == 0
        print(f"ended {time.monotonic() - began_at:.1f} s after SIGTERM")
    assert [attempt.result for attempt in world.attempts(slow)] == ["published"] * 4
    assert world.count("sending") == 0
    with working():
        world.wait_until_final(slow, later)
    assert len(world.sandbox.log()) == 12


@ON_SQLITE
def test_what_does_not_end_in_time_is_left_and_its_request_outwaited(world: World) -> None:
    world.sandbox.faults(**TWICE)
    job = world.publish("Slow [[sandbox: slow 4s]]", world.connect("alice"))
    with running_worker(engine=replace(FAST, drain_seconds=0.3)) as worker:
        wait_for(lambda: len(world.attempts(job)) == 1, seconds=20)
        assert worker.stop() == 1
    assert not world.workers(), "it went home by itself: at the latest moment all ends with no word to anybody"
    with running_worker(engine=replace(STEADY, settle_seconds=5.0)):
        world.wait_until_final(job)
    assert len(world.visible("Slow [[sandbox: slow 4s]]")) == 1


@ON_SQLITE
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_worker_ends_at_once_and_gives_back_its_roles(world: World, number: signal.Signals) -> None:
    with running_worker() as worker:
        wait_for(lambda: bool(world.workers()), seconds=20)
        began_at = time.monotonic()
        worker.process.send_signal(number)
        assert worker.process.wait(timeout=10) == 0
        assert time.monotonic() - began_at < 4.5, "longer than the wait for a thread that doesn't listen"
    assert not world.workers()


def test_a_signal_ends_the_wait_whenever_it_comes() -> None:
    """Also while the wait is just beginning: thousands of signals, each a few microseconds before or after."""
    done = subprocess.run([sys.executable, "-c", _SIGNALS], timeout=30, check=False, cwd=ROOT)
    assert done.returncode == 0


_SIGNALS = """
import random, signal
from dravo_app.worker import _Work

work = _Work()
signal.signal(signal.SIGALRM, signal.getsignal(signal.SIGTERM))  # a timer's signal, handled as the other
for _ in range(5000):
    signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-6, 3e-5))
    work.wait_for_its_end()
"""


@ON_SQLITE
def test_a_database_that_hangs_keeps_no_worker_from_ending(world: World) -> None:
    job = world.publish("Slow [[sandbox: slow 2s]]", world.connect("alice"))
    with running_worker(engine=replace(STEADY, drain_seconds=0.5, settle_seconds=3.0)) as worker:
        wait_for(lambda: len(world.attempts(job)) == 1, seconds=20)
        with db.transaction() as session:
            session.connection()  # begun: nobody else can write meanwhile
            began_at = time.monotonic()
            worker.stop()
            assert time.monotonic() - began_at < 20.0
    with running_worker(engine=replace(STEADY, settle_seconds=3.0)):
        world.wait_until_final(job, seconds=30)
    assert len(world.visible("Slow [[sandbox: slow 2s]]")) == 1


def test_an_untouched_claim_is_handed_back_and_goes_out_at_once(world: World) -> None:
    job = world.publish("Untouched", world.connect("alice"), world.connect("alice", "bluesky"))
    with db.transaction() as session:
        claims = dispatch.claim(session, "somebody", limit=10, lease_seconds=600)
    with db.transaction() as session:
        dispatch.hand_back(session, claims)
    with working():
        world.wait_until_final(job, seconds=30)
    assert len(world.visible("Untouched")) == 2
    assert {attempt.number for attempt in world.attempts(job)} == {1}
