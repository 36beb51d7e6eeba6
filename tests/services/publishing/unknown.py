"""Deliveries whose outcome nobody knows, made step by step as the engine makes them."""

from dravo_app import clock, db
from dravo_app.errors import ReconnectRequired
from dravo_app.models import Delivery
from dravo_app.services.publishing import deliver, dispatch, opening, reconcile
from dravo_app.services.publishing.rollup import roll_up
from tests.support.world import World


def lose(world: World, job: str, *, sent: bool = False) -> Delivery:
    """Its worker began a conversation and never came back: unconfirmed. With `sent`, the network had shown the post."""
    with db.transaction() as session:
        (claim,) = dispatch.claim(session, "doomed", limit=1, lease_seconds=-1)
        (opened,) = opening.open_all(session, [claim])
    if sent:
        deliver.converse(opened)
    with db.transaction() as session:
        assert reconcile.recover_lost(session) == 1
    return world.deliveries(job)[0]


def ask_a_person(world: World, job: str, *, sent: bool = False) -> Delivery:
    """Nor can the network be asked: failed, and a person is asked."""
    key = lose(world, job, sent=sent).key
    with db.transaction() as session:
        delivery = session.get_one(Delivery, key)
        reconcile.after_failed_look(session, delivery, ReconnectRequired("Access is gone."), clock.now())
        session.flush()
        roll_up(session, [delivery.job_key], clock.now())
    return world.deliveries(job)[0]
