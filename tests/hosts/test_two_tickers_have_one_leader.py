"""However many tickers there are, one sweeps; when it dies or freezes another does, and what both do is done once."""

import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from dravo_app import clock, db
from dravo_app.models import Lease
from dravo_app.services import leases, members
from dravo_app.services.publishing import dispatch, reach, reconcile
from dravo_app.services.publishing.intake import Intake
from dravo_app.services.publishing.ticker import Ticker
from tests.conftest import MovableClock
from tests.support.hosts import TICKER, Host
from tests.support.world import FAST, ON_SQLITE, STEADY, World, wait_for, working

BUSY = pytest.mark.timeout(180)


class _Idle:
    """Somebody with a clockwork and nothing to nudge."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.nudges = 0

    def nudge(self) -> None:
        self.nudges += 1


def test_a_second_ticker_leads_only_once_the_first_has_been_silent(database: str, movable_clock: MovableClock) -> None:
    first, second = (Ticker(_Idle(name), STEADY) for name in ("a.example:1:one", "b.example:2:two"))
    for ticker in (first, second, first, second):
        ticker.tick()
    assert _leader() == "a.example:1:one"
    movable_clock.move(seconds=STEADY.leader_seconds + 0.1)
    second.tick()
    first.tick()
    assert _leader() == "b.example:2:two"


def test_a_ticker_that_may_not_lead_reports_and_never_leads(database: str) -> None:
    Ticker(_Idle("a.example:1:one"), STEADY, may_lead=False).tick()
    with db.reading() as session:
        assert leases.list_holders(session, "") == ["a.example:1:one", leases.PRESENT]  # its own, and all workers'
    assert _leader() is None


def test_two_sweeps_at_once_take_back_a_lost_delivery_once(world: World) -> None:
    job = world.publish("Lost on the way", world.connect("alice"))
    with db.transaction() as session:
        assert len(dispatch.claim(session, "somebody who died", 10, lease_seconds=-1)) == 1
    begin = threading.Barrier(4)
    found: list[int] = []

    def sweep() -> None:
        begin.wait()
        for _ in range(5):
            with db.transaction() as session:
                found.append(reconcile.recover_lost(session))

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(found) == 1
    assert world.states(job) == ["queued", "sending", "waiting", "queued"]
    with working():
        world.wait_until_final(job)


@BUSY
@pytest.mark.long
@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_dead_leader_is_followed_within_the_bound_and_a_thawed_one_stays_outdated(
    world: World, tmp_path: Path
) -> None:
    engine = replace(FAST, leader_seconds=1.5, sweep_seconds=0.2)
    with ExitStack() as stack:
        hosts = {name: stack.enter_context(Host(*TICKER, folder=tmp_path / name, engine=engine)) for name in "bcd"}
        wait_for(lambda: _number_of_tickers() == 3 and _leader() is not None, seconds=90)
        by_pid = {host.process.pid: host for host in hosts.values()}
        frozen = by_pid[_leading_pid()]
        frozen.freeze()
        took = _seconds_until_another_leads(frozen)
        killed = by_pid[_leading_pid()]
        killed.kill()
        took_again = _seconds_until_another_leads(killed)
        led_by, fence = _leading_pid(), _fence()
        frozen.thaw()
        time.sleep(1.0)
        assert (_leading_pid(), _fence()) == (led_by, fence)
        told = {member.pid: member for member in _members()}
        assert not told[killed.process.pid].is_alive or took_again < members.PRESENCE_SECONDS
        assert told[led_by].leads_since is not None
    print(f"the leader frozen: another after {took:.1f} s; killed: after {took_again:.1f} s")
    assert max(took, took_again) < 1.5 + 0.2 + 3.0


def test_status_tells_who_lives_who_leads_and_who_is_gone(database: str, movable_clock: MovableClock) -> None:
    gone, here = _Idle("gone.example:7:a"), _Idle("here.example:8:b")
    Ticker(gone, STEADY, may_lead=False).tick()
    movable_clock.move(seconds=40)
    ticker = Ticker(here, STEADY)
    ticker.tick()
    movable_clock.move(seconds=0.5)
    ticker.tick()
    with db.reading() as session:
        told = [members.sentence(member, clock.now()) for member in members.list_members(session)]
    assert told == [
        f"gone.example, pid 7: gone for {int(40.5 - STEADY.sweep_seconds - members.PRESENCE_SECONDS)} s "
        "without a goodbye; what it had is taken over",
        "here.example, pid 8, since 2026-07-01T09:00:40Z, leads since 2026-07-01T09:00:40Z, without a sandbox",
    ]


@ON_SQLITE
def test_who_has_no_sandbox_leaves_test_posts_to_who_has_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.is_settled = False
    world.publish("For the sandbox", world.connect("alice"))
    with db.transaction() as session:
        members.report(session, leases.WORKER, "has.example:1:a", 5.0, has_sandbox=True)
    with monkeypatch.context() as patch:
        patch.setattr(reach, "has_sandbox", lambda: False)
        Ticker(Intake("has-not.example:2:b", STEADY), STEADY, may_lead=False).tick()
        with db.transaction() as session:
            assert dispatch.claim(session, "has-not.example:2:b", 10, 30.0) == []
            leases.give_back(session, leases.WORKER + "has.example:1:a", "has.example:1:a")
        with db.transaction() as session:
            reach.look_around(session)
            assert len(dispatch.claim(session, "has-not.example:2:b", 10, 30.0)) == 1, "nobody would ever say why"


def _leader() -> str | None:
    with db.reading() as session:
        return next(iter(leases.list_holders(session, leases.LEADER)), None)


def _leading_pid() -> int:
    return int((_leader() or "::").split(":")[1] or 0)


def _fence() -> int:
    with db.reading() as session:
        lease = session.get(Lease, leases.LEADER)
        return lease.fence if lease else 0


def _members() -> list[members.Member]:
    with db.reading() as session:
        return members.list_members(session)


def _number_of_tickers() -> int:
    return sum(member.role == "ticker" and member.is_alive for member in _members())


def _seconds_until_another_leads(instead_of: Host) -> float:
    began_at = time.monotonic()
    wait_for(lambda: _leading_pid() not in (0, instead_of.process.pid), seconds=20)
    return time.monotonic() - began_at
