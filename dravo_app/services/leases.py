"""Named leases in the database: who may do a thing that only one may do, until when."""

from datetime import timedelta

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, select

from dravo_app import clock
from dravo_app.models import Lease

WORKER = "worker:"
"""The beginning of the names under which workers say that they live."""

_FIRST_WORKSPACE = 1  # roles of the whole installation are kept with the workspace that every one has


def take(session: Session, name: str, holder: str, seconds: float, workspace_key: int = _FIRST_WORKSPACE) -> bool:
    """Take or renew a lease; False where somebody else holds it."""
    now = clock.now()
    found = session.exec(select(Lease).where(col(Lease.name) == name).with_for_update(key_share=True)).first()
    if found is None:
        return _make(
            session,
            Lease(name=name, workspace_key=workspace_key, holder=holder, until=now + timedelta(seconds=seconds)),
        )
    if found.holder != holder and found.until > now:
        return False
    if found.holder != holder:
        found.fence += 1
    found.holder, found.until = holder, now + timedelta(seconds=seconds)
    session.add(found)
    return True


def give_back(session: Session, name: str, holder: str) -> None:
    """End a lease early, so that the next one need not wait for it to run out."""
    session.exec(delete(Lease).where(col(Lease.name) == name, col(Lease.holder) == holder))


def list_holders(session: Session, prefix: str) -> list[str]:
    """The holders of running leases whose name begins with `prefix`."""
    running = select(Lease.holder).where(
        col(Lease.name).startswith(prefix, autoescape=True), col(Lease.until) > clock.now()
    )
    return list(session.exec(running.order_by(col(Lease.name))))


def sweep(session: Session) -> None:
    """Forget leases that ran out an hour ago: workers that were, refreshes that ended."""
    session.exec(delete(Lease).where(col(Lease.until) < clock.now() - timedelta(hours=1)))


def _make(session: Session, lease: Lease) -> bool:
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert(Lease) if dialect == "sqlite" else postgresql.insert(Lease)
    made = insert.values(**lease.model_dump()).on_conflict_do_nothing().returning(col(Lease.name))
    return session.connection().execute(made).first() is not None  # psycopg counts no rows here
