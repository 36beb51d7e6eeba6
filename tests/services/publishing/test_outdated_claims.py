"""Whoever comes back after its claim was taken over opens nothing, ends nothing, hands nothing back and revives nothing."""

from dataclasses import replace

import pytest

from dravo_app import db
from dravo_app.errors import ContentRejected, ProviderUnavailable
from dravo_app.models import Delivery
from dravo_app.providers.types import Published
from dravo_app.services.publishing import closing, dispatch, opening, reconcile
from dravo_app.services.publishing.claims import Claim
from dravo_app.services.publishing.deliver import Finished, converse
from dravo_app.services.publishing.intake import Intake
from dravo_app.services.publishing.lease_guard import LeaseGuard
from dravo_app.services.publishing.opening import Opened
from tests.services.publishing.unknown import lose
from tests.support.world import FAST, ON_SQLITE, World

pytestmark = ON_SQLITE


@pytest.fixture
def job(world: World) -> str:
    world.is_settled = False
    return world.publish("Whose is it?", world.connect("alice"))


def test_it_opens_no_conversation(world: World, job: str) -> None:
    (old,) = _claim("old", lease_seconds=-1)
    _sweep()
    _claim("new")
    with db.transaction() as session:
        assert opening.open_all(session, [old]) == []
    assert world.attempts(job) == []


def test_it_sends_nothing(world: World, job: str) -> None:
    (old,) = _claim("old")
    opened = _open(old)
    with LeaseGuard(30).guarding((old.delivery_key, old.fence)):  # which is sure of nothing any more
        finished = converse(opened)
    assert isinstance(finished.answer, ProviderUnavailable)
    assert world.sandbox.requests(network="x")[1:] == []  # the first one connected the account


def test_it_hands_nothing_back(world: World, job: str) -> None:
    (old,) = _claim("old", lease_seconds=-1)
    _sweep()
    _claim("new")
    with db.transaction() as session:
        dispatch.hand_back(session, [old])
    assert world.deliveries(job)[0].lease_owner == "new"


@pytest.mark.parametrize("answer", [Published("1001", None), ContentRejected("No.")])
def test_its_answer_does_not_end_the_conversation_of_another(
    world: World, job: str, answer: Published | ContentRejected
) -> None:
    (old,) = _claim("old", lease_seconds=-1)
    _sweep()
    (new,) = _claim("new")
    opened = _open(new)
    before = world.deliveries(job)[0]
    with db.transaction() as session:
        closing.close_all(session, [Finished(replace(opened, claim=old), answer)])
    assert world.deliveries(job)[0] == before
    assert [attempt.result for attempt in world.attempts(job)] == ["open"]


def test_its_answer_beside_its_successor_s_does_not_hide_that(world: World, job: str) -> None:
    (old,) = _claim("old", lease_seconds=-1)
    _sweep()
    (new,) = _claim("new")
    opened = _open(new)
    made = converse(opened)
    with db.transaction() as session:
        closing.close_all(session, [made, Finished(replace(opened, claim=old), ContentRejected("No."))])
    assert [one.state for one in world.deliveries(job)] == ["published"]


def test_its_heartbeat_does_not_keep_another_s_lease_alive(world: World, job: str) -> None:
    intake = Intake("old", FAST)
    (old,) = _claim("old", lease_seconds=-1)
    intake._guard.hold([(old.delivery_key, old.fence)], began_at=0.0)
    _sweep()
    _claim("new", lease_seconds=500)
    before = world.deliveries(job)[0]
    intake.beat()
    assert world.deliveries(job)[0] == before


def test_what_one_worker_looks_up_no_other_looks_up_meanwhile(world: World, job: str) -> None:
    lost = lose(world, job)
    with db.transaction() as session:
        session.get_one(Delivery, lost.key).run_at = lost.created_at
    assert [len(_claim(owner)) for owner in ("one", "other")] == [1, 0]


def test_two_looks_that_find_one_post_at_one_moment_give_it_to_one(world: World, job: str) -> None:
    jobs = [job, world.publish("Whose is it?", world.connect("alice"))]
    finished = []
    for one in jobs:
        lost = lose(world, one, sent=one == job)
        with db.transaction() as session:
            session.get_one(Delivery, lost.key).run_at = lost.created_at
        (claim,) = _claim("one")
        finished.append(converse(_open(claim)))
    assert all(isinstance(one.answer, Published) for one in finished)
    with db.transaction() as session:
        closing.close_all(session, finished)
    told = [(found.state, found.platform_post_id) for one in jobs for found in world.deliveries(one)]
    assert told == [("published", world.visible("Whose is it?")[0]["post_id"]), ("unconfirmed", None)]


def _claim(owner: str, lease_seconds: float = 60) -> list[Claim]:
    with db.transaction() as session:
        return dispatch.claim(session, owner, limit=10, lease_seconds=lease_seconds)


def _open(claim: Claim) -> Opened:
    with db.transaction() as session:
        (opened,) = opening.open_all(session, [claim])
    return opened


def _sweep() -> None:
    with db.transaction() as session:
        assert reconcile.recover_lost(session) == 1
