"""An account's posts go out one after the other, in the order of their times, however many workers there are."""

from itertools import pairwise

import pytest
from sqlalchemy import inspect, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from dravo_app import db
from dravo_app.models import Attempt, Delivery, PublishJob
from dravo_app.services.publishing import dispatch
from tests.support.world import World, running_worker, working


def test_the_database_itself_refuses_a_second_sending_row(world: World) -> None:
    world.is_settled = False
    jobs = [world.publish(text, world.connect("alice")) for text in ("One", "Two")]
    with db.transaction() as session:
        assert len(dispatch.claim(session, "one", limit=10, lease_seconds=60)) == 1
    second = update(Delivery).where(col(Delivery.key) == world.deliveries(jobs[1])[0].key).values(state="sending")
    with db.transaction() as session, pytest.raises(IntegrityError), session.begin_nested():
        session.connection().execute(second)
    with db.reading() as session:
        indexes = {index["name"]: index for index in inspect(session.connection()).get_indexes("delivery")}
    assert indexes["uq_delivery_in_flight"]["unique"] and "where" in str(indexes["uq_delivery_in_flight"])


def test_two_claimers_at_once_get_one_delivery_of_an_account(world: World) -> None:
    world.is_settled = False
    for number in range(3):
        world.publish(f"Post {number}", world.connect("alice"), world.connect("bob"))
    for owner in ("one", "two"):
        with db.transaction() as session:
            claims = dispatch.claim(session, owner, limit=10, lease_seconds=60)
        assert len(claims) == (2 if owner == "one" else 0)


def test_two_workers_keep_the_order_of_one_account(world: World) -> None:
    accounts = [world.connect("alice"), world.connect("bob", "bluesky")]
    world.sandbox.faults(network="*", latency_seconds=0.05)
    jobs = [world.publish(f"Number {number}", *accounts) for number in range(8)]
    with running_worker(), working():
        world.wait_until_final(*jobs)
    for network in ("x", "bluesky"):
        assert [item["text"] for item in world.sandbox.log(network=network)] == [f"Number {n}" for n in range(8)]
        assert not _overlaps(network)


def test_an_earlier_time_goes_first_though_it_was_asked_for_later(world: World) -> None:
    account = world.connect("alice")
    jobs = [world.schedule(text, account, in_seconds=at) for text, at in (("Second", 1.4), ("First", 0.4))]
    later = world.schedule("Third", account, in_seconds=1.8)
    with working():
        world.wait_until_final(*jobs, later)
    assert [item["text"] for item in world.sandbox.log()] == ["First", "Second", "Third"]


def test_a_look_up_does_not_hold_back_the_next_post(world: World) -> None:
    account = world.connect("alice")
    first = world.publish("Where is it? [[sandbox: 500 before]]", account)
    second = world.publish("Next", account)
    with working():
        world.wait_until_final(first, second)
    assert world.sandbox.log()[0]["text"] == "Next"


def _overlaps(network: str) -> list[tuple[int, int]]:
    with db.reading() as session:
        statement = (
            select(Attempt)
            .join(Delivery, col(Delivery.key) == col(Attempt.delivery_key))
            .join(PublishJob, col(PublishJob.key) == col(Delivery.job_key))
            .where(col(Delivery.provider) == network)
            .order_by(col(Attempt.started_at))
        )
        attempts = session.exec(statement).all()
    return [
        (a.delivery_key, b.delivery_key) for a, b in pairwise(attempts) if a.closed_at and a.closed_at > b.started_at
    ]
