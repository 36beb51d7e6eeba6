"""When a request arrives at the network, what is about to happen is in the database already, for everybody to see."""

from typing import ClassVar

import pytest
from sqlmodel import select

from dravo_app import db
from dravo_app.models import Attempt
from dravo_app.providers import registry
from dravo_app.providers.types import Credentials, Outcome, Publication
from dravo_app.providers.x.publish import X
from tests.support.world import World, working


class Curious(X):
    """A network that looks into the database as the post arrives."""

    seen: ClassVar[list[tuple[str, str]]]

    def publish(self, credentials: Credentials, publication: Publication) -> Outcome:
        with db.reading() as session:
            self.seen.extend(session.exec(select(Attempt.kind, Attempt.result)).all())
        return super().publish(credentials, publication)


def test_the_attempt_is_committed_before_the_request_leaves(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.PROVIDERS, "x", Curious)
    Curious.seen = []
    job = world.publish("Written down", world.connect("alice"))
    with working():
        world.wait_until_final(job)
    assert Curious.seen == [("publish", "open")]
