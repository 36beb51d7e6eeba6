"""A post that waits for its picture: nothing is public while it waits, and the post itself is a send like every other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import pytest

from dravo_app import clock, db
from dravo_app.errors import OutcomeUnknown, ProviderError, ProviderUnavailable
from dravo_app.models import Attempt, Delivery, DeliveryState
from dravo_app.providers import registry
from dravo_app.providers.types import (
    Credentials,
    Json,
    Outcome,
    Processing,
    Publication,
    Published,
    Ready,
)
from dravo_app.providers.x.publish import X
from dravo_app.services.publishing.lifecycle import move
from dravo_app.services.publishing.rollup import roll_up
from tests.support.world import ON_SQLITE, STEADY, World, wait_for, working

pytestmark = ON_SQLITE


class Slow(X):
    """A network that works on pictures before it takes the post; `calls` are what it was asked, `trouble` goes wrong once."""

    calls: ClassVar[list[str]]
    trouble: ClassVar[list[ProviderError]]
    is_down: ClassVar[bool]

    def publish(self, credentials: Credentials, publication: Publication) -> Outcome:
        self.calls.append(f"post {publication.prepared['media']}" if publication.prepared else "publish")
        if not publication.prepared:
            return Processing({"media": "m1"}, look_again_seconds=0.05)
        if self.trouble and isinstance(self.trouble[0], ProviderUnavailable):
            raise self.trouble.pop(0)
        published = super().publish(credentials, replace(publication, prepared={}))
        if self.trouble:
            raise self.trouble.pop(0)
        return published

    def resume(self, credentials: Credentials, publication: Publication, handle: dict[str, Json]) -> Outcome:
        self.calls.append("look")
        if self.is_down:
            raise ProviderUnavailable(provider="x")
        assert handle["media"] == "m1"
        return Ready(handle) if self.calls.count("look") > 1 else Processing(handle, look_again_seconds=0.05)

    def look_up(self, credentials: Credentials, publication: Publication) -> Published | None:
        self.calls.append("look up")
        return super().look_up(credentials, publication)


@pytest.fixture(autouse=True)
def slow(monkeypatch: pytest.MonkeyPatch) -> type[Slow]:
    monkeypatch.setitem(registry.PROVIDERS, "x", Slow)
    Slow.calls, Slow.trouble, Slow.is_down = [], [], False
    return Slow


def test_a_post_waits_for_its_picture_and_is_then_sent(world: World) -> None:
    job = world.publish("Wait", world.connect("alice"))
    with working(STEADY):
        assert world.wait_until_final(job)[0].status == "published"
    assert Slow.calls == ["publish", "look", "look", "post m1"]
    assert [attempt.kind for attempt in world.attempts(job)] == ["publish", "resume", "resume", "publish"]
    [delivery] = world.deliveries(job)
    assert delivery.handle is None and delivery.tries == 0


def test_a_lost_answer_after_the_wait_is_looked_up_not_sent_again(world: World) -> None:
    Slow.trouble = [OutcomeUnknown(provider="x")]
    job = world.publish("Wait", world.connect("alice"))
    with working(STEADY):
        assert world.wait_until_final(job)[0].status == "published"
    assert Slow.calls == ["publish", "look", "look", "post m1", "look up"]
    assert len(world.visible("Wait")) == 1


def test_what_failed_after_the_wait_begins_anew(world: World) -> None:
    Slow.trouble = [ProviderUnavailable(provider="x")]
    job = world.publish("Wait", world.connect("alice"))
    with working(STEADY):
        assert world.wait_until_final(job)[0].status == "published"
    assert Slow.calls == ["publish", "look", "look", "post m1", "publish", "look", "post m1"]
    assert len(world.visible("Wait")) == 1


def test_files_that_the_network_may_have_thrown_away_go_up_again(world: World) -> None:
    Slow.is_down = True
    job = world.publish("Wait", world.connect("alice"))
    with working(STEADY):
        wait_for(lambda: len(world.attempts(job)) == 2 and world.attempts(job)[1].result != "open")
    with db.transaction() as session:  # the files were ready, and the account had to rest for thirteen hours
        session.get_one(Attempt, world.attempts(job)[1].key).closed_at = clock.now() - timedelta(hours=13)
        delivery = session.get_one(Delivery, world.deliveries(job)[0].key)
        delivery.run_at = clock.now()
        move(session, delivery, DeliveryState.WAITING, clock.now())
        roll_up(session, [delivery.job_key], clock.now())
    Slow.is_down = False
    with working(STEADY):
        assert world.wait_until_final(job)[0].status == "published"
    assert Slow.calls == ["publish", "look", "publish", "look", "post m1"]


def test_a_network_that_never_comes_back_ends_the_waiting_after_a_day(world: World) -> None:
    Slow.is_down = True
    job = world.publish("Wait", world.connect("alice"))
    with working(STEADY):
        wait_for(lambda: "look" in Slow.calls)
        wait_for(lambda: len(world.attempts(job)) == 2 and world.attempts(job)[1].result != "open")
        assert world.deliveries(job)[0].state == "processing"
        with db.transaction() as session:
            delivery = session.get_one(Delivery, world.deliveries(job)[0].key)
            delivery.begun_at, delivery.run_at = clock.now() - timedelta(hours=24), clock.now()
        assert world.wait_until_final(job)[0].status == "failed"
    assert world.deliveries(job)[0].error_code == "provider_unavailable"
    assert world.visible("Wait") == []


def test_a_network_that_works_on_it_for_ever_is_looked_up_after_a_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Slow, "resume", lambda *_: Processing({"media": "m1"}, look_again_seconds=0.05))
    job = world.publish("Wait", world.connect("alice"))
    with working(STEADY):
        wait_for(lambda: len(world.attempts(job)) >= 3)
        with db.transaction() as session:
            session.get_one(Delivery, world.deliveries(job)[0].key).begun_at = clock.now() - timedelta(hours=24)
        assert world.wait_until_final(job)[0].status == "failed"
    assert "unconfirmed" in world.states(job) and world.visible("Wait") == []
    assert world.deliveries(job)[0].error_code == "provider_unavailable"
