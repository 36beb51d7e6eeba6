"""PostgreSQL: who changes the same posts at one moment waits for the other, and never each for the other."""

import threading
from collections.abc import Callable

import pytest
from sqlmodel import Session, col, select

from dravo_app import clock, db
from dravo_app.models import Delivery, DeliveryState
from dravo_app.services.publishing import dispatch, held, intake
from dravo_app.services.publishing.claims import lock_mine
from dravo_app.services.publishing.jobs import get_owned_job
from dravo_app.services.publishing.lifecycle import move
from dravo_app.services.publishing.retry import retry
from dravo_app.services.publishing.rollup import roll_up
from tests.support.world import World, wait_for

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database", ["postgres"], indirect=True),
]
S = DeliveryState


def test_a_heartbeat_waits_for_who_closes(world: World) -> None:
    world.is_settled = False
    job = world.publish("Hello", *(world.connect(name) for name in ("ada", "bob", "eve")))
    with db.transaction() as session:
        claims = dispatch.claim(session, "one", 10, lease_seconds=60)
    first = min(claims, key=lambda claim: claim.delivery_key)
    for state_reason in ("moved", None):  # rows written anew stand behind the others, out of their order
        with db.transaction() as session:
            session.get_one(Delivery, first.delivery_key).state_reason = state_reason
    keys = [claim.delivery_key for claim in claims]
    with db.transaction() as session:
        lock_mine(session, [first])
        finish = _begin(lambda beside: intake._extend(beside, "one", keys, 60))
        lock_mine(session, claims)
    finish()
    assert {delivery.lease_owner for delivery in world.deliveries(job)} == {"one"}


def test_a_retry_waits_for_who_lets_go_what_is_held(world: World) -> None:
    world.is_settled = False
    job = world.publish("Hello", world.connect("ada"), world.connect("bob"))
    with db.transaction() as session:
        failed, kept = session.exec(select(Delivery).order_by(col(Delivery.key))).all()
        for delivery, states in ((failed, (S.SENDING, S.FAILED)), (kept, (S.HELD,))):
            for state in states:
                move(session, delivery, state, clock.now())
        failed.error_code = "provider_unavailable"
        session.flush()
        roll_up(session, [failed.job_key], clock.now())
    with db.transaction() as session:
        get_owned_job(session, world.caller, job, lock=True)
        finish = _begin(lambda beside: retry(beside, world.caller, job))
        held.let_go(session, world.caller, job)
    finish()
    assert [delivery.state for delivery in world.deliveries(job)] == ["queued", "queued"]


def _begin(call: Callable[[Session], object]) -> Callable[[], None]:
    """`call` in a transaction of another connection, which waits for ours by now; what comes back joins it and tells its error."""
    errors: list[Exception] = []

    def run() -> None:
        try:
            with db.transaction() as session:
                call(session)
        except Exception as error:  # noqa: BLE001  # told below
            errors.append(error)

    def finish() -> None:
        thread.join(10)
        assert not errors and not thread.is_alive(), errors

    thread = threading.Thread(target=run)
    thread.start()
    wait_for(_somebody_waits)
    return finish


def _somebody_waits() -> bool:
    """Does a connection of this database wait for another's lock?"""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with db.reading() as session:
        return session.connection().exec_driver_sql(waiting).first() is not None
