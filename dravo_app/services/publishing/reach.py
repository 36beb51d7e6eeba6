"""Beside step 3: which deliveries a worker leaves to others, because it can't reach their networks.

The networks of test accounts are the sandbox. On a host without one their deliveries are left alone while a worker that has one
lives; where nobody has, they are taken all the same, and what is missing is said on each of them.
"""

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from dravo_app import clock
from dravo_app.models import Delivery, Environment, Lease
from dravo_app.services import leases
from dravo_app.settings import get_settings

_leaves_test_to_others = False


def has_sandbox() -> bool:
    """Does this host know where the sandbox is?"""
    settings = get_settings()
    return settings.sandbox and bool(settings.sandbox_url)


def look_around(session: Session) -> None:
    """Find out, from what the workers say of themselves, whether somebody else is there for the test accounts."""
    global _leaves_test_to_others
    _leaves_test_to_others = not has_sandbox() and _somebody_has_one(session)


def conditions() -> list[ColumnElement[bool]]:
    """What a delivery must be for this worker to claim it."""
    return [col(Delivery.environment) != Environment.TEST.value] if _leaves_test_to_others else []


def _somebody_has_one(session: Session) -> bool:
    alive = select(Lease).where(col(Lease.name).startswith(leases.WORKER), col(Lease.until) > clock.now())
    return any((worker.about or {}).get("has_sandbox") is True for worker in session.exec(alive))
