"""Step 3: queued rows become work. Two short transactions, each safe to repeat and to lose: `claim` takes queued deliveries (and
those that want a look at the network) under a lease, `hand_back` returns untouched claims.

Workspaces take turns, so that one's flood delays nobody else's post; an account's posts are taken in the order of their time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, text
from sqlmodel import Session, col, select

from dravo_app import clock
from dravo_app.crashpoints import crashpoint
from dravo_app.models import AccountGate, AttemptKind, Delivery, DeliveryState, PublishJob
from dravo_app.services.publishing import attempts, gates, overlooked, reach, watermark
from dravo_app.services.publishing.claims import Claim, lock_gates, lock_mine
from dravo_app.services.publishing.lifecycle import move, move_all
from dravo_app.services.publishing.rollup import roll_up
from dravo_app.services.publishing.turns import Line, whose_turn

_LOOK_AHEAD = 4  # candidates read per claim wanted: several may be of one account, which gets one at a time


def claim(session: Session, owner: str, limit: int, lease_seconds: float) -> list[Claim]:
    """Take up to `limit` due deliveries for `owner`, workspaces in turns, oldest first, at most one per account.

    The account's gate row is locked (and skipped where another worker holds it), the state is checked again under that
    lock, and the fence counts up: a worker that comes back from the dead finds its number outdated.
    """
    if watermark.is_behind(session):  # restored from a backup: nothing goes out before the ticker has held what is due
        return []
    now = clock.now()
    until = now + timedelta(seconds=lease_seconds)
    claims, senders = [], []
    found = _load(session, _take_turns(session, now, limit))
    stopped = overlooked.stop_late(session, found, now)
    is_stopped = {delivery.key for delivery in stopped}
    for delivery, gate in found:
        if delivery.key in is_stopped:
            continue
        delivery.fence += 1
        delivery.lease_until, delivery.lease_owner = until, owner
        claims.append(Claim(delivery.key or 0, delivery.fence, _KIND[DeliveryState(delivery.state)]))
        if delivery.state == DeliveryState.QUEUED:
            gate.in_flight_key = delivery.key
            session.add(gate)
            senders.append(delivery)
        session.add(delivery)
    if senders or stopped:
        move_all(session, senders, DeliveryState.SENDING, now)
        # all at once: it locks the jobs in their order
        roll_up(session, [delivery.job_key for delivery in (*senders, *stopped)], now)
    crashpoint("claim_before_commit")
    return claims


def hand_back(session: Session, claims: Sequence[Claim]) -> None:
    """Return claims that nobody has begun, so that another worker takes them at once."""
    now = clock.now()
    mine = lock_mine(session, claims)
    account_gates = lock_gates(session, [delivery.account_key for delivery in mine.values()])
    for delivery in mine.values():
        attempts.close_unsent(session, delivery, now)
        delivery.lease_until = delivery.lease_owner = None
        delivery.run_at = now
        session.add(delivery)
        if delivery.state == DeliveryState.SENDING:
            open_gate(account_gates[delivery.account_key], delivery)
            move(session, delivery, DeliveryState.WAITING, now)
            move(session, delivery, DeliveryState.QUEUED, now)
    gates.end_trials(session, {gate.network for gate in account_gates.values() if gate.network}, now)


def open_gate(gate: AccountGate, delivery: Delivery, rest_until: datetime | None = None) -> None:
    """The account's delivery is no longer in flight; `rest_until` keeps the account closed until then. The gate is locked."""
    if gate.in_flight_key == delivery.key:
        gate.in_flight_key = None
    if rest_until and (gate.next_allowed_at is None or rest_until > gate.next_allowed_at):
        gate.next_allowed_at = rest_until


def has_due(session: Session) -> bool:
    """Is there anything to release or claim? A cheap look, so that an idle worker writes nothing."""
    now = clock.now()
    job = select(PublishJob.key).where(IS_SCHEDULED, col(PublishJob.scheduled_at) <= now).limit(1)
    delivery = select(Delivery.key).where(IS_CLAIMABLE, col(Delivery.run_at) <= now).limit(1)
    return session.exec(job).first() is not None or session.exec(delivery).first() is not None


