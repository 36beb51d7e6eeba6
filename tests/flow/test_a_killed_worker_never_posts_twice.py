"""`kill -9` at every crash point there is: one visible post per delivery each time, and the receipt says how it went."""

import re
import signal
import time
from pathlib import Path

import pytest

from dravo_app import settings
from tests.support.world import World, run_publisher, running_worker, wait_for, working

LOST = "[[sandbox: answer lost]]"
_PACKAGE = Path(settings.__file__).parent
_CALL = re.compile(r'^\s+crashpoint\("(\w+)"\)', re.MULTILINE)
POINTS = sorted(name for file in _PACKAGE.rglob("*.py") for name in _CALL.findall(file.read_text()))
OF_PUBLISHERS = [name for name in POINTS if name.startswith("publish_")]
OF_WORKERS = [name for name in POINTS if not name.startswith("publish_")]
HARDEST = ["deliver_attempt_committed", "deliver_answered", "claim_committed"]
"""What PostgreSQL meets on every run; SQLite meets all."""

CASES = [("sqlite", name) for name in OF_WORKERS] + [
    pytest.param("postgres", name, marks=pytest.mark.postgres) for name in HARDEST
]


def test_the_walk_meets_every_crash_point() -> None:
    assert len(set(POINTS)) == len(POINTS) >= 11
    assert set(HARDEST) <= set(OF_WORKERS)
    assert OF_PUBLISHERS == ["publish_before_commit", "publish_committed"]


@pytest.fixture
def accounts(world: World) -> dict[str, list[str]]:
    """Two accounts on each network, so that no delivery waits for another. Doubles are visible, not refused."""
    world.sandbox.faults(network="*", allow_duplicates=True)
    return {name: [world.connect(name), world.connect(name, "bluesky")] for name in ("alice", "bob")}


@pytest.mark.parametrize(("database", "point"), CASES, indirect=["database"])
def test_one_post_however_the_worker_dies(world: World, accounts: dict[str, list[str]], point: str) -> None:
    texts = {name: f"{point} {name} {marker}".strip() for name, marker in (("alice", LOST), ("bob", ""))}
    jobs = [world.schedule(text, *accounts[name], in_seconds=0) for name, text in texts.items()]
    with running_worker(point) as worker:
        worker.wait_killed()
    died_at = time.monotonic()
    with working():
        receipts = world.wait_until_final(*jobs, seconds=15)
    print(f"{point}: whole again {time.monotonic() - died_at:.2f} s after the kill")
    assert [receipt.status for receipt in receipts] == ["published", "published"]
    for text in texts.values():
        assert sorted(item["network"] for item in world.visible(text)) == ["bluesky", "x"]


@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=["database"]
)
def test_attempts_say_that_the_worker_did_not_come_back(world: World, accounts: dict[str, list[str]]) -> None:
    job = world.publish("Who goes there?", accounts["alice"][0])
    with running_worker("deliver_answered") as worker:
        worker.wait_killed()
    with working():
        world.wait_until_final(job)
    told = [(attempt.kind, attempt.result, attempt.error_code) for attempt in world.attempts(job)]
    assert told == [("publish", "lost", "outcome_unknown"), ("look_up", "published", None)]
    assert world.states(job) == ["queued", "sending", "unconfirmed", "published"]


def test_what_was_not_committed_was_not_accepted(world: World, accounts: dict[str, list[str]]) -> None:
    ended = run_publisher("Nearly", *accounts["alice"], crashpoint="publish_before_commit")
    assert ended == -signal.SIGKILL
    with working():
        job = world.publish("Nearly", *accounts["alice"])  # the caller got no answer and asks again
        world.wait_until_final(job)
    assert len(world.visible("Nearly")) == 2


def test_what_was_committed_goes_out_though_nobody_was_woken(world: World, accounts: dict[str, list[str]]) -> None:
    ended = run_publisher("Accepted", *accounts["alice"], crashpoint="publish_committed")
    assert ended == -signal.SIGKILL
    with working():
        wait_for(lambda: len(world.visible("Accepted")) == 2)
        wait_for(lambda: world.is_quiet())


@pytest.mark.slow
@pytest.mark.timeout(90)
def test_with_real_times_it_goes_on_within_a_minute(world: World, accounts: dict[str, list[str]]) -> None:
    real = settings.Engine()
    jobs = [world.publish(f"Lost {LOST}", *accounts["alice"]), world.publish("Plain", *accounts["bob"])]
    with running_worker("deliver_attempt_committed", engine=real) as worker:
        worker.wait_killed()
    died_at = time.monotonic()
    with running_worker(engine=real):
        receipts = world.wait_until_final(*jobs, seconds=60)
    print(f"real times: whole again {time.monotonic() - died_at:.1f} s after the kill")
    assert [receipt.status for receipt in receipts] == ["published", "published"]
    assert len(world.visible(f"Lost {LOST}")) == len(world.visible("Plain")) == 2
