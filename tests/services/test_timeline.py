"""The story of a delivery: events and conversations in one order, without what says nothing new."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from dravo_app import db
from dravo_app.errors import NotFound
from dravo_app.models import Environment, Event
from dravo_app.services import receipts
from dravo_app.services.caller import Caller
from dravo_app.services.history import AttemptView
from dravo_app.services.timeline import Kind, tell
from tests.flow.conftest import sandbox, world
from tests.support.world import ON_SQLITE, World, working

__all__ = ["sandbox", "world"]
NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("events", "attempts", "told"),
    [
        ("queued@0 sending@1 published@2", "publish@1", "accepted sent published"),
        ("scheduled@0 queued@5 sending@6 published@7", "publish@6", "scheduled due sent published"),
        ("scheduled@0 canceled@3", "", "scheduled canceled"),
        (
            "queued@0 sending@1 waiting@2 queued@3 sending@4 published@5",
            "publish@1 publish@4",
            "accepted sent waiting sent published",
        ),
        (
            "queued@0 sending@1 unconfirmed@2 published@5",
            "publish@1 look_up@3 look_up@4",
            "accepted sent unknown looked_up looked_up published",
        ),
        (
            "queued@0 sending@1 failed@2 retried@9 queued@9 sending@9 published@9",
            "publish@1 publish@9",
            "accepted sent failed retried sent published",
        ),
        (
            "queued@0 sending@0 processing@0 published@2",
            "publish@0 resume@1",
            "accepted sent processing resumed published",
        ),
        ("queued@0 sending@1 handed_back@2 queued@2 sending@3 published@4", "publish@3", "accepted sent published"),
    ],
)
def test_a_story_is_told_in_order_and_once(events: str, attempts: str, told: str) -> None:
    moments = tell([_event(one) for one in events.split()], [_attempt(one) for one in attempts.split()])
    assert " ".join(moment.kind.value for moment in moments) == told


@ON_SQLITE
def test_a_story_of_the_real_engine_names_who_did_what(world: World) -> None:
    account = world.connect("alice")
    job = world.publish("Lost once [[sandbox: answer lost]]", account)
    with working():
        world.wait_until_final(job)
    with db.reading() as session:
        story = receipts.get_story(session, world.caller, job)
    (moments,) = story.moments.values()
    kinds = [moment.kind for moment in moments]
    assert kinds[:3] == [Kind.ACCEPTED, Kind.SENT, Kind.UNKNOWN] and kinds[-2:] == [Kind.LOOKED_UP, Kind.PUBLISHED]
    assert all(before.at <= after.at for before, after in itertools.pairwise(moments))
    assert story.names == {"usr_tester": "usr_tester"}  # nobody of this workspace has that id


@ON_SQLITE
def test_a_text_of_its_own_is_told_for_the_account_that_got_it(world: World) -> None:
    one, two = world.connect("alice"), world.connect("bob")
    options = {"x": {"accounts": {two: {"text": "For Bob"}}}}
    job = world.publish("For all", one, two, provider_options=options)
    with db.reading() as session:
        story = receipts.get_story(session, world.caller, job)
    assert [story.own_texts.get(result.delivery_id) for result in story.job.results] == [None, "For Bob"]
    world.is_settled = False


@ON_SQLITE
def test_a_story_is_for_the_workspace_and_the_world_it_happened_in(world: World) -> None:
    job = world.publish("Mine", world.connect("alice"))
    world.is_settled = False
    mine = world.caller
    for other in (
        Caller(2, mine.environment, mine.actor, mine.role),
        Caller(1, Environment.LIVE, mine.actor, mine.role),
    ):
        with db.reading() as session, pytest.raises(NotFound):
            receipts.get_story(session, other, job)


def _event(text: str) -> Event:
    word, _, second = text.partition("@")
    details: dict[str, object] = {"error_code": "provider_unavailable"} if word == "waiting" else {}
    kind = "waiting" if word == "handed_back" else word
    return Event(
        id=f"evt_{text}",
        workspace_key=1,
        environment="test",
        type=f"delivery.{kind}",
        details=details,
        created_at=NOON + timedelta(seconds=int(second)),
    )


def _attempt(text: str) -> AttemptView:
    kind, _, second = text.partition("@")
    at = NOON + timedelta(seconds=int(second))
    return AttemptView(1, kind, "failed", at, at, None, None, None, None)
