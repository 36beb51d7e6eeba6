"""A database from a backup doesn't know what was published since: what it calls due waits for a person, who lets it go or stops it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from dravo_app import clock, db
from dravo_app.errors import Conflict
from dravo_app.models import Watermark
from dravo_app.services import networks
from dravo_app.services.caller import Caller
from dravo_app.services.publishing import cancel, dispatch, held, release, restored, watermark
from tests.conftest import Settle
from tests.support.backups import Backup
from tests.support.sandbox_server import Sandbox
from tests.support.world import FAST, ON_SQLITE, World, environment_of, running_worker, wait_for, working

Back = Callable[[], Backup]


@pytest.fixture
def world(database: str, caller: Caller, sandbox: Sandbox, settle: Settle) -> Iterator[World]:
    """Without the checker at the end: after a restore the world has seen what the books don't know."""
    settle(DATABASE_URL=database, DRAVO_SANDBOX_URL=sandbox.url, **environment_of(FAST))
    sandbox.faults(network="*", allow_duplicates=True)  # the network itself must not save us
    yield World(caller, sandbox)
    networks.close_clients()


@pytest.fixture
def back_up(database: str, tmp_path: Path) -> Iterator[Back]:
    made: list[Backup] = []

    def make() -> Backup:
        made.append(Backup(database, tmp_path))
        return made[-1]

    yield make
    db.dispose()
    for backup in made:
        backup.close()


def test_what_went_out_since_the_backup_is_held_and_a_person_lets_it_go_or_stops_it(
    world: World, back_up: Back
) -> None:
    alice, bob = world.connect("alice"), world.connect("bob")
    now, later = world.publish("Now", alice, bob), world.schedule("At its time", alice, in_seconds=1)
    ahead = world.publish("Tomorrow", alice, at=datetime.now(UTC) + timedelta(days=1))
    backup = back_up()
    with working():
        world.wait_until_final(now, later)
    assert len(world.sandbox.log()) == 3

    backup.restore()
    assert [world.receipt(job).status for job in (now, later, ahead)] == ["queued", "scheduled", "scheduled"]
    with working():
        wait_for(lambda: world.count("held") == 3)
        _some_rounds()
    assert len(world.sandbox.log()) == 3, "something went out twice"
    assert [one.state_reason for one in world.deliveries(now)] == ["restore", "restore"]
    assert [one.state for one in world.deliveries(ahead)] == ["scheduled"]
    step = world.receipt(now).results[0].next_step
    assert (step.action.value, step.who.value) == ("release", "author") and "restored from a backup" in step.sentence

    with db.transaction() as session:
        held.let_go(session, world.caller, now)
        cancel.cancel(session, world.caller, later)
    with working():
        world.wait_until_final(now)
    assert [world.receipt(job).status for job in (now, later)] == ["published", "canceled"]
    assert [len(world.visible(text)) for text in ("Now", "At its time")] == [4, 1]


@ON_SQLITE
def test_what_was_held_for_being_late_and_was_let_go_since_the_backup_is_no_longer_said_to_be_only_late(
    world: World, back_up: Back
) -> None:
    job = world.schedule("Late", world.connect("alice"), in_seconds=-7200, late_policy="ask")
    with working():
        wait_for(lambda: world.count("held") == 1)
    backup = back_up()
    with db.transaction() as session:
        held.let_go(session, world.caller, job)
    with working():
        world.wait_until_final(job)

    backup.restore()
    assert "Dravo was down at its time" in world.receipt(job).results[0].next_step.sentence
    with working():
        wait_for(lambda: world.deliveries(job)[0].state_reason == "restore")
    assert "restored from a backup" in world.receipt(job).results[0].next_step.sentence
    assert world.states(job)[-1] == "held" and len(world.sandbox.log()) == 1


