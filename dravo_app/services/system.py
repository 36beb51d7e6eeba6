"""Beside the flow: how much work there is and who does it, for `./dravo status`. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, case, col, func, or_, select

from dravo_app import clock
from dravo_app.models import AccountGate, Delivery, DeliveryState, Lease, NetworkGate, Watermark
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

    Those whose account or network has been told to rest aren't late: `resting` counts them, the last rest ends at `resting_until`.
    `restored_at` is when it was last found to have gone back in time, while something of that is still held.
    """

    deliveries: dict[str, int]
    oldest_due_seconds: float | None
    resting: int
    resting_until: datetime | None
    holders: list[Holder]
    members: list[Member]
    restored_at: datetime | None
    held_by_restore: int
    lateness: dict[str, Lateness]


def get_status(session: Session) -> SystemStatus:
    """Counts by state, the oldest delivery that waits, how late posts were begun, who holds which role."""
    now = clock.now()
    counted = session.exec(select(Delivery.state, func.count()).group_by(col(Delivery.state)))
    oldest, resting, resting_until = _due(session, now)
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
        oldest_due_seconds=(now - oldest).total_seconds() if oldest else None,
        resting=resting,
        resting_until=resting_until,
        members=list_members(session),
        holders=[Holder(lease.name, lease.holder, lease.until, lease.until > now) for lease in leases],
        restored_at=restored_at,
        held_by_restore=held_by_restore,
        lateness=lateness.by_provider(session),
    )


def _due(session: Session, now: datetime) -> tuple[datetime | None, int, datetime | None]:
    """The time of the oldest that is due and may go; how many may not, since something rests; and when the last rest ends."""
    network, app = aliased(NetworkGate), aliased(NetworkGate)
    ends = [col(gate.next_allowed_at) for gate in (AccountGate, network, app)]
    rests = and_(
        col(Delivery.state) != DeliveryState.SCHEDULED,  # what rests is released all the same
        or_(*(and_(end.is_not(None), end > now) for end in ends)),
    )
    due = (
        select(
            func.min(case((~rests, col(Delivery.run_at)))),
            func.count(case((rests, 1))),
            *(func.max(case((rests, end))) for end in ends),
        )
        .select_from(Delivery)
        .join(AccountGate, col(AccountGate.account_key) == col(Delivery.account_key), isouter=True)
        .join(network, col(network.name) == col(AccountGate.network), isouter=True)
        .join(app, col(app.name) == col(AccountGate.app), isouter=True)
        .where(col(Delivery.state).in_(_DUE), col(Delivery.run_at) <= now)
    )
    oldest, number, *until = session.execute(due).one()
    return _aware(oldest) if oldest else None, number, max((_aware(end) for end in until if end), default=None)


def _aware(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=clock.now().tzinfo)
