"""What may happen to several hosts, as functions: each brings it about, waits for the end, and raises AssertionError for a broken promise.

`world` is over PostgreSQL and Redis, with accounts in the sandbox; `folder` is for the hosts' own folders.
"""

import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlmodel import col, func, select

from dravo_app import db, sockets
from dravo_app.models import Attempt, AttemptResult, Lease
from dravo_app.services import leases, members
from dravo_app.services.members import Member
from dravo_app.settings import Engine
from tests.support.hosts import TICKER, WORKER, Host
from tests.support.namespaces import MIDDLE, SANDBOX_PORT, HostsApart, hosts_apart
from tests.support.world import ROOT, STEADY, World, wait_for, working

PATIENCE_SECONDS = 150.0
"""For starting processes on a machine that has much else to do."""
QUICK = replace(STEADY, lease_seconds=3.0, heartbeat_seconds=0.5)
CROWDED = replace(STEADY, lease_seconds=8.0, heartbeat_seconds=1.0, threads=16)
"""For several workers on a machine with few cores: a lease must outlast their waiting for each other."""
OUTWAITING = replace(QUICK, settle_seconds=sockets.CONNECT_SECONDS + 3.0)
"""A request may leave as late as its connection is made."""


@dataclass(frozen=True)
class Skewed:
    """What hosts with other clocks did; seconds after each post was due, by the clock of the database (and of the sandbox)."""

    posts: int
    twice: int
    lost_attempts: int
    earliest_seconds: float
    latest_seconds: float


def skewed_workers(
    world: World,
    folder: Path,
    *,
    ahead: tuple[float, ...],
    posts: int,
    takes_seconds: float = 1.0,
    is_alone: bool = False,
    engine: Engine = CROWDED,
) -> Skewed:
    """Workers on hosts whose clocks are `ahead`, and posts that fall due and take the network so long. `is_alone`: each goes by its
    own clock, as it would if nobody followed the database's.
    """
    world.sandbox.faults(network="*", allow_duplicates=True, latency_seconds=takes_seconds)
    accounts = [world.connect(f"skewed{number}") for number in range(posts)]
    alone = ["--alone"] if is_alone else []
    with ExitStack() as stack:
        for seconds in ahead:
            command = ("-m", "tests.support.skewed", str(seconds), *alone, "dravo_app.worker")
            stack.enter_context(Host(*command, folder=folder / f"skewed{seconds:g}", engine=engine))
        wait_for(lambda: _number_of_workers() == len(ahead), PATIENCE_SECONDS)
        jobs = [world.schedule(f"Due {n}", account, in_seconds=4.0) for n, account in enumerate(accounts)]
        receipts = world.wait_until_final(*jobs, seconds=PATIENCE_SECONDS)
    due = {view.text: view.scheduled_at.timestamp() for view in receipts if view.scheduled_at}
    seen = world.sandbox.log()
    late = [_instant(item["at"]) - takes_seconds - due[item["text"]] for item in seen]
    return Skewed(posts, len(seen) - posts, _count_attempts(AttemptResult.LOST), min(late), max(late))


