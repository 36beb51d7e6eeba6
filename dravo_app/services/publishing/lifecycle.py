"""The states of a delivery and the only changes between them; `docs/lifecycle.md` draws the same table."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from dravo_app.models import Delivery, DeliveryState
from dravo_app.services import events

S = DeliveryState

LEGAL: dict[DeliveryState, frozenset[DeliveryState]] = {
    S.SCHEDULED: frozenset({S.QUEUED, S.CANCELED, S.HELD}),
    S.HELD: frozenset({S.SCHEDULED, S.QUEUED, S.CANCELED}),
    S.QUEUED: frozenset({S.SENDING, S.HELD, S.CANCELED}),
    S.SENDING: frozenset({S.PUBLISHED, S.PROCESSING, S.WAITING, S.FAILED, S.UNCONFIRMED}),
    S.PROCESSING: frozenset({S.PUBLISHED, S.WAITING, S.FAILED, S.UNCONFIRMED}),
    S.WAITING: frozenset({S.QUEUED, S.HELD}),
    S.UNCONFIRMED: frozenset({S.PUBLISHED, S.WAITING, S.FAILED}),
    S.FAILED: frozenset({S.QUEUED, S.PUBLISHED}),
    S.PUBLISHED: frozenset(),
    S.CANCELED: frozenset(),
}
"""failed → published has one way only: a person answers an unknown outcome with "it is public" (`resolve`)."""

FINAL = frozenset({S.FAILED, S.PUBLISHED, S.CANCELED})
IN_FLIGHT = frozenset({S.SENDING, S.PROCESSING, S.UNCONFIRMED})

_SHOWN = {S.HELD: "scheduled", S.SENDING: "processing", S.WAITING: "processing", S.UNCONFIRMED: "processing"}


class IllegalChange(AssertionError):
    """A delivery was asked to make a change that the table doesn't have: a mistake in our code, never a caller's."""


def shown(state: str, fence: int) -> str:
    """The state as `/v1` shows it. Queued again or held after a first claim still shows as processing: nothing moves backwards."""
    known = DeliveryState(state)
    if known in (S.QUEUED, S.HELD) and fence > 0:
        return "processing"
    return _SHOWN.get(known, known.value)


def move(session: Session, delivery: Delivery, to: DeliveryState, now: datetime) -> None:
    """Change a delivery's state and write its event. Raises IllegalChange."""
    _change(delivery, to, now)
    session.add(delivery)
    events.record_delivery(session, delivery)


def move_all(session: Session, deliveries: Sequence[Delivery], to: DeliveryState, now: datetime) -> None:
    """The same for many at once; their rows and events are written at this moment. Raises IllegalChange."""
    for delivery in deliveries:
        _change(delivery, to, now)
    session.add_all(deliveries)
    events.record_deliveries(session, deliveries)


def _change(delivery: Delivery, to: DeliveryState, now: datetime) -> None:
    if to not in LEGAL[DeliveryState(delivery.state)]:
        raise IllegalChange(f"{delivery.id}: {delivery.state} → {to}")
    delivery.state = to.value
    delivery.changed_at = now
    delivery.finished_at = now if to in FINAL else None
    if to in (S.PUBLISHED, S.FAILED):
        delivery.state_reason = None
    if to is not S.SENDING:
        delivery.lease_until = delivery.lease_owner = None
