"""Whether Dravo can do its work right now: each part that publishing needs, asked once."""

import http.client
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from dravo_app import db, queues
from dravo_app.models import Workspace
from dravo_app.services import leases, members, schema
from dravo_app.services.publishing.ticker import WORKER
from dravo_app.settings import get_settings

_TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True)
class Part:
    """One part: does it work, and a sentence where it doesn't, or where it does and somebody should know."""

    name: str
    is_ready: bool
    reason: str | None = None


def check_parts() -> list[Part]:
    """Database, queue, worker and, unless it is switched off, the sandbox."""
    parts = [_database_and_worker, _queue]
    if get_settings().sandbox:
        parts.append(_sandbox)
    return [part for check in parts for part in check()]


def _database_and_worker() -> list[Part]:
    try:
        with db.reading() as session:
            has_tables = session.exec(select(Workspace.key).limit(1)).first() is not None
            workers = leases.list_holders(session, WORKER)
            outdated = schema.why_outdated(session)
    except SQLAlchemyError:
        reason = "The database does not answer, or its tables are missing."
        return [Part("database", False, reason), Part("worker", False, "It is unknown whether a worker runs.")]
    worker = Part("worker", bool(workers), None if workers else "No worker has reported within its time.")
    missing = outdated or (None if has_tables else "The database has no workspace: run ./dravo migrate.")
    return [Part("database", missing is None, missing), worker, *_clock()]


def _clock() -> list[Part]:
    """No reason to send people elsewhere: everybody goes by the database's clock. But one of the two is wrong."""
    ahead = members.find_clock_trouble()
    return [Part("clock", True, members.clock_sentence(ahead))] if ahead else []


def _queue() -> list[Part]:
    is_ready = queues.ping()
    return [Part("queue", is_ready, None if is_ready else "The queue (Redis) does not answer.")]


def _sandbox() -> list[Part]:
    is_ready = _answers(get_settings().sandbox_url)
    return [Part("sandbox", is_ready, None if is_ready else "The sandbox does not answer.")]


def _answers(url: str) -> bool:
    address = urlsplit(url)
    if not address.hostname:
        return False
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/sandbox/log?limit=1")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
