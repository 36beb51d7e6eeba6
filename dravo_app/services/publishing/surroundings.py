"""Beside the flow: reads what surrounds deliveries that have not come to an end, in a fixed number of statements."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import text
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from dravo_app.models import AccountGate, Delivery, DeliveryState, NetworkGate
from dravo_app.services import leases
from dravo_app.services.publishing.lifecycle import FINAL
from dravo_app.services.publishing.standstill import LIMITS, Facts

_QUEUED_LIMIT = timedelta(seconds=LIMITS[DeliveryState.QUEUED].overdue_seconds or 0)
# Written out, so that both databases see the partial index of what may be claimed; and the account's column is kept from
# theirs: an account with a long history has few deliveries that wait.
_IS_QUEUED = text("delivery.state IN ('queued', 'waiting', 'processing', 'unconfirmed') AND delivery.state = 'queued'")


class Row(Protocol):
    """A delivery, or as much of one as is needed here."""

    @property
    def key(self) -> int | None: ...
    @property
    def account_key(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def state_reason(self) -> str | None: ...
    @property
    def run_at(self) -> datetime: ...
    @property
    def changed_at(self) -> datetime: ...
    @property
    def lease_until(self) -> datetime | None: ...


def read(session: Session, deliveries: Sequence[Row], now: datetime) -> dict[int, Facts]:
    """The facts of those that move, by key. Costs nothing where none is due, else three statements at most."""
    moving = [row for row in deliveries if row.state not in FINAL]
    due = [row for row in moving if row.state != DeliveryState.SCHEDULED or row.run_at <= now]
    has_worker = not due or bool(leases.list_holders(session, leases.WORKER))
    gates = _gates(session, {row.account_key for row in due}) if due else {}
    waiting_long = {row.account_key for row in due if _may_be_behind(row, gates.get(row.account_key), now)}
    heads = _heads(session, waiting_long) if waiting_long else {}
    return {
        row.key or 0: _facts(row, gates.get(row.account_key), heads.get(row.account_key), has_worker) for row in moving
    }


@dataclass(frozen=True)
class _Gate:
    """An account's gate, and the one of its network or developer app that rests longer."""

    in_flight_key: int | None
    rests_until: datetime | None
    network_rests_until: datetime | None
    network_reason: str | None


def _gates(session: Session, account_keys: Collection[int]) -> dict[int, _Gate]:
    network, app = aliased(NetworkGate), aliased(NetworkGate)
    statement = (
        select(AccountGate.account_key, AccountGate.in_flight_key, AccountGate.next_allowed_at)
        .add_columns(*(column for one in (network, app) for column in (col(one.next_allowed_at), col(one.reason))))
        .join(network, col(network.name) == col(AccountGate.network), isouter=True)
        .join(app, col(app.name) == col(AccountGate.app), isouter=True)
        .where(col(AccountGate.account_key).in_(account_keys))
    )
    rows = session.execute(statement)
    return {key: _gate(in_flight, rests_until, shared[:2], shared[2:]) for key, in_flight, rests_until, *shared in rows}


def _gate(in_flight_key: int | None, rests_until: datetime | None, *shared: Sequence[Any]) -> _Gate:
    resting = [(until, reason) for until, reason in shared if until is not None]
    until, reason = max(resting, key=lambda rest: rest[0]) if resting else (None, None)
    return _Gate(in_flight_key, rests_until, until, reason)


def _may_be_behind(row: Row, gate: _Gate | None, now: datetime) -> bool:
    """Would it be called overdue, if its account had no other post before it?"""
    is_free = gate is None or gate.in_flight_key is None
    return row.state == DeliveryState.QUEUED and is_free and now - row.run_at > _QUEUED_LIMIT


def _heads(session: Session, account_keys: Collection[int]) -> dict[int, tuple[datetime, int]]:
    """Which of an account's queued deliveries goes first: its `run_at` and key."""
    account_key = col(Delivery.account_key) + 0
    order = (col(Delivery.run_at), col(Delivery.key))
    queued = (
        select(
            account_key.label("account_key"),
            *order,
            func.row_number().over(partition_by=account_key, order_by=order).label("turn"),
        )
        .where(_IS_QUEUED, account_key.in_(account_keys))
        .subquery()
    )
    heads = select(queued.c.account_key, queued.c.run_at, queued.c.key).where(queued.c.turn == 1)
    return {account_key: (run_at, key) for account_key, run_at, key in session.exec(heads)}


def _facts(row: Row, gate: _Gate | None, head: tuple[datetime, int] | None, has_worker: bool) -> Facts:
    return Facts(
        changed_at=row.changed_at,
        run_at=row.run_at,
        lease_until=row.lease_until,
        state_reason=row.state_reason,
        is_busy=gate is not None and gate.in_flight_key not in (None, row.key),
        is_behind=head is not None and head < (row.run_at, row.key or 0),
        rests_until=gate.rests_until if gate else None,
        network_rests_until=gate.network_rests_until if gate else None,
        network_reason=gate.network_reason if gate else None,
        has_worker=has_worker,
    )
