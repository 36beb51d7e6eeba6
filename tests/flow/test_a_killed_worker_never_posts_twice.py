"""`kill -9` at every crash point there is: one visible post per delivery each time, and the receipt says how it went."""

import re
import signal
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from dravo_app import settings
from dravo_app.models import Environment, Role
from dravo_app.services import networks
from dravo_app.services.caller import Caller
from tests.conftest import Settle
from tests.support import databases
from tests.support.invariants import check_invariants
from tests.support.sandbox_server import Sandbox
from tests.support.world import FAST, ON_SQLITE, World, run_publisher, running_worker, wait_for, working

LOST = "[[sandbox: answer lost]]"
_PACKAGE = Path(settings.__file__).parent
_CALL = re.compile(r'^\s+crashpoint\("(\w+)"\)', re.MULTILINE)
POINTS = sorted(name for file in _PACKAGE.rglob("*.py") for name in _CALL.findall(file.read_text()))
OF_PUBLISHERS = [name for name in POINTS if name.startswith("publish_")]
OF_WORKERS = [name for name in POINTS if not name.startswith("publish_")]
HARDEST = ["deliver_attempt_committed", "deliver_answered", "claim_committed"]
"""What PostgreSQL meets on every run; SQLite meets all."""

_SURE_TO_SEND = replace(FAST, lease_seconds=4.0, heartbeat_seconds=4.0)
"""On a busy machine a lease of a second may have run out before the request leaves, and then it doesn't leave."""

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
    with running_worker("deliver_answered", _SURE_TO_SEND) as worker:
        worker.wait_killed()
    with working():
        world.wait_until_final(job)
    told = [(attempt.kind, attempt.result, attempt.error_code) for attempt in world.attempts(job)]
    assert told == [("publish", "lost", "outcome_unknown"), ("look_up", "published", None)]
    assert world.states(job) == ["queued", "sending", "unconfirmed", "published"]


@ON_SQLITE
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
@pytest.mark.postgres
@pytest.mark.timeout(120)
def test_with_real_times_it_goes_on_within_a_minute_on_both_databases(
    sqlite: str, postgres: databases.Postgres, sandbox: Sandbox, settle: Settle
) -> None:
    with postgres.fresh() as url, ExitStack() as workers:
        lost = [_lose_with_real_times(workers, settle, sandbox, address) for address in (sqlite, url)]
        for address, world, job, died_at in lost:
            settle(DATABASE_URL=address, DRAVO_SANDBOX_URL=sandbox.url)
            (receipt,) = world.wait_until_final(job, seconds=60 - (time.monotonic() - died_at))
            assert receipt.finished_at is not None and receipt.status == "published"
            assert len(world.visible(receipt.text)) == 2
            print(
                f"real times, {address[:8]}: whole again {receipt.finished_at.timestamp() - _started(world, job):.1f} s after"
            )
            check_invariants(sandbox, is_settled=True)
        networks.close_clients()


def _lose_with_real_times(
    workers: ExitStack, settle: Settle, sandbox: Sandbox, address: str
) -> tuple[str, World, str, float]:
    """A worker killed in the middle of a conversation, and another one that takes over."""
    settle(DATABASE_URL=address, DRAVO_SANDBOX_URL=sandbox.url)
    world = World(Caller(1, Environment.TEST, "usr_tester", Role.OWNER), sandbox)
    name = address[:8].strip(":/+")
    job = world.publish(f"Hello from {name}", world.connect(name), world.connect(name, "bluesky"))
    with running_worker("deliver_attempt_committed", engine=settings.Engine()) as worker:
        worker.wait_killed()
    workers.enter_context(running_worker(engine=settings.Engine()))
    return address, world, job, time.monotonic()


def _started(world: World, job: str) -> float:
    return min(attempt.started_at for attempt in world.attempts(job)).timestamp()
