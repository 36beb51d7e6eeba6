"""Step 3: queued rows become work. Two short transactions, each safe to repeat and to lose: `claim` takes queued deliveries (and
those that want a look at the network) under a lease, `hand_back` returns untouched claims.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, text
from sqlmodel import Session, col, select

from dravo_app import clock
from dravo_app.crashpoints import crashpoint
from dravo_app.models import AccountGate, AttemptKind, Delivery, DeliveryState, PublishJob
from dravo_app.services.publishing import reach, watermark
from dravo_app.services.publishing.lifecycle import move
from dravo_app.services.publishing.rollup import roll_up

_LOOK_AHEAD = 4  # candidates read per claim wanted: several may be of one account, which gets one at a time


@dataclass(frozen=True)
class Claim:
    """A delivery taken by one worker; `fence` is the number under which it may write its answer."""

    delivery_key: int
    fence: int
    kind: AttemptKind


def claim(session: Session, owner: str, limit: int, lease_seconds: float) -> list[Claim]:
    """Take up to `limit` due deliveries for `owner`, oldest first, at most one sending per account.

    The account's gate row is locked (and skipped where another worker holds it), the state is checked again under that
    lock, and the fence counts up: a worker that comes back from the dead finds its number outdated.
    """
    if watermark.is_behind(session):  # restored from a backup: nothing goes out before the ticker has held what is due
        return []
    now = clock.now()
    until = now + timedelta(seconds=lease_seconds)
    claims, senders = [], []
    for delivery, gate in _claimable(session, now, limit):
        delivery.fence += 1
        delivery.lease_until, delivery.lease_owner = until, owner
        claims.append(Claim(delivery.key or 0, delivery.fence, _KIND[DeliveryState(delivery.state)]))
        if delivery.state == DeliveryState.QUEUED:
            gate.in_flight_key = delivery.key
            session.add(gate)
            senders.append(delivery)
        session.add(delivery)
    for delivery in senders:
        move(session, delivery, DeliveryState.SENDING, now)
    if senders:
        roll_up(session, [delivery.job_key for delivery in senders], now)
    crashpoint("claim_before_commit")
    return claims


def hand_back(session: Session, claims: Sequence[Claim]) -> None:
    """Return claims that nobody has begun, so that another worker takes them at once."""
    now = clock.now()
    for taken in claims:
        delivery = lock_mine(session, taken)
        if delivery is None:
            continue
        delivery.lease_until = delivery.lease_owner = None
        delivery.run_at = now
        session.add(delivery)
        if delivery.state == DeliveryState.SENDING:
            open_gate(session, delivery)
            move(session, delivery, DeliveryState.WAITING, now)
            move(session, delivery, DeliveryState.QUEUED, now)


def lock_mine(session: Session, taken: Claim) -> Delivery | None:
    """The claimed delivery, locked, if the fence is still the claim's; None for a zombie."""
    statement = select(Delivery).where(col(Delivery.key) == taken.delivery_key, col(Delivery.fence) == taken.fence)
    delivery = session.exec(statement.with_for_update(key_share=True).execution_options(populate_existing=True)).first()
    return delivery if delivery and delivery.lease_owner else None


def open_gate(session: Session, delivery: Delivery, rest_until: datetime | None = None) -> None:
    """The account's delivery is no longer in flight; `rest_until` keeps the account closed until then."""
    gate = session.get(AccountGate, delivery.account_key, with_for_update={"key_share": True})
    if gate is None:
        return
    if gate.in_flight_key == delivery.key:
        gate.in_flight_key = None
    if rest_until and (gate.next_allowed_at is None or rest_until > gate.next_allowed_at):
        gate.next_allowed_at = rest_until
    session.add(gate)


def has_due(session: Session) -> bool:
    """Is there anything to release or claim? A cheap look, so that an idle worker writes nothing."""
    now = clock.now()
    job = select(PublishJob.key).where(IS_SCHEDULED, col(PublishJob.scheduled_at) <= now).limit(1)
    delivery = select(Delivery.key).where(IS_CLAIMABLE, col(Delivery.run_at) <= now).limit(1)
    return session.exec(job).first() is not None or session.exec(delivery).first() is not None


# Written out, not bound: SQLite uses a partial index only where it can see that the condition is the index's own.
IS_CLAIMABLE = text("delivery.state IN ('queued', 'waiting', 'processing', 'unconfirmed')")
IS_SCHEDULED = text("publish_job.status = 'scheduled' AND publish_job.held_at IS NULL")

_KIND = {
    DeliveryState.QUEUED: AttemptKind.PUBLISH,
    DeliveryState.PROCESSING: AttemptKind.RESUME,
    DeliveryState.UNCONFIRMED: AttemptKind.LOOK_UP,
}


def _claimable(session: Session, now: datetime, limit: int) -> list[tuple[Delivery, AccountGate]]:
    is_free = or_(col(Delivery.lease_until).is_(None), col(Delivery.lease_until) < now)
    wants_a_look = and_(col(Delivery.state).in_([DeliveryState.PROCESSING, DeliveryState.UNCONFIRMED]), is_free)
    may_send = and_(col(Delivery.state) == DeliveryState.QUEUED, col(AccountGate.in_flight_key).is_(None))
    is_rested = or_(col(AccountGate.next_allowed_at).is_(None), col(AccountGate.next_allowed_at) <= now)
    statement = (
        select(Delivery, AccountGate)
        .join(AccountGate, col(AccountGate.account_key) == col(Delivery.account_key))
        .where(IS_CLAIMABLE, col(Delivery.run_at) <= now, or_(may_send, wants_a_look), is_rested, *reach.conditions())
        .order_by(col(Delivery.run_at), col(Delivery.key))
        .limit(limit * _LOOK_AHEAD)
        .with_for_update(skip_locked=True, key_share=True)
    )
    chosen: dict[int, tuple[Delivery, AccountGate]] = {}
    for delivery, gate in session.exec(statement):
        if len(chosen) < limit:
            chosen.setdefault(delivery.account_key, (delivery, gate))
    return list(chosen.values())
