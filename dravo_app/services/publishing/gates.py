"""Beside steps 3 and 5: networks and developer apps that must rest, for all of their accounts at once.

A network (of one server, where accounts live on many) whose answers broke several times in a row is asked by one delivery at
a time, in growing pauses, until it answers: a circuit. An app that has used up its allowance rests until its network says so.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from dravo_app.errors import ProviderError
from dravo_app.models import AccountGate, GateReason, NetworkGate
from dravo_app.providers.types import Credentials
from dravo_app.services import networks
from dravo_app.settings import get_settings

OPENS_AFTER = 5
"""So many broken answers in a row open the circuit."""

_LONGEST_PAUSE = 12  # times `circuit_seconds`: what has healed is noticed within a minute
_FIRST_WORKSPACE = 1  # gates of the whole installation are kept with the workspace that every one has


@dataclass(frozen=True)
class Behind:
    """The gates that an account stands behind."""

    network: str
    app: str | None


@dataclass(frozen=True)
class Resting:
    """Gates that are closed at this moment, and those that let one delivery through to see (locked)."""

    closed: frozenset[str]
    on_trial: Mapping[str, NetworkGate]


def behind(environment: str, provider: str, credentials: Credentials) -> Behind:
    """Which gates these credentials stand behind."""
    world, client = f"{environment}:{provider}", credentials.get("client_id")
    server = networks.server_of(provider, credentials)
    app = f"{world}:app:{hashlib.sha256(str(client).encode()).hexdigest()[:16]}" if client else None
    return Behind(f"{world}:{server}"[:200] if server else world, app)


def put_behind(gate: AccountGate, found: Behind) -> None:
    """Note it on the account's own gate, where claims look."""
    gate.network, gate.app = found.network, found.app


def get_resting(session: Session, now: datetime) -> Resting:
    """What a claim must leave alone. A gate on trial that another worker is trying counts as closed."""
    is_closed = col(NetworkGate.next_allowed_at) > now
    troubled = select(NetworkGate).where(or_(is_closed, col(NetworkGate.failures) >= OPENS_AFTER))
    found = session.exec(troubled).all()
    if not found:
        return Resting(frozenset(), {})
    ready = [gate.name for gate in found if gate.next_allowed_at is None or gate.next_allowed_at <= now]
    trial = select(NetworkGate).where(col(NetworkGate.name).in_(ready))
    locked = session.exec(
        trial.with_for_update(skip_locked=True, key_share=True).execution_options(populate_existing=True)
    )
    on_trial = {gate.name: gate for gate in locked if gate.next_allowed_at is None or gate.next_allowed_at <= now}
    return Resting(frozenset(gate.name for gate in found) - set(on_trial), on_trial)


def begin_trial(session: Session, gate: NetworkGate, now: datetime) -> None:
    """One delivery goes through; the next only once its answer is known, or its worker must be taken for dead."""
    gate.next_allowed_at = now + timedelta(seconds=2 * get_settings().engine.lease_seconds)
    gate.reason = GateReason.TRIAL.value
    session.add(gate)


def end_trials(session: Session, names: Iterable[str], now: datetime) -> None:
    """Those who were on trial for these networks never asked them: another may."""
    for gate in _lock(session, names).values():
        if gate.reason == GateReason.TRIAL:
            gate.next_allowed_at = now
            session.add(gate)


def note(session: Session, answers: Sequence[tuple[Behind, object]], now: datetime) -> None:
    """What the answers of some conversations say about their networks and apps. `object`: an outcome, an error, or None."""
    troubled = {found.network for found, answer in answers if _is_outage(answer)}
    spent = {found.app for found, answer in answers if found.app and _is_spent(answer)}
    _make(session, troubled | spent, now)
    book = _lock(session, troubled | spent | (_unsettled(session) & {found.network for found, _ in answers}))
    for found, answer in answers:
        gate, app = book.get(found.network), book.get(found.app or "")
        if gate is not None:
            _note_network(gate, answer, now)
        if app is not None and isinstance(answer, ProviderError) and _is_spent(answer):
            _close_app(app, answer.retry_at or now, now)


def _unsettled(session: Session) -> set[str]:
    """Gates that a good answer would change: few, and mostly none."""
    is_unsettled = or_(
        col(NetworkGate.failures) > 0,
        col(NetworkGate.reason).is_not(None),
        col(NetworkGate.next_allowed_at).is_not(None),
    )
    return set(session.exec(select(NetworkGate.name).where(is_unsettled)))


def _note_network(gate: NetworkGate, answer: object, now: datetime) -> None:
    if _is_outage(answer):
        if gate.reason == GateReason.OUTAGE and gate.next_allowed_at and gate.next_allowed_at > now:
            return  # asked before the gate closed: no news
        gate.failures += 1
        if gate.failures >= OPENS_AFTER:
            gate.next_allowed_at, gate.reason = now + _pause(gate.failures), GateReason.OUTAGE.value
    elif _is_alive(answer):
        gate.failures, gate.next_allowed_at, gate.reason = 0, None, None
    elif gate.reason == GateReason.TRIAL:
        # the trial said nothing about the network: another may try
        gate.next_allowed_at = now + _pause(OPENS_AFTER) / 5
    gate.changed_at = now


def _close_app(gate: NetworkGate, until: datetime, now: datetime) -> None:
    if gate.next_allowed_at is None or until > gate.next_allowed_at:
        gate.next_allowed_at, gate.reason = until, GateReason.THROTTLED.value
    gate.changed_at = now


def _is_outage(answer: object) -> bool:
    return isinstance(answer, ProviderError) and answer.is_outage


def _is_alive(answer: object) -> bool:
    """Did the network itself say something, be it no? What we refuse before asking says nothing about it."""
    if isinstance(answer, ProviderError):
        return answer.http_status is not None and 400 <= answer.http_status < 500 and answer.http_status != 408
    return True


def _is_spent(answer: object) -> bool:
    return isinstance(answer, ProviderError) and answer.is_for_app and answer.retry_at is not None


def _pause(failures: int) -> timedelta:
    times = min(2 ** (failures - OPENS_AFTER), _LONGEST_PAUSE) if failures < OPENS_AFTER + 10 else _LONGEST_PAUSE
    return timedelta(seconds=get_settings().engine.circuit_seconds * times)


def _lock(session: Session, names: Iterable[str]) -> dict[str, NetworkGate]:
    if not (names := set(names)):
        return {}
    wanted = select(NetworkGate).where(col(NetworkGate.name).in_(sorted(names))).order_by(col(NetworkGate.name))
    locked = session.exec(wanted.with_for_update(key_share=True).execution_options(populate_existing=True))
    return {gate.name: gate for gate in locked}


def _make(session: Session, names: Iterable[str], now: datetime) -> None:
    rows = [
        NetworkGate(name=name, workspace_key=_FIRST_WORKSPACE, changed_at=now).model_dump() for name in sorted(names)
    ]
    if rows:
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        session.connection().execute(insert(NetworkGate).on_conflict_do_nothing(), rows)
