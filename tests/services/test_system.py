"""What `./dravo status` says about what is due."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from dravo_app import clock, db
from dravo_app.models import AccountGate, Delivery, DeliveryState, NetworkGate
from dravo_app.services import system
from tests.support.jobs import add_account, add_job


def test_what_rests_by_order_is_not_late_but_counted_apart(database: str) -> None:
    now = clock.now()
    with db.transaction() as session:
        _due(session, "free", now - timedelta(seconds=30))
        _due(session, "told to slow down", now - timedelta(hours=3), rests_until=now + timedelta(minutes=5))
        _due(session, "of a broken network", now - timedelta(hours=2), network="test:x")
        until = now + timedelta(minutes=9)
        session.add(NetworkGate(name="test:x", workspace_key=1, failures=9, next_allowed_at=until, changed_at=now))
    with db.reading() as session:
        status = system.get_status(session)
    assert status.oldest_due_seconds is not None and 30 <= status.oldest_due_seconds < 60
    assert (status.resting, status.resting_until) == (2, until)


def test_a_rest_that_is_over_explains_nothing(database: str) -> None:
    now = clock.now()
    with db.transaction() as session:
        _due(session, "rested", now - timedelta(hours=3), rests_until=now - timedelta(hours=1))
    with db.reading() as session:
        status = system.get_status(session)
    assert (status.oldest_due_seconds or 0) > 10_000 and (status.resting, status.resting_until) == (0, None)


def _due(
    session: Session, handle: str, at: datetime, rests_until: datetime | None = None, network: str | None = None
) -> None:
    account = add_account(session, handle)
    job = add_job(session, handle, [account])
    session.flush()
    for delivery in session.exec(select(Delivery).where(col(Delivery.job_key) == job.key)):
        delivery.state, delivery.run_at, delivery.finished_at = DeliveryState.QUEUED.value, at, None
    gate = AccountGate(account_key=account.key or 0, workspace_key=1, network=network, next_allowed_at=rests_until)
    session.add(gate)
