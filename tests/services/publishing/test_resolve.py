"""A person's answer to "It may be public": seen, not there, or not there and to be sent again."""

import pytest
from sqlmodel import col, select

from dravo_app import db
from dravo_app.errors import Conflict, Invalid, NotFound
from dravo_app.models import Account, Event, Health
from dravo_app.services import tokens
from dravo_app.services.publishing.resolve import Resolution, resolve
from tests.services.publishing.unknown import ask_a_person, lose
from tests.support.world import ON_SQLITE, World, working


@pytest.fixture
def account(world: World) -> str:
    return world.connect("alice")


@pytest.fixture
def asked(world: World, account: str) -> str:
    """A job whose only delivery asks a person."""
    job = world.publish("Did it go out?", account)
    ask_a_person(world, job)
    return job


def test_seen_means_published_with_the_permalink_that_the_person_gave(world: World, asked: str, account: str) -> None:
    _answer(world, asked, account, published=True, permalink="https://x.com/alice/status/1")
    (result,) = world.receipt(asked).results
    assert (world.receipt(asked).status, result.permalink) == ("published", "https://x.com/alice/status/1")
    assert (result.error_code, result.error_message, result.who_acts) == (None, None, None)


@ON_SQLITE
def test_not_there_stays_failed_and_asks_nobody_again(world: World, asked: str, account: str) -> None:
    _answer(world, asked, account, published=False)
    assert world.receipt(asked).status == "failed"
    assert world.receipt(asked).results[0].error_code == "not_published"
    with pytest.raises(Conflict):
        _answer(world, asked, account, published=True)


def test_send_again_makes_exactly_one_post(world: World, asked: str, account: str) -> None:
    _answer(world, asked, account, published=False, send_again=True)
    with working():
        (receipt,) = world.wait_until_final(asked)
    assert receipt.status == "published" and len(world.visible("Did it go out?")) == 1
    assert world.states(asked)[-4:] == ["resolved", "queued", "sending", "published"]


@ON_SQLITE
@pytest.mark.parametrize("network", ["x", "bluesky"])
def test_a_person_who_overlooked_the_post_does_not_make_it_appear_twice(world: World, network: str) -> None:
    account = world.connect("mallory", network)
    job = world.publish("Overlooked", account)
    ask_a_person(world, job, sent=True)
    assert len(world.visible("Overlooked")) == 1
    _answer(world, job, account, published=False, send_again=True)
    with working():
        (receipt,) = world.wait_until_final(job)
    assert receipt.status == "published" and len(world.visible("Overlooked")) == 1


@ON_SQLITE
def test_a_post_that_goes_out_makes_a_red_account_well_again(world: World, account: str) -> None:
    with db.transaction() as session:
        row = session.exec(select(Account)).one()
        tokens.mark_health(session, row, Health.NEEDS_RECONNECT, "a late answer to old credentials")
    with working():
        world.wait_until_final(world.publish("Back again", account))
    with db.reading() as session:
        assert session.exec(select(Account.health)).one() == Health.OK


@ON_SQLITE
def test_send_again_with_a_lost_answer_still_makes_one_more(world: World, account: str) -> None:
    world.sandbox.faults(network="*", allow_duplicates=True)
    world.sandbox.faults(network="x", account="alice", script=["answer lost"])
    job = world.publish("Once more", account)
    ask_a_person(world, job)
    _answer(world, job, account, published=False, send_again=True)
    with working():
        world.wait_until_final(job)
    assert len(world.visible("Once more")) == 1


@ON_SQLITE
def test_the_answer_is_on_record_with_who_gave_it(world: World, asked: str, account: str) -> None:
    _answer(world, asked, account, published=True)
    with db.reading() as session:
        event = session.exec(select(Event).where(col(Event.type) == "delivery.resolved")).one()
    assert event.details == {"actor": "usr_tester", "published": True, "permalink": None, "send_again": False}


def test_only_what_asks_can_be_answered(world: World, account: str) -> None:
    job = world.publish("On its way", account)
    with pytest.raises(Conflict):
        _answer(world, job, account, published=True)
    lose(world, job)
    with pytest.raises(Conflict):
        _answer(world, job, account, published=True)
    with working():
        world.wait_until_final(job)
    with pytest.raises(Conflict):
        _answer(world, job, account, published=False, send_again=True)
    assert len(world.visible("On its way")) == 1


def test_the_same_answer_twice_is_taken_once(world: World, asked: str, account: str) -> None:
    _answer(world, asked, account, published=False, send_again=True)
    with pytest.raises(Conflict):
        _answer(world, asked, account, published=False, send_again=True)
    with working():
        world.wait_until_final(asked)
    assert len(world.visible("Did it go out?")) == 1


@ON_SQLITE
@pytest.mark.parametrize(
    "answer",
    [
        {"published": True, "send_again": True},
        {"published": False, "permalink": "https://x.com/alice/status/1"},
        {"published": True, "permalink": "javascript:alert(1)"},
        {"published": True, "permalink": "https://x.com/\x00"},
    ],
)
def test_answers_that_make_no_sense_change_nothing(
    world: World, asked: str, account: str, answer: dict[str, object]
) -> None:
    with pytest.raises(Invalid):
        _answer(world, asked, account, **answer)
    assert world.receipt(asked).results[0].error_code == "outcome_unknown"


@ON_SQLITE
def test_nobody_else_s_job_can_be_answered(world: World, asked: str, account: str) -> None:
    with pytest.raises(NotFound):
        _answer(world, "job_unknown", account, published=True)
    with pytest.raises(NotFound):
        _answer(world, asked, "acc_unknown", published=True)


def _answer(world: World, job: str, account: str, **answer: object) -> None:
    with db.transaction() as session:
        resolve(session, world.caller, job, account, Resolution.model_validate(answer))
