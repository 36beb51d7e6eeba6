"""Beside the flow: the workers and tickers of all hosts, for `./dravo status`: who lives, who leads, who is gone, whose clock is off."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from dravo_app import clock
from dravo_app.models import Lease
from dravo_app.services import leases

PRESENCE_SECONDS = 5.0
"""Beyond its next report, this long a process counts as alive."""
SHOWN_GONE = timedelta(hours=1)
CLOCK_TOLERANCE_SECONDS = 2.0


@dataclass(frozen=True)
class Member:
    """A worker or a ticker. `leads_since` is None where it doesn't lead; `clock_ahead_seconds` where its host's clock is right."""

    role: str
    host: str
    pid: int
    since: datetime | None
    heard_until: datetime
    is_alive: bool
    leads_since: datetime | None
    clock_ahead_seconds: float | None
    has_sandbox: bool


def name_of(host: str, pid: int, suffix: str) -> str:
    """How a process is called in the leases it holds."""
    return f"{host[:20]}:{pid}:{suffix}"


def report(session: Session, role: str, owner: str, seconds: float, *, has_sandbox: bool) -> None:
    """Say that this process lives, for so many seconds from now."""
    about: dict[str, object] = {"has_sandbox": has_sandbox, "clock_ahead_seconds": find_clock_trouble()}
    leases.take(session, role + owner, owner, seconds + PRESENCE_SECONDS, about=about)


def find_clock_trouble() -> float | None:
    """By how many seconds this host's clock differs from the database's, where that is too much."""
    ahead = clock.host_ahead_seconds()
    return round(ahead, 1) if abs(ahead) > CLOCK_TOLERANCE_SECONDS else None


def clock_sentence(ahead: float) -> str:
    """What is the matter, and what to do about it."""
    side = "ahead of" if ahead > 0 else "behind"
    return (
        f"Its host's clock is {abs(ahead):.1f} s {side} the database's, which Dravo goes by: "
        "set right whichever is wrong (NTP)."
    )


def list_members(session: Session) -> list[Member]:
    """All that live, and those that have been gone for less than an hour without a goodbye."""
    shown = or_(col(Lease.name).startswith(leases.WORKER), col(Lease.name).startswith(leases.TICKER))
    rows = session.exec(select(Lease).where(shown).order_by(col(Lease.name))).all()
    leader = session.get(Lease, leases.LEADER)
    now = clock.now()
    return [_member(row, leader, now) for row in rows if row.until > now - SHOWN_GONE]


def sentence(member: Member, now: datetime) -> str:
    """One line about a member."""
    place = f"{member.host}, pid {member.pid}"
    if not member.is_alive:
        gone = int((now - member.heard_until).total_seconds())
        return f"{place}: gone for {gone} s without a goodbye; what it had is taken over"
    parts = [place, *([f"since {clock.isoformat(member.since)}"] if member.since else [])]
    if member.leads_since:
        parts.append(f"leads since {clock.isoformat(member.leads_since)}")
    if not member.has_sandbox:
        parts.append("without a sandbox")
    words = ", ".join(parts)
    return f"{words}. {clock_sentence(member.clock_ahead_seconds)}" if member.clock_ahead_seconds else words


def _member(row: Lease, leader: Lease | None, now: datetime) -> Member:
    role, _, owner = row.name.partition(":")
    host, _, rest = owner.partition(":")
    about = row.about or {}
    ahead = about.get("clock_ahead_seconds")
    leads = leader is not None and leader.holder == row.holder and leader.until > now
    return Member(
        role=role,
        host=host,
        pid=int(rest.partition(":")[0] or 0) if rest.partition(":")[0].isdecimal() else 0,
        since=row.since,
        heard_until=row.until,
        is_alive=row.until > now,
        leads_since=leader.since if leads and leader else None,
        clock_ahead_seconds=float(ahead) if isinstance(ahead, int | float) else None,
        has_sandbox=about.get("has_sandbox") is not False,
    )
