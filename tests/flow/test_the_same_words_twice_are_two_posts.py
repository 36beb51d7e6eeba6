"""Two deliveries with the same words to the same account are told apart: neither takes the other's post for its own."""

import time

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from dravo_app import db
from dravo_app.models import AttemptKind, Delivery
from dravo_app.services.publishing import closing, deliver, dispatch, opening
from dravo_app.services.publishing.claims import Claim
from tests.support.world import ON_SQLITE, World, wait_for, working


def test_the_database_itself_refuses_a_second_delivery_for_one_post(world: World) -> None:
    world.is_settled = False
    account = world.connect("alice")
    keys = [world.deliveries(world.publish("Good morning", account))[0].key for _ in range(2)]
    named = update(Delivery).values(platform_post_id="1001")
    with db.transaction() as session, pytest.raises(IntegrityError), session.begin_nested():
        session.connection().execute(named.where(col(Delivery.key).in_(keys)))


@ON_SQLITE
def test_a_look_up_does_not_take_an_earlier_post_for_ours(world: World) -> None:
    account = world.connect("alice")
    world.sandbox.faults(network="*", allow_duplicates=True)
    world.sandbox.faults(network="x", account="alice", script=["ok", "500 before"])
    with working():
        first = world.publish("Good morning", account)
        world.wait_until_final(first)
        second = world.publish("Good morning", account)
        world.wait_until_final(second)
    assert len(world.visible("Good morning")) == 2
    assert len({world.deliveries(job)[0].platform_post_id for job in (first, second)}) == 2


def test_two_lost_answers_find_two_different_posts(world: World) -> None:
    account = world.connect("alice")
    world.sandbox.faults(network="*", allow_duplicates=True)
    with working():
        jobs = [world.publish("Good night [[sandbox: slow 1s]]", account) for _ in range(2)]
        world.sandbox.faults(network="x", account="alice", script=["answer lost", "answer lost"])
        world.wait_until_final(*jobs)
    assert len({world.deliveries(job)[0].platform_post_id for job in jobs}) == 2


@ON_SQLITE
@pytest.mark.parametrize("network", ["x", "mastodon"])
def test_what_has_been_unknown_for_long_does_not_take_a_later_post(world: World, network: str) -> None:
    """Else that one's own delivery, which can't have made the older post, finds nothing and is sent again."""
    account = world.connect("alice", network)
    world.sandbox.faults(network="*", allow_duplicates=True)
    world.sandbox.faults(network=network, account="alice", script=["answer lost", "answer lost"])
    jobs = []
    for pause in (0.0, 4.0):  # longer than the clocks are trusted to agree
        time.sleep(pause)
        jobs.append(world.publish("Good noon", account))
        _send()
    with working():
        world.wait_until_final(*jobs)
    made = [item["post_id"] for item in world.visible("Good noon")]
    assert [world.deliveries(job)[0].platform_post_id for job in jobs] == made and len(made) == 2


@ON_SQLITE
def test_one_lost_answer_and_one_refusal_to_listen_end_as_one_post_each(world: World) -> None:
    account = world.connect("alice")
    world.sandbox.faults(network="*", allow_duplicates=True)
    world.sandbox.faults(network="x", account="alice", script=["500 after", "500 before"])
    jobs = [world.publish("Good day", account) for _ in range(2)]
    with working():
        world.wait_until_final(*jobs)
    assert len(world.visible("Good day")) == 2
    assert len({world.deliveries(job)[0].platform_post_id for job in jobs}) == 2


def test_a_post_that_a_look_up_takes_too_early_is_not_made_a_third_time(world: World) -> None:
    account = world.connect("alice")
    world.sandbox.faults(network="*", allow_duplicates=True)
    world.sandbox.faults(network="x", account="alice", script=["500 after"])
    first = world.publish("Good evening", account)
    with working():
        wait_for(lambda: world.count("unconfirmed") == 1)
    second = world.publish("Good evening", account)
    claim = _claim_the_post()
    with db.transaction() as session:
        (opened,) = opening.open_all(session, [claim])
    finished = deliver.converse(opened)  # the network shows both posts, we have noted none
    with working():
        wait_for(
            lambda: any(one.kind == "look_up" for one in world.attempts(first))
        )  # it reads the newest first, which is
        db.insistently(lambda session: closing.close_all(session, [finished]))  # the second one's, and leaves it alone
        world.wait_until_final(first)
        world.wait_until_final(second)
    assert len(world.visible("Good evening")) == 2
    assert len({world.deliveries(job)[0].platform_post_id for job in (first, second)}) == 2


def _send() -> None:
    claim = _claim_the_post()
    with db.transaction() as session:
        opened = opening.open_all(session, [claim])
    finished = [deliver.converse(one) for one in opened]
    with db.transaction() as session:
        closing.close_all(session, finished)


def _claim_the_post() -> Claim:
    """An account has one turn in a claim, and the look-up may be due by now: it is handed back, and its turn is later then."""
    while True:
        with db.transaction() as session:
            claims = dispatch.claim(session, "slow", 10, lease_seconds=60)
            dispatch.hand_back(session, [claim for claim in claims if claim.kind is not AttemptKind.PUBLISH])
        for claim in claims:
            if claim.kind is AttemptKind.PUBLISH:
                return claim
