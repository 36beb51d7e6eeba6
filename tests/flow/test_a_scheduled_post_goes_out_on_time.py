"""Never early, within a second of its time, and canceled means never posted, however close the call."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from dravo_app import db
from dravo_app.errors import Conflict
from dravo_app.models import Delivery, PublishJob
from dravo_app.services.publishing.cancel import cancel
from dravo_app.services.publishing.release import release
from tests.support.world import ON_SQLITE, World, wait_for, working

RACES, STEP_SECONDS = 80, 0.001


def test_it_is_never_early_and_hardly_late(world: World) -> None:
    """`./dravo bench` measures how late on a quiet machine; here other tests run, too, so one may be a little later."""
    jobs = _accepted_long_before(world, [1.0 + number / 10 for number in range(10)])
    with working():
        world.wait_until_final(*jobs)
    late = _lateness(world, jobs)
    print(f"one at a time: {late[0] * 1000:.0f} to {late[-1] * 1000:.0f} ms late")
    assert late[0] >= 0 and late[5] <= 1.5 and late[-1] <= 5.0


@ON_SQLITE
def test_a_hundred_due_at_the_same_instant_are_out_within_three_seconds(world: World) -> None:
    jobs = _accepted_long_before(world, [1.0] * 100)
    with working():
        world.wait_until_final(*jobs)
    late = _lateness(world, jobs)
    print(f"100 at once: p50 {late[50] * 1000:.0f} ms, p99 {late[98] * 1000:.0f} ms late")
    assert late[0] >= 0 and late[98] <= 3.0


def test_canceled_before_its_time_it_is_never_posted(world: World) -> None:
    accounts = [world.connect("alice"), world.connect("alice", "bluesky")]
    job, other = (world.schedule(text, *accounts, in_seconds=0.5) for text in ("Better not", "Still wanted"))
    with working():
        assert _is_canceled(world, job)
        world.wait_until_final(other)
    assert {item["text"] for item in world.sandbox.log()} == {"Still wanted"}
    assert world.states(job) == ["scheduled", "scheduled", "canceled", "canceled"]


@pytest.mark.timeout(120)
def test_a_cancel_at_the_last_moment_wins_or_loses_and_says_so(world: World) -> None:
    """Whoever lost begins a little earlier the next time, so that the two keep meeting however fast the machine is."""
    accounts = [world.connect(f"account{number}") for number in range(8)]
    was_canceled: list[bool] = []
    head_start = 0.0
    with ThreadPoolExecutor(2) as pool:
        for number in range(RACES):
            was_canceled.append(_race(world, pool, f"Round {number}", accounts[number % 8], head_start))
            head_start += STEP_SECONDS if was_canceled[-1] else -STEP_SECONDS
    with working():
        wait_for(world.is_quiet, seconds=80)
    seen = {item["text"] for item in world.sandbox.log()}
    assert [f"Round {number}" in seen for number in range(RACES)] == [not canceled for canceled in was_canceled]
    print(f"the cancel won {was_canceled.count(True)}, the release {was_canceled.count(False)}, at {head_start:.3f} s")
    assert min(was_canceled.count(True), was_canceled.count(False)) >= RACES // 8, "they hardly met"


def _accepted_long_before(world: World, due_in: list[float]) -> list[str]:
    """A post for an account of its own for each, due in so many seconds: however long it took to have them accepted."""
    accounts = [world.connect(f"account{number}") for number in range(len(due_in))]
    jobs = [world.schedule(f"Number {number}", account, in_seconds=600) for number, account in enumerate(accounts)]
    now = datetime.now(UTC)
    with db.transaction() as session:
        for job_id, seconds in zip(jobs, due_in, strict=True):
            job = session.exec(select(PublishJob).where(col(PublishJob.id) == job_id)).one()
            job.scheduled_at = now + timedelta(seconds=seconds)
            for delivery in session.exec(select(Delivery).where(col(Delivery.job_key) == job.key)):
                delivery.run_at = job.scheduled_at
    return jobs


def _race(world: World, pool: ThreadPoolExecutor, text: str, account: str, head_start: float) -> bool:
    """Release and cancel at the same moment, but for the release's head start in seconds; True where the cancel says that it won."""
    job = world.schedule(text, account, in_seconds=0)
    start = threading.Barrier(2)

    def cancels() -> bool:
        start.wait()
        time.sleep(max(0.0, head_start))
        return _is_canceled(world, job)

    def releases() -> int:
        start.wait()
        time.sleep(max(0.0, -head_start))
        with db.transaction() as session:
            return release(session)

    canceling, releasing = pool.submit(cancels), pool.submit(releases)
    was_canceled, released = canceling.result(), bool(releasing.result())
    assert not (was_canceled and released), "both say that they won"
    return was_canceled


def _is_canceled(world: World, job: str) -> bool:
    try:
        with db.transaction() as session:
            cancel(session, world.caller, job)
    except Conflict:
        return False
    return True


def _due(world: World, job: str) -> datetime:
    at = world.receipt(job).scheduled_at
    assert at is not None
    return at


def _lateness(world: World, jobs: list[str]) -> list[float]:
    """Seconds from each job's time to the moment at which the world saw it, sorted."""
    seen = {item["text"]: datetime.fromisoformat(item["at"]) for item in world.sandbox.log()}
    late = []
    for job in jobs:
        receipt, attempt = world.receipt(job), world.attempts(job)[0]
        assert attempt.started_at >= _due(world, job)
        # the sandbox's log has whole milliseconds
        late.append((seen[receipt.text] - _due(world, job) + timedelta(milliseconds=1)).total_seconds())
    return sorted(late)