# Written out, not bound: SQLite uses a partial index only where it can see that the condition is the index's own.
IS_CLAIMABLE = text("delivery.state IN ('queued', 'waiting', 'processing', 'unconfirmed')")
IS_SCHEDULED = text("publish_job.status = 'scheduled' AND publish_job.held_at IS NULL")
_CLAIMABLE = Line("delivery", "run_at", IS_CLAIMABLE)

_KIND = {
    DeliveryState.QUEUED: AttemptKind.PUBLISH,
    DeliveryState.PROCESSING: AttemptKind.RESUME,
    DeliveryState.UNCONFIRMED: AttemptKind.LOOK_UP,
}


@dataclass
class _Turns:
    """What one claim has chosen so far; `accounts` have had theirs, and gates `on_trial` let one delivery through."""

    now: datetime
    resting: gates.Resting
    chosen: list[int] = field(default_factory=list)
    accounts: set[int] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)


def _take_turns(session: Session, now: datetime, limit: int) -> list[int]:
    turns = _Turns(now, gates.get_resting(session, now))
    waiting = whose_turn(session, _CLAIMABLE, now)
    while waiting and (left := limit - len(turns.chosen)) > 0:
        share, hungry = max(1, left // len(waiting)), []
        for workspace_key in waiting[:left]:
            if _take(session, turns, workspace_key, share):
                hungry.append(workspace_key)
        waiting = hungry + waiting[left:]
    return turns.chosen


def _take(session: Session, turns: _Turns, workspace_key: int, limit: int) -> int:
    """How many were taken, 0 once there is nothing left: a window may be full of one account's posts, of which one is taken."""
    taken = 0
    found = _candidates(session, turns, workspace_key, limit)
    for key, account, network in found:
        if taken == limit:
            break
        if account in turns.accounts or not _may_pass(session, turns, network):
            continue
        turns.accounts.add(account)
        turns.chosen.append(key)
        taken += 1
    return taken if len(found) == limit * _LOOK_AHEAD or taken == limit else 0


def _may_pass(session: Session, turns: _Turns, network: str | None) -> bool:
    gate = turns.resting.on_trial.get(network or "")
    if gate is None:
        return True
    if gate.name in turns.tried:
        return False
    turns.tried.add(gate.name)
    gates.begin_trial(session, gate, turns.now)
    return True


def _candidates(session: Session, turns: _Turns, workspace_key: int, limit: int) -> list[tuple[int, int, str | None]]:
    """Key, account and network of due deliveries, oldest first, locked."""
    now = turns.now
    is_free = or_(col(Delivery.lease_until).is_(None), col(Delivery.lease_until) < now)
    wants_a_look = and_(col(Delivery.state).in_([DeliveryState.PROCESSING, DeliveryState.UNCONFIRMED]), is_free)
    may_send = and_(col(Delivery.state) == DeliveryState.QUEUED, col(AccountGate.in_flight_key).is_(None))
    is_rested = or_(col(AccountGate.next_allowed_at).is_(None), col(AccountGate.next_allowed_at) <= now)
    statement = (
        select(Delivery.key, Delivery.account_key, AccountGate.network)
        .join(AccountGate, col(AccountGate.account_key) == col(Delivery.account_key))
        .where(IS_CLAIMABLE, col(Delivery.workspace_key) == workspace_key, col(Delivery.run_at) <= now)
        .where(or_(may_send, wants_a_look), is_rested, *reach.conditions(), *_not_resting(turns))
        .order_by(col(Delivery.run_at), col(Delivery.key))
        .limit(limit * _LOOK_AHEAD)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return [(key or 0, account, network) for key, account, network in session.exec(statement)]


def _not_resting(turns: _Turns) -> list[ColumnElement[bool]]:
    names, accounts = turns.resting.closed | turns.tried, turns.accounts
    columns = (col(AccountGate.network), col(AccountGate.app))
    closed = [or_(column.is_(None), column.not_in(sorted(names))) for column in columns] if names else []
    return [*closed, *([col(Delivery.account_key).not_in(sorted(accounts))] if accounts else [])]


def _load(session: Session, keys: Sequence[int]) -> list[tuple[Delivery, AccountGate]]:
    if not keys:
        return []
    statement = (
        select(Delivery, AccountGate)
        .join(AccountGate, col(AccountGate.account_key) == col(Delivery.account_key))
        .where(col(Delivery.key).in_(keys))
        .order_by(col(Delivery.run_at), col(Delivery.key))
        .execution_options(populate_existing=True)
    )
    return list(session.exec(statement))
