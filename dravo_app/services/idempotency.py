"""Around every write of the API: the same request sent twice is done once.

The first answer is stored in the transaction of what it created, so either both exist or neither. A repeat with the same
key and body gets that answer; refusals are not stored, because nothing was done and the next try may succeed.
On PostgreSQL a lock for the length of the transaction tells that the first request is still running; on SQLite writers
take turns, so a repeat simply waits for the first one's answer.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, text
from sqlmodel import Session, col

from dravo_app import clock, crypto, db, ids
from dravo_app.errors import Flaw, IdempotencyMismatch, Invalid, RequestInProgress
from dravo_app.models import IdempotencyRecord
from dravo_app.services.caller import Caller

KEPT_HOURS = 72
MAX_KEY_CHARACTERS = 255
_PURPOSE = "idempotency"  # bodies may hold credentials: a keyed hash can't be guessed from a copy of the database


@dataclass(frozen=True)
class Repeatable:
    """One write with an Idempotency-Key; `route` is the path as asked for, `body` the same bytes for the same request."""

    caller: Caller
    method: str
    route: str
    key: str
    body: bytes


@dataclass(frozen=True)
class StoredAnswer:
    """The first answer: HTTP status and JSON text."""

    status: int
    body: str


def check_key(key: str) -> str:
    """The key itself. Raises Invalid unless it is 1 to 255 visible ASCII characters."""
    if not 1 <= len(key) <= MAX_KEY_CHARACTERS or not all("!" <= character <= "~" for character in key):
        message = f"Idempotency-Key must be 1 to {MAX_KEY_CHARACTERS} visible ASCII characters."
        raise Invalid(flaws=[Flaw("Idempotency-Key", "idempotency_key", message)])
    return key


def find_answer(session: Session, asked: Repeatable) -> StoredAnswer | None:
    """The answer to the same request, None where this is the first.

    Raises IdempotencyMismatch for another body, RequestInProgress while the first is still running. In a writing
    transaction the scope stays taken until its end.
    """
    _take_scope(session, asked)
    return peek_answer(session, asked)


def peek_answer(session: Session, asked: Repeatable) -> StoredAnswer | None:
    """The same, read-only: for a look before a slow step outside of the transaction."""
    record = session.scalars(_scope(asked).where(col(IdempotencyRecord.expires_at) > clock.now())).first()
    if record is None:
        return None
    if not crypto.is_signed(asked.body, bytes.fromhex(record.request_hash), _PURPOSE):
        raise IdempotencyMismatch
    return StoredAnswer(record.status_code, record.response_body)


def peek_any(session: Session, asked: Repeatable) -> StoredAnswer | None:
    """The first answer under this key, whatever the body was."""
    record = session.scalars(_scope(asked).where(col(IdempotencyRecord.expires_at) > clock.now())).first()
    return StoredAnswer(record.status_code, record.response_body) if record else None


def keep_answer(session: Session, asked: Repeatable, answer: StoredAnswer) -> None:
    """Store the first answer beside what it created; it replaces one whose time is over."""
    now = clock.now()
    for expired in session.scalars(_scope(asked)):
        session.delete(expired)
    session.flush()
    session.add(
        IdempotencyRecord(
            id=ids.new_id("idem"),
            workspace_key=asked.caller.workspace_key,
            environment=asked.caller.environment.value,
            method=asked.method,
            route=asked.route,
            idempotency_key=asked.key,
            request_hash=crypto.sign(asked.body, _PURPOSE).hex(),
            status_code=answer.status,
            response_body=answer.body,
            created_at=now,
            expires_at=now + timedelta(hours=KEPT_HOURS),
        )
    )


def _scope(asked: Repeatable):  # type: ignore[no-untyped-def]  # SQLAlchemy's Select of one entity has no short name
    return select(IdempotencyRecord).where(
        col(IdempotencyRecord.workspace_key) == asked.caller.workspace_key,
        col(IdempotencyRecord.environment) == asked.caller.environment.value,
        col(IdempotencyRecord.method) == asked.method,
        col(IdempotencyRecord.route) == asked.route,
        col(IdempotencyRecord.idempotency_key) == asked.key,
    )


def _take_scope(session: Session, asked: Repeatable) -> None:
    if db.is_sqlite(session):
        return
    name = f"{asked.caller.workspace_key}/{asked.caller.environment}/{asked.method}/{asked.route}/{asked.key}"
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    taken = session.scalar(text("SELECT pg_try_advisory_xact_lock(:number)").bindparams(number=number))
    if not taken:
        raise RequestInProgress
