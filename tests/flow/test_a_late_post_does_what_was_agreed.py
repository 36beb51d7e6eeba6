"""Dravo was down at a post's time: it goes out late, is skipped, or asks, as its author or the workspace has said."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from dravo_app import clock, db
from dravo_app.errors import Conflict
from dravo_app.models import AccountGate, Delivery, NetworkGate, Workspace
from dravo_app.services import leases
from dravo_app.services.publishing import cancel, held, late, release
from tests.conftest import MovableClock
from tests.support.world import ON_SQLITE, World, wait_for, working


@pytest.fixture
def hand(movable_clock: MovableClock) -> MovableClock:
    return movable_clock


@ON_SQLITE
def test_after_a_short_time_down_it_goes_out_whatever_the_policy(world: World, hand: MovableClock) -> None:
    job = _due_in_an_hour(world, hand, late_policy="skip")
    hand.move(hours=1, seconds=300)
    _release()
    assert world.states(job) == ["scheduled", "queued"] and world.receipt(job).late_seconds is None
    _finish(world, job)


def test_published_late_the_receipt_says_how_late(world: World, hand: MovableClock) -> None:
    job = _due_in_an_hour(world, hand)
    hand.move(hours=1, minutes=47)
    _release()
    assert world.states(job) == ["scheduled", "queued"] and world.receipt(job).late_seconds == 47 * 60
    _finish(world, job)
    assert world.receipt(job).late_seconds == 47 * 60


def test_skipped_it_is_canceled_with_a_sentence(world: World, hand: MovableClock) -> None:
    job = _due_in_an_hour(world, hand, "alice", "bob", late_policy="skip")
    hand.move(hours=1, minutes=47)
    _release()
    receipt = world.receipt(job)
    assert receipt.status == "canceled" and receipt.finished_at == hand.now
    assert [(one.status, one.state_reason) for one in receipt.results] == [("canceled", "late")] * 2
    assert receipt.results[0].error_message == (
        "Skipped: it was due 2026-07-01 10:00 UTC and Dravo could not send it until 10:47 UTC."
    )


def test_asked_it_waits_for_a_person_and_goes_out_when_they_say_so(world: World, hand: MovableClock) -> None:
    job, other = _due_in_an_hour(world, hand, late_policy="ask"), _due_in_an_hour(world, hand, late_policy="ask")
    hand.move(days=2)
    for _ in range(3):
        _release()
    assert world.states(job) == ["scheduled", "held"] and world.receipt(job).status == "scheduled"
    assert world.receipt(job).held_at == hand.now and world.receipt(job).results[0].state_reason == "late"
    with db.transaction() as session:
        held.let_go(session, world.caller, job)
        cancel.cancel(session, world.caller, other)
    with db.transaction() as session, pytest.raises(Conflict, match="Nothing of this job is held"):
        held.let_go(session, world.caller, job)
    assert world.states(job)[-1] == "queued" and world.receipt(job).held_at is None
    _finish(world, job)
    assert world.receipt(other).status == "canceled" and len(world.sandbox.log()) == 1


@ON_SQLITE
def test_the_workspaces_rule_holds_where_the_job_has_none(world: World, hand: MovableClock) -> None:
    _workspace_says("skip")
    job, own = _due_in_an_hour(world, hand), _due_in_an_hour(world, hand, late_policy="ask")
    hand.move(hours=2)
    _release()
    assert [world.receipt(one).status for one in (job, own)] == ["canceled", "scheduled"]
    with db.transaction() as session:
        cancel.cancel(session, world.caller, own)


@ON_SQLITE
def test_what_is_held_is_not_due_and_keeps_nobody_waiting(world: World, hand: MovableClock) -> None:
    jobs = [_due_in_an_hour(world, hand, late_policy="ask") for _ in range(3)]
    on_time = _due_in_an_hour(world, hand, hours=3)
    hand.move(hours=2)
    with db.transaction() as session:
        assert release.release(session, limit=3) == 3
    hand.move(hours=1)
    with db.transaction() as session:
        assert release.release(session, limit=1) == 1
    assert world.states(on_time) == ["scheduled", "queued"]
    for job in jobs:
        with db.transaction() as session:
            cancel.cancel(session, world.caller, job)
    _finish(world, on_time)


@pytest.mark.parametrize(("policy", "ends_as"), [("skip", "canceled"), ("ask", "held"), ("publish", "published")])
def test_what_was_queued_in_time_and_then_left_lying_follows_it(
    world: World, hand: MovableClock, policy: str, ends_as: str
) -> None:
    """As after a crash in a busy moment, when more is queued than was sent."""
    job = _due_in_an_hour(world, hand, late_policy=policy)
    hand.move(hours=1, seconds=5)
    _release()
    _somebody_is_there(seconds=300)
    hand.move(hours=5)
    with working():
        wait_for(lambda: world.states(job)[-1] == ends_as)
    assert world.states(job)[:2] == ["scheduled", "queued"] and len(world.sandbox.log()) == (ends_as == "published")
    if ends_as == "held":
        with db.transaction() as session:
            held.let_go(session, world.caller, job)
        with working():  # a person has answered, and is not asked again
            world.wait_until_final(job)
    if ends_as == "canceled":
        assert (world.deliveries(job)[0].error_message or "").startswith("Skipped: it was due ")


@ON_SQLITE
@pytest.mark.parametrize(
    "reason",
    ["somebody was always there", "the account rests", "the network rests", "the network was ill", "it was tried"],
)
def test_what_waits_for_another_reason_than_that_nobody_was_there_goes_out(
    world: World, hand: MovableClock, reason: str
) -> None:
    job = _due_in_an_hour(world, hand, late_policy="skip")
    hand.move(hours=1, seconds=5)
    _release()
    _somebody_is_there(seconds=36_000 if reason == "somebody was always there" else 300)
    with db.transaction() as session:
        delivery, gate = session.exec(select(Delivery)).one(), session.exec(select(AccountGate)).one()
        if reason == "it was tried":
            delivery.first_tried_at = hand.now
        elif reason == "the account rests":
            gate.next_allowed_at = hand.now + timedelta(hours=4)
        elif reason == "the network rests":
            gate.network = "x test"
            rests_until = hand.now + timedelta(hours=4)
            session.add(NetworkGate(name="x test", workspace_key=1, next_allowed_at=rests_until, changed_at=hand.now))
        elif reason == "the network was ill":  # and is well since: its rest was lifted
            gate.network = "x test"
            session.add(NetworkGate(name="x test", workspace_key=1, changed_at=hand.now + timedelta(hours=4)))
    hand.move(hours=5)
    with working():
        world.wait_until_final(job)
    assert world.receipt(job).status == "published"


@ON_SQLITE
def test_let_go_before_its_time_it_is_scheduled_again(world: World, hand: MovableClock) -> None:
    job = _due_in_an_hour(world, hand, late_policy="ask")
    hand.move(hours=2)
    _release()
    hand.move(hours=-2)  # the machine's clock had been wrong
    with db.transaction() as session:
        held.let_go(session, world.caller, job)
    assert (
        world.states(job) == ["scheduled", "held", "released", "scheduled"] and world.receipt(job).late_seconds is None
    )
    with db.transaction() as session:
        cancel.cancel(session, world.caller, job)


def test_every_policy_that_a_caller_may_name_is_known() -> None:
    assert {policy.value for policy in late.LatePolicy} == {"publish", "skip", "ask"}


def _due_in_an_hour(
    world: World, hand: MovableClock, *handles: str, late_policy: str | None = None, hours: float = 1
) -> str:
    accounts = [world.connect(handle) for handle in handles or ("alice",)]
    at = hand.now + timedelta(hours=hours)
    return world.publish(f"Post {clock.isoformat(at)} {late_policy}", *accounts, at=at, late_policy=late_policy)


def _somebody_is_there(seconds: float) -> None:
    """A worker, and it lives for so long, or others after it do."""
    with db.transaction() as session:
        assert leases.take(session, leases.PRESENT, leases.PRESENT, seconds)


def _release() -> None:
    with db.transaction() as session:
        release.release(session)


def _workspace_says(policy: str) -> None:
    with db.transaction() as session:
        workspace = session.get_one(Workspace, 1)
        workspace.late_policy = policy
        session.add(workspace)


def _finish(world: World, *jobs: str) -> None:
    """The clock runs again: the worker takes up what was queued."""
    clock.set_source(lambda: datetime.now(UTC))
    with working():
        world.wait_until_final(*jobs)
    wait_for(world.is_quiet)
