"""A worker's own knowledge of its leases: what may have run out, or was claimed anew, sends nothing."""

import threading
import time
from dataclasses import replace

import pytest

from dravo_app import sockets
from dravo_app.errors import ProviderUnavailable
from dravo_app.services.publishing.intake import Intake
from dravo_app.services.publishing.lease_guard import LeaseGuard, refuse_when_outdated
from dravo_app.settings import Engine
from tests.support.world import FAST, wait_for

OLD, NEW = (7, 1), (7, 2)


@pytest.fixture
def guard() -> LeaseGuard:
    guard = LeaseGuard(sure_seconds=30)
    guard.hold([OLD], time.monotonic())
    return guard


def test_a_held_lease_lets_requests_leave(guard: LeaseGuard) -> None:
    with guard.guarding(OLD):
        refuse_when_outdated()


def test_a_lease_that_may_have_run_out_stops_them(guard: LeaseGuard) -> None:
    guard.hold([OLD], time.monotonic() - 31)
    with guard.guarding(OLD), pytest.raises(ProviderUnavailable):
        refuse_when_outdated()


def test_an_extended_lease_lets_them_leave_again(guard: LeaseGuard) -> None:
    guard.hold([OLD], time.monotonic() - 31)
    guard.extend([7], time.monotonic())
    assert guard.is_mine(OLD)


def test_a_claim_by_the_same_process_does_not_revive_the_old_one(guard: LeaseGuard) -> None:
    guard.hold([NEW], time.monotonic())
    assert guard.is_mine(NEW)
    with guard.guarding(OLD), pytest.raises(ProviderUnavailable):
        refuse_when_outdated()


def test_the_old_one_does_not_let_go_of_the_new(guard: LeaseGuard) -> None:
    guard.hold([NEW], time.monotonic())
    guard.let_go(OLD)
    assert guard.is_mine(NEW)


def test_what_was_let_go_is_not_held_again_by_a_late_heartbeat(guard: LeaseGuard) -> None:
    guard.let_go(OLD)
    guard.extend([7], time.monotonic())
    assert not guard.held()


def test_a_worker_that_cannot_reach_the_database_stops_well_before_its_leases_run_out() -> None:
    engine = Engine()
    slack = engine.settle_seconds - sockets.CONNECT_SECONDS - sockets.UNHEARD_SECONDS
    assert engine.heartbeat_seconds + 5 <= engine.sure_seconds <= 0.6 * engine.lease_seconds
    assert slack >= 10, (
        "a request that left at the last moment may still be on its way when its absence counts as proven"
    )
    assert Intake("one", engine)._guard._sure_seconds == engine.sure_seconds


def test_a_heartbeat_that_failed_is_followed_by_the_next_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is under way may be sent for a while only after the last good one."""
    beats: list[float] = []

    def beat(_: Intake) -> None:
        beats.append(time.monotonic())
        assert len(beats) > 1, "as when the database is away"

    monkeypatch.setattr(Intake, "beat", beat)
    worker = Intake("one", replace(FAST, heartbeat_seconds=3.0))
    thread = threading.Thread(target=worker._run_heartbeat)
    thread.start()
    wait_for(lambda: len(beats) == 2)
    worker._stopping.set()
    thread.join()
    assert beats[1] - beats[0] < 2.5