def test_a_worker_that_runs_while_the_database_goes_back_claims_nothing_before_the_hold(
    world: World, back_up: Back
) -> None:
    alice = world.connect("alice")
    job, due = world.publish("Once", alice), world.schedule("Once, at its time", alice, in_seconds=0)
    backup = back_up()
    with working():
        world.wait_until_final(job, due)
    backup.restore()
    with db.transaction() as session:
        assert dispatch.claim(session, "somebody", limit=10, lease_seconds=600) == []
        assert release.release(session) == 0
    _tick()
    _tick()
    assert world.states(job) == ["queued", "held"] and world.states(due) == ["scheduled", "held"]
    with db.transaction() as session:
        assert not watermark.is_behind(session)
        held.let_go(session, world.caller, job)
    with db.transaction() as session:
        assert len(dispatch.claim(session, "somebody", limit=10, lease_seconds=600)) == 1


@ON_SQLITE
def test_what_is_proven_absent_after_a_restore_waits_for_a_person(world: World, back_up: Back) -> None:
    job = world.publish("Lost", world.connect("alice"))
    with running_worker(crashpoint="deliver_attempt_committed") as worker:
        worker.wait_killed(seconds=45)  # in the middle of sending, with nothing at the network
    backup = back_up()
    with db.transaction() as session:
        watermark.advance(session)
    backup.restore()
    with working():
        wait_for(lambda: world.count("held") == 1, 15, lambda: str(world.states(job)))
        _some_rounds()
    assert world.states(job) == ["queued", "sending", "unconfirmed", "waiting", "held"]
    assert world.sandbox.log() == [] and world.statuses(job) == ["processing"]
    with db.transaction() as session:
        held.let_go(session, world.caller, job)
    with working():
        world.wait_until_final(job)
    assert len(world.visible("Lost")) == 1


@ON_SQLITE
def test_what_a_look_up_finds_after_a_restore_is_published_as_ever(world: World, back_up: Back) -> None:
    job = world.publish("Found", world.connect("alice"))
    with running_worker(crashpoint="deliver_attempt_committed") as worker:
        worker.wait_killed(seconds=45)
    backup = back_up()
    with working():
        world.wait_until_final(job)
    backup.restore()
    with working():
        world.wait_until_final(job)
    assert world.statuses(job) == ["published"] and len(world.visible("Found")) == 1
    assert world.deliveries(job)[0].state_reason is None


def test_a_restore_that_no_file_remembers_is_held_by_the_verb(world: World, back_up: Back, tmp_path: Path) -> None:
    job = world.publish("Elsewhere", world.connect("alice"))
    backup = back_up()
    with working():
        world.wait_until_final(job)
    backup.restore()
    (tmp_path / "data" / "watermark.json").unlink()  # another machine
    assert restored.hold_all() == 1
    with working():
        _some_rounds()
    assert len(world.sandbox.log()) == 1 and world.statuses(job) == ["processing"]


@ON_SQLITE
def test_a_file_that_cannot_be_read_counts_as_a_restore(world: World, tmp_path: Path) -> None:
    job = world.publish("Unsure", world.connect("alice"))
    (tmp_path / "data" / "watermark.json").write_text("not a number")
    with working():
        wait_for(lambda: world.count("held") == 1)
    assert world.sandbox.log() == [] and world.states(job) == ["queued", "held"]


@ON_SQLITE
def test_a_hold_that_others_stand_in_the_way_of_says_to_run_it_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restored, "_hold_batch", lambda _: (0, False))  # as where another transaction has the rest
    with pytest.raises(Conflict, match=r"; run it again\.$"):
        restored.hold_all()


@ON_SQLITE
def test_many_are_held_batch_by_batch_and_nothing_is_claimed_in_between(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account = world.connect("alice")
    for number in range(5):
        world.publish(f"Post {number}", account)
    monkeypatch.setattr(restored, "_JOBS_AT_ONCE", 2)
    (tmp_path / "data" / "watermark.json").write_text("{")
    with db.transaction() as session:
        assert restored._hold_batch(session) == (2, False)
    with db.transaction() as session:
        assert dispatch.claim(session, "somebody", limit=10, lease_seconds=600) == []
    restored.hold_restored()
    assert world.count("held") == 5
    with db.reading() as session:
        assert session.exec(select(col(Watermark.restored_at))).one() is not None


def _tick() -> None:
    with working():
        _some_rounds()


def _some_rounds() -> None:
    """Long enough for a worker to have taken up what it may."""
    began_at = clock.now()
    wait_for(lambda: clock.now() - began_at > timedelta(seconds=0.8))
