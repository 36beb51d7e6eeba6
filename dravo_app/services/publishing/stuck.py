"""Beside the flow: the sweep's look at what stands still for too long. Nothing is moved; the history gets one event per spell.

Only what a worker can see: where none lives nobody sweeps, and whoever looks at the page is told by `standstill` itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, text
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from dravo_app import clock
from dravo_app.models import Account, AccountGate, Delivery, DeliveryState, Event, NetworkGate, PublishJob
from dravo_app.services import events
from dravo_app.services.publishing import surroundings
from dravo_app.services.publishing.dispatch import IS_CLAIMABLE, IS_SCHEDULED
from dravo_app.services.publishing.next_step import NextStep, next_step, standing_of, waiting_for
from dravo_app.services.publishing.standstill import LIMITS, WaitingFor

S = DeliveryState
_AT_A_TIME = 100
_NEVER = datetime.min.replace(tzinfo=UTC)
_IS_SENDING = text("delivery.state = 'sending'")
_IS_HELD = text("publish_job.held_at IS NOT NULL")


@dataclass(frozen=True)
class Stuck:
    """A delivery that stands still, why, and who gets it going."""

    delivery: Delivery
    waiting: WaitingFor
    step: NextStep


def find(session: Session) -> list[Stuck]:
    """What stands still and has not been told of. Reads only, and down the indexes of what is due."""
    now = clock.now()
    candidates = (row for statement in _candidates(now) for row in session.exec(statement.limit(_AT_A_TIME)))
    rows = list({row.key: row for row in candidates}.values())
    facts, told_at, health = surroundings.read(session, rows, now), _told_at(session, rows), _health(session, rows)
    found = []
    for row in rows:
        standing = standing_of(row, health[row.account_key], facts[row.key or 0])
        waiting = waiting_for(standing, now)
        if waiting is not None and waiting.is_stuck and told_at.get(row.key or 0, _NEVER) <= waiting.since:
            found.append(Stuck(row, waiting, next_step(standing, now)))
    return found


def tell(session: Session, found: Sequence[Stuck]) -> None:
    """Write an event for each, where the delivery has not moved since."""
    now = clock.now()
    for one in found:
        seen = one.delivery
        delivery = session.get_one(Delivery, seen.key, populate_existing=True)
        if (delivery.state, delivery.changed_at) == (seen.state, seen.changed_at):
            why = {"code": one.waiting.code.value, "message": one.waiting.sentence(now)}
            who = {"who_acts": one.step.who.value, "action": one.step.action.value, "what_to_do": one.step.sentence}
            events.record_stuck(session, delivery, {**why, **who})


def _candidates(now: datetime) -> Iterator[SelectOfScalar[Delivery]]:
    """More than stand still, less than move: each down one small index, and without those that were told of."""
    due = select(Delivery).join(AccountGate, col(AccountGate.account_key) == col(Delivery.account_key))
    yield due.where(
        IS_CLAIMABLE, col(Delivery.run_at) < _before(now, S.QUEUED), _is_free(now), _is_new(col(Delivery.run_at))
    )
    lasts_too_long = [
        and_(col(Delivery.state) == state, col(Delivery.changed_at) < _before(now, state, lasting=True))
        for state in (S.PROCESSING, S.WAITING, S.UNCONFIRMED)
    ]
    yield select(Delivery).where(IS_CLAIMABLE, or_(*lasts_too_long), _is_new(col(Delivery.changed_at)))
    yield select(Delivery).where(
        _IS_SENDING,
        or_(
            col(Delivery.lease_until) < _before(now, S.SENDING),
            col(Delivery.changed_at) < _before(now, S.SENDING, lasting=True),
        ),
        _is_new(col(Delivery.changed_at)),
    )
    of_job = select(Delivery).join(PublishJob, col(PublishJob.key) == col(Delivery.job_key))
    yield of_job.where(
        IS_SCHEDULED,
        col(PublishJob.scheduled_at) < _before(now, S.SCHEDULED),
        col(Delivery.state) == S.SCHEDULED,
        _is_new(col(Delivery.changed_at)),
    )
    held_jobs = select(PublishJob.key).where(_IS_HELD)
    yield select(Delivery).where(
        col(Delivery.job_key).in_(held_jobs),
        col(Delivery.state) == S.HELD,
        col(Delivery.changed_at) < _before(now, S.HELD, lasting=True),
        _is_new(col(Delivery.changed_at)),
    )


def _before(now: datetime, state: DeliveryState, *, lasting: bool = False) -> datetime:
    limit = LIMITS[state]
    return now - timedelta(seconds=(limit.lasting_seconds if lasting else limit.overdue_seconds) or 0.0)


def _is_free(now: datetime) -> ColumnElement[bool]:
    """Queued behind another post, or at rest: nothing is wrong with that."""
    is_rested = or_(col(AccountGate.next_allowed_at).is_(None), col(AccountGate.next_allowed_at) <= now)
    rests = select(NetworkGate.name).where(
        col(NetworkGate.name).in_([col(AccountGate.network), col(AccountGate.app)]),
        col(NetworkGate.next_allowed_at) > now,
    )
    is_alone = or_(col(Delivery.state) != S.QUEUED, col(AccountGate.in_flight_key).is_(None))
    return and_(is_rested, is_alone, ~rests.exists())


def _is_new(since: object) -> ColumnElement[bool]:
    told = select(Event.key).where(
        col(Event.job_key) == col(Delivery.job_key),
        col(Event.delivery_key) == col(Delivery.key),
        col(Event.type) == events.STUCK,
        col(Event.created_at) > since,
    )
    return ~told.exists()


def _health(session: Session, rows: Sequence[Delivery]) -> dict[int, str]:
    statement = select(Account.key, Account.health).where(col(Account.key).in_({row.account_key for row in rows}))
    return {key or 0: health for key, health in session.exec(statement)}


def _told_at(session: Session, rows: Sequence[Delivery]) -> dict[int, datetime]:
    """When each was last told of."""
    told = select(Event.delivery_key, func.max(Event.created_at)).where(
        col(Event.job_key).in_({row.job_key for row in rows}),
        col(Event.delivery_key).in_({row.key for row in rows}),
        col(Event.type) == events.STUCK,
    )
    return {key or 0: at for key, at in session.exec(told.group_by(col(Event.delivery_key)))}
