"""What happened to one delivery, moment by moment: its events and its conversations with the network as one story."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dravo_app.models import AttemptKind, Event
from dravo_app.services.events import STUCK
from dravo_app.services.history import AttemptView


class Kind(StrEnum):
    """What a moment is about."""

    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    DUE = "due"
    HELD = "held"
    SENT = "sent"
    RESUMED = "resumed"
    LOOKED_UP = "looked_up"
    PROCESSING = "processing"
    WAITING = "waiting"
    UNKNOWN = "unknown"
    PUBLISHED = "published"
    FAILED = "failed"
    CANCELED = "canceled"
    RESOLVED = "resolved"
    RETRIED = "retried"
    RELEASED = "released"
    STUCK = "stuck"


@dataclass(frozen=True)
class Moment:
    """`attempt` is the conversation that began then; `details` are the event's own."""

    at: datetime
    kind: Kind
    attempt: AttemptView | None = None
    details: dict[str, object] = field(default_factory=dict)


def tell(events: Sequence[Event], attempts: Sequence[AttemptView]) -> list[Moment]:
    """Oldest first. `events` are one delivery's, in the order they were written.

    Left out is what says nothing new: being queued again and being taken by a worker lead to the conversation that follows.
    """
    told = [moment for place, event in enumerate(events) if (moment := _of_event(event, events[:place]))]
    spoken = [Moment(attempt.started_at, _OF_ATTEMPT[AttemptKind(attempt.kind)], attempt) for attempt in attempts]
    # A conversation comes after what led to it and before what came of it, even in one and the same millisecond.
    return sorted([*told, *spoken], key=lambda moment: (moment.at, _RANK.get(moment.kind, 2)))


def _of_event(event: Event, earlier: Sequence[Event]) -> Moment | None:
    word = event.type.removeprefix("delivery.")
    if word == "queued":
        if not earlier:
            return Moment(event.created_at, Kind.ACCEPTED)
        was_scheduled = _latest_change(earlier) == "delivery.scheduled"
        return Moment(event.created_at, Kind.DUE) if was_scheduled else None
    kind = _OF_EVENT.get(word)
    if kind is None or (kind is Kind.WAITING and not event.details.get("error_code")):
        return None  # handed back untouched: nothing was waited for
    return Moment(event.created_at, kind, details=dict(event.details))


def _latest_change(earlier: Sequence[Event]) -> str:
    """The state before: what only notes something is passed over."""
    return next((event.type for event in reversed(earlier) if event.type != STUCK), "")


_OF_EVENT = {
    "scheduled": Kind.SCHEDULED,
    "held": Kind.HELD,
    "processing": Kind.PROCESSING,
    "waiting": Kind.WAITING,
    "unconfirmed": Kind.UNKNOWN,
    "published": Kind.PUBLISHED,
    "failed": Kind.FAILED,
    "canceled": Kind.CANCELED,
    "resolved": Kind.RESOLVED,
    "retried": Kind.RETRIED,
    "released": Kind.RELEASED,
    "stuck": Kind.STUCK,
}
_OF_ATTEMPT = {
    AttemptKind.PUBLISH: Kind.SENT,
    AttemptKind.RESUME: Kind.RESUMED,
    AttemptKind.LOOK_UP: Kind.LOOKED_UP,
}
_RANK = {
    Kind.SCHEDULED: 0,
    Kind.ACCEPTED: 0,
    Kind.DUE: 0,
    Kind.RETRIED: 0,
    Kind.RELEASED: 0,
    Kind.RESOLVED: 0,
    Kind.SENT: 1,
    Kind.RESUMED: 1,
    Kind.LOOKED_UP: 1,
}
