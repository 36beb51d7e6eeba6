"""The database or a person stumbles at the worst moment: nothing goes out for it, and nothing is said to be public for it."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlmodel import Session, select

from dravo_app import db
from dravo_app.errors import OutcomeUnknown
from dravo_app.models import Watermark
from dravo_app.services.publishing import closing, dispatch, opening, restored, watermark
from dravo_app.services.publishing.claims import Claim
from dravo_app.services.publishing.deliver import Finished, converse
from dravo_app.services.publishing.intake import Intake
from dravo_app.services.publishing.opening import Opened
from dravo_app.services.publishing.ticker import Ticker
from tests.support.world import FAST, ON_SQLITE, World, wait_for, working

pytestmark = ON_SQLITE


def test_an_opening_whose_commit_was_not_answered_is_asked_for_once_more_and_is_one(world: World) -> None:
    jobs = [world.publish("Once", world.connect(name)) for name in ("ada", "bob")]
    claims = _claim()
    _open(claims)
    again = _open(claims)  # as `insistently` does after a connection that broke in the commit
    assert [len(world.attempts(job)) for job in jobs] == [1, 1]
    _close([Finished(one, OutcomeUnknown("Lost.")) for one in again])
    with working():
        world.wait_until_final(*jobs)


def test_a_delivery_claimed_anew_before_its_old_claim_was_let_go_is_carried_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = Intake._let_go

    def let_go_late(intake: Intake, claims: Sequence[Claim]) -> None:
        time.sleep(0.3)  # the answer is written, and the next try due, long before
        let_go(intake, claims)

    monkeypatch.setattr(Intake, "_let_go", let_go_late)
    job = world.publish("Hello [[sandbox: 500 before]]", world.connect("ada"))
    with working():
        world.wait_until_final(job)
    assert [attempt.result for attempt in world.attempts(job)] == ["failed", "absent", "absent", "published"]


def test_a_hold_that_fails_lifts_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.is_settled = False
    world.publish("Due since before", world.connect("ada"))
    with db.reading() as session:
        mark = session.exec(select(Watermark)).one()
    watermark._file().write_text(json.dumps({mark.lineage: mark.round + 2}))
    with monkeypatch.context() as broken:
        broken.setattr(restored, "_hold_batch", _held_by_another)
        ticker = Ticker(Intake("one", FAST), FAST)
        for _ in range(4):
            with pytest.raises(Exception, match="changed by somebody else"):
                ticker.tick()
            ticker._advanced_at = -1e9
        ticker._thread.start()
        ticker.stop()
        assert _claim() == []
    restored.hold_all()
    assert world.count("held") == 1 and _claim() == []


def test_where_the_watermark_cannot_be_read_nothing_is_sent_and_nothing_held(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a process has no more files to open: that says nothing about the database."""
    job = world.publish("Wait a moment", world.connect("ada"))
    with monkeypatch.context() as broken:
        broken.setattr(watermark, "_file", lambda: Path("/"))
        Ticker(Intake("one", FAST), FAST).tick()
        assert world.workers() == ["one"], "the sweep goes on, and whoever looks sees that a worker lives"
        with pytest.raises(IsADirectoryError):
            _claim()
    assert world.states(job) == ["queued"]
    with working():
        world.wait_until_final(job)


def test_a_look_up_does_not_take_the_post_that_is_just_being_sent(world: World) -> None:
    world.sandbox.faults(network="*", allow_duplicates=True)
    account = world.connect("ada")
    lost = world.publish("Same words", account)
    _close([Finished(one, OutcomeUnknown("Lost.")) for one in _open(_claim())])
    sent = world.publish("Same words", account)
    (sending,) = _open(_claim())
    made = converse(sending)  # the world shows it, and nobody has noted whose it is
    wait_for(lambda: world.deliveries(lost)[0].run_at.timestamp() < time.time())
    _close([converse(one) for one in _open(_claim())])
    assert world.deliveries(lost)[0].platform_post_id is None
    _close([made])
    assert world.deliveries(sent)[0].state == "published"
    with working():
        world.wait_until_final(lost)
    assert len(world.visible("Same words")) == 2


def _held_by_another(_session: Session) -> tuple[int, bool]:
    return 0, False


def _claim() -> list[Claim]:
    with db.transaction() as session:
        return dispatch.claim(session, "one", 10, lease_seconds=60)


def _open(claims: list[Claim]) -> list[Opened]:
    with db.transaction() as session:
        return opening.open_all(session, claims)


def _close(finished: list[Finished]) -> None:
    with db.transaction() as session:
        closing.close_all(session, finished)