def lose_a_worker_and_the_leader(world: World, folder: Path, *, posts: int = 200, engine: Engine = CROWDED) -> None:
    """Two workers without tickers and two tickers; a worker is killed in mid-delivery, and the leader; everything goes out once."""
    world.sandbox.faults(network="*", allow_duplicates=True, latency_seconds=0.2)
    accounts = [world.connect(f"account{number}") for number in range(posts // 4)]
    with ExitStack() as stack:
        workers = [_start(stack, folder / f"worker{n}", engine, *WORKER, "--no-ticker") for n in range(2)]
        tickers = [_start(stack, folder / f"ticker{n}", engine, *TICKER) for n in range(2)]
        wait_for(lambda: len(_alive()) == 4 and _leader() is not None, PATIENCE_SECONDS, lambda: str(_alive()))
        jobs = [world.publish(f"Post {number}", *accounts) for number in range(4)]
        wait_for(lambda: world.count("published") >= posts // 4, PATIENCE_SECONDS)
        workers[0].kill()
        next(host for host in tickers if host.process.pid == _leading_pid()).kill()
        receipts = world.wait_until_final(*jobs, seconds=PATIENCE_SECONDS)
        assert workers[1].stop() == 0
    seen = [(item["account"], item["text"]) for item in world.sandbox.log()]
    assert len(seen) == len(set(seen)) == posts
    assert {receipt.status for receipt in receipts} == {"published"}


def freeze_a_worker(world: World, folder: Path, *, posts: int = 200, engine: Engine = CROWDED) -> None:
    """Two workers, one of them frozen in mid-delivery for two leases and more; everything goes out once, and it works on."""
    world.sandbox.faults(network="*", allow_duplicates=True, latency_seconds=0.2)
    accounts = [world.connect(f"account{number}") for number in range(posts // 4)]
    with ExitStack() as stack:
        frozen, other = (_start(stack, folder / f"worker{n}", engine, *WORKER) for n in range(2))
        wait_for(lambda: len(_alive()) == 2, PATIENCE_SECONDS)
        jobs = [world.publish(f"Post {number}", *accounts) for number in range(4)]
        wait_for(lambda: world.count("published") >= posts // 4, PATIENCE_SECONDS)
        frozen.freeze()
        time.sleep(2.5 * engine.lease_seconds)
        frozen.thaw()
        world.wait_until_final(*jobs, seconds=PATIENCE_SECONDS)
        assert (frozen.stop(), other.stop()) == (0, 0)
    seen = [(item["account"], item["text"]) for item in world.sandbox.log()]
    assert len(seen) == len(set(seen)) == posts


def cut_off_after_the_post(world: World, folder: Path, *, engine: Engine = QUICK) -> None:
    """Host B is cut off when the world has the post and B hasn't heard of it. C looks it up; B comes back and is outdated."""
    text, account = "Seen by all but its sender", world.connect("alice")
    world.sandbox.faults(network="*", allow_duplicates=True)
    with hosts_apart(folder, "b") as net, net.worker("b", engine) as b:
        wait_for(lambda: len(_alive()) == 1, PATIENCE_SECONDS, b.said)
        net.hold_answers()
        job = world.publish(text, account)
        wait_for(lambda: bool(world.visible(text)), PATIENCE_SECONDS, lambda: f"{world.receipt(job)} {b.said()}")
        net.cut("b")
        net.pass_answers()
        _another_goes_on_and_b_comes_back(world, net, b, job, engine)
    told = [(attempt.kind, attempt.result) for attempt in world.attempts(job)]
    assert told == [("publish", "lost"), ("look_up", "published")]
    assert len(world.visible(text)) == 1


def cut_off_before_the_request(world: World, folder: Path, *, engine: Engine = OUTWAITING) -> None:
    """Host B is cut off when it has written its attempt down and not yet sent anything. C proves it absent, and sends it."""
    text, account = "Sent by another", world.connect("alice")
    world.sandbox.faults(network="*", allow_duplicates=True)
    with (
        hosts_apart(folder, "b") as net,
        net.worker("b", engine, DRAVO_CRASHPOINT="deliver_attempt_committed:stop") as b,
    ):
        wait_for(lambda: len(_alive()) == 1, PATIENCE_SECONDS, b.said)
        job = world.publish(text, account)
        wait_for(b.is_frozen, PATIENCE_SECONDS, b.said)
        net.cut("b")
        b.thaw()
        _another_goes_on_and_b_comes_back(world, net, b, job, engine)
    told = [(attempt.kind, attempt.result) for attempt in world.attempts(job)]
    assert told[0] == ("publish", "lost") and told[-1] == ("publish", "published")
    assert len(world.visible(text)) == 1


def a_given_up_request_is_not_carried_on_by_the_line(world: World, folder: Path) -> None:
    """A post that was written into a dead line must not come out at its other end once the line is whole again."""
    world.connect("alice")
    url = f"http://{MIDDLE}:{SANDBOX_PORT}"
    with hosts_apart(folder, "b") as net:
        command = [*net.inside("b"), sys.executable, "-c", _POSTS_INTO_A_DEAD_LINE, url]
        sender = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert sender.stdin is not None and sender.stdout is not None
        with sender:
            assert sender.stdout.readline() == "connected\n"
            net.cut("b")
            sender.stdin.write("cut\n")
            sender.stdin.flush()
            assert sender.stdout.readline() == "gave up\n"
            net.heal("b")
            time.sleep(10.0)  # the next time that a kernel without our limit tries again is at 25 s
            assert world.visible("Too late") == []
            sender.kill()


_POSTS_INTO_A_DEAD_LINE = """
import sys, time, httpx
from dravo_app import sockets
url, client = sys.argv[1], sockets.make_client()
client.get(url + "/sandbox/log")
print("connected", flush=True)
sys.stdin.readline()
began = time.monotonic()
try:
    client.post(url + "/x/2/tweets", json={"text": "Too late"}, headers={"Authorization": "Bearer sandbox_alice"})
    print("answered", flush=True)
except httpx.HTTPError:
    time.sleep(max(0.0, began + 21.0 - time.monotonic()))
    print("gave up", flush=True)
time.sleep(60)
"""


def _another_goes_on_and_b_comes_back(world: World, net: HostsApart, b: Host, job: str, engine: Engine) -> None:
    with working(engine, name="c.example:1:c"):
        (receipt,) = world.wait_until_final(job, seconds=PATIENCE_SECONDS)
        assert receipt.status == "published"
        net.heal("b")
        wait_for(lambda: _is_alive(b), PATIENCE_SECONDS, b.said)
        assert b.stop() == 0, b.said()
    assert world.receipt(job) == receipt


def _start(stack: ExitStack, folder: Path, engine: Engine, *command: str) -> Host:
    return stack.enter_context(Host(*command, folder=folder, engine=engine))


def _instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _alive() -> list[Member]:
    with db.reading() as session:
        return [member for member in members.list_members(session) if member.is_alive]


def _is_alive(host: Host) -> bool:
    """Has it reported within the last second? Its presence from before the cut may still count as alive."""
    with db.reading() as session:
        told = [member for member in members.list_members(session) if member.pid == host.process.pid]
    return bool(told) and told[0].heard_until.timestamp() > time.time() + members.PRESENCE_SECONDS - 1.0


def _leader() -> str | None:
    with db.reading() as session:
        return next(iter(leases.list_holders(session, leases.LEADER)), None)


def _leading_pid() -> int:
    return int((_leader() or "::0").split(":")[1] or 0)


def _number_of_workers() -> int:
    """However wrong their clocks are."""
    with db.reading() as session:
        return session.exec(select(func.count()).where(col(Lease.name).startswith(leases.WORKER))).one()


def _count_attempts(result: AttemptResult) -> int:
    with db.reading() as session:
        return session.exec(select(func.count()).where(col(Attempt.result) == result)).one()
