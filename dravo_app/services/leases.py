"""Named leases in the database: who may do a thing that only one may do, until when."""

from datetime import datetime, timedelta

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, select

from dravo_app import clock
from dravo_app.models import Lease

LEADER = "leader"
PRESENT = "workers"
WORKER = "worker:"
TICKER = "ticker:"
"""The lease of whoever sweeps, that of all workers together, and the beginnings of the names under which processes say that they live."""

_FIRST_WORKSPACE = 1  # roles of the whole installation are kept with the workspace that every one has


def take(
    session: Session,
    name: str,
    holder: str,
    seconds: float,
    workspace_key: int = _FIRST_WORKSPACE,
    about: dict[str, object] | None = None,
) -> bool:
    """Take or renew a lease; False where somebody else holds it.

    Nobody waits here: who locks the row is about to hold it, and one that froze while doing so must not freeze the others.
    """
    now = clock.now()
    by_name = select(Lease).where(col(Lease.name) == name)
    seen = session.exec(by_name).first()
    if seen is not None and seen.holder != holder and seen.until > now:
        return False
    locked = by_name.with_for_update(key_share=True, skip_locked=True).execution_options(populate_existing=True)
    found = session.exec(locked).first()
    until = now + timedelta(seconds=seconds)
    if found is None:
        lease = Lease(name=name, workspace_key=workspace_key, holder=holder, until=until, since=now, about=about)
        return _make(session, lease)
    is_held = found.until > now
    if found.holder != holder and is_held:
        return False
    if found.holder != holder:
        found.fence += 1
    if found.holder != holder or not is_held:
        found.since = now
    found.holder, found.until, found.about = holder, until, about
    session.add(found)
    return True


def give_back(session: Session, name: str, holder: str) -> None:
    """End a lease early, so that the next one need not wait for it to run out."""
    session.exec(delete(Lease).where(col(Lease.name) == name, col(Lease.holder) == holder))


def is_held(session: Session, name: str, holder: str) -> bool:
    """Is it this holder's, now?"""
    running = select(Lease.name).where(col(Lease.name) == name, col(Lease.holder) == holder)
    return session.exec(running.where(col(Lease.until) > clock.now())).first() is not None


def list_holders(session: Session, prefix: str) -> list[str]:
    """The holders of running leases whose name begins with `prefix`."""
    running = select(Lease.holder).where(
        col(Lease.name).startswith(prefix, autoescape=True), col(Lease.until) > clock.now()
    )
    return list(session.exec(running.order_by(col(Lease.name))))


def held_since(session: Session, name: str) -> datetime | None:
    """Since when it has been held without a break: now, where it has run out; None where nobody ever took it."""
    found = session.exec(select(Lease.since, Lease.until).where(col(Lease.name) == name)).first()
    now = clock.now()
    return None if found is None else found[0] if found[1] > now else now


def sweep(session: Session) -> None:
    """Forget leases that ran out an hour ago: workers that were, refreshes that ended."""
    session.exec(delete(Lease).where(col(Lease.until) < clock.now() - timedelta(hours=1)))


def _make(session: Session, lease: Lease) -> bool:
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert(Lease) if dialect == "sqlite" else postgresql.insert(Lease)
    made = insert.values(**lease.model_dump()).on_conflict_do_nothing().returning(col(Lease.name))
    return session.connection().execute(made).first() is not None  # psycopg counts no rows here
