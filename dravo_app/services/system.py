"""Beside the flow: how much work there is and who does it, for `./dravo status`. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from dravo_app import clock
from dravo_app.models import Delivery, DeliveryState, Lease, Watermark
from dravo_app.services import lateness
from dravo_app.services.lateness import Lateness
from dravo_app.services.members import Member, list_members
from dravo_app.services.publishing.watermark import RESTORED

_DUE = [
    DeliveryState.SCHEDULED,
    DeliveryState.QUEUED,
    DeliveryState.WAITING,
    DeliveryState.PROCESSING,
    DeliveryState.UNCONFIRMED,
]


@dataclass(frozen=True)
class Holder:
    """A role somebody holds: the ticker's lead, a worker's presence."""

    name: str
    holder: str
    until: datetime
    is_alive: bool


@dataclass(frozen=True)
class SystemStatus:
    """What the database knows; `oldest_due_seconds` is how late the latest of the due deliveries is, None when none is due.

    `restored_at` is when it was last found to have gone back in time, while something of that is still held.
    """

    deliveries: dict[str, int]
    oldest_due_seconds: float | None
    holders: list[Holder]
    members: list[Member]
    restored_at: datetime | None
    held_by_restore: int
    lateness: dict[str, Lateness]


def get_status(session: Session) -> SystemStatus:
    """Counts by state, the oldest delivery that waits, how late posts were begun, who holds which role."""
    now = clock.now()
    counted = session.exec(select(Delivery.state, func.count()).group_by(col(Delivery.state)))
    due = select(func.min(Delivery.run_at)).where(col(Delivery.state).in_(_DUE), col(Delivery.run_at) <= now)
    oldest = session.exec(due).one()
    by_restore = (
        select(func.count())
        .select_from(Delivery)
        .where(col(Delivery.state) == DeliveryState.HELD, col(Delivery.state_reason) == RESTORED)
    )
    held_by_restore = session.exec(by_restore).one()
    restored_at = session.exec(select(Watermark.restored_at)).first() if held_by_restore else None
    leases = session.exec(select(Lease).order_by(col(Lease.name)))
    return SystemStatus(
        deliveries={state: number for state, number in counted if number},
        oldest_due_seconds=(now - _aware(oldest)).total_seconds() if oldest else None,
        members=list_members(session),
        holders=[Holder(lease.name, lease.holder, lease.until, lease.until > now) for lease in leases],
        restored_at=restored_at,
        held_by_restore=held_by_restore,
        lateness=lateness.by_provider(session),
    )


def _aware(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=clock.now().tzinfo)
