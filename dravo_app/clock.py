"""Ground floor: the one place that says what time it is: the database's clock where it has one, else this host's.

Hosts whose clocks differ would take each other's leases for run out, and send early or late. So over PostgreSQL all of them
go by its clock: `db` asks for it every few seconds, and in between the time is counted on from there with the machine's
steady clock, which no correction of the host's own time can move.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

NEWS_SECONDS = 5.0
_JUMP_SECONDS = 0.5  # between the host's time and its steady clock: it was set anew, or the machine slept
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # goes on while a laptop sleeps


def steady() -> float:
    """Seconds that only go forward."""
    return time.clock_gettime(_STEADY)


def now() -> datetime:
    """The present instant, timezone-aware, in UTC."""
    return _now()


class _Followed:
    """What is known of another's clock: its time minus ours (`steady`), never more than it can be: we are late, not early."""

    def __init__(self) -> None:
        self.ahead: float | None = None
        self._asked_at = 0.0
        self._host_minus_steady = 0.0

    def wants_news(self) -> bool:
        if self.ahead is None or steady() - self._asked_at > NEWS_SECONDS:
            return True
        return abs(_host_minus_steady() - self._host_minus_steady) > _JUMP_SECONDS

    def hear(self, told: datetime, asked_at: float) -> None:
        """Keep what we believe where it is possible still: a slow answer must not make the time tremble."""
        answered_at = steady()
        lowest, highest = told.timestamp() - answered_at, told.timestamp() - asked_at
        if self.ahead is None or not lowest <= self.ahead <= highest:
            self.ahead = lowest
        self._asked_at = answered_at
        self._host_minus_steady = _host_minus_steady()


_followed = _Followed()


def wants_news() -> bool:
    """Is it time to ask again what the followed clock says?"""
    return _followed.wants_news()


def follow(told: datetime, asked_at: float) -> None:
    """The followed clock said `told`, when it was asked at `asked_at` (steady) and answered now."""
    _followed.hear(told, asked_at)


def follow_nobody() -> None:
    """Go by this host's clock again."""
    global _followed
    _followed = _Followed()


def host_ahead_seconds() -> float:
    """By how much this host's clock is ahead of the one we go by; 0 where that is its own."""
    return 0.0 if _followed.ahead is None else _host_minus_steady() - _followed.ahead


def _system_now() -> datetime:
    if _followed.ahead is None:
        return _host_now()
    return datetime.fromtimestamp(_followed.ahead + steady(), UTC)


def _host_minus_steady() -> float:
    return _host_now().timestamp() - steady()


def _read_host() -> datetime:
    return datetime.now(UTC)


_host_now: Callable[[], datetime] = _read_host
_now: Callable[[], datetime] = _system_now


def set_source(source: Callable[[], datetime] | None) -> None:
    """Replace the source of time, or restore the system's with None. For tests only."""
    global _now
    _now = source or _system_now


@contextmanager
def set_back(by: timedelta) -> Iterator[None]:
    """This process's clock goes slow by so much: for the proof, whose posts can't wait the minute that callers must give."""
    source = _now
    set_source(lambda: source() - by)
    try:
        yield
    finally:
        set_source(source)


def isoformat(instant: datetime) -> str:
    """ISO 8601 in UTC with `Z`, milliseconds only where there are any: `2026-07-01T09:00:00Z`."""
    utc = instant.astimezone(UTC)
    text = utc.isoformat(timespec="milliseconds" if utc.microsecond else "seconds")
    return text.replace("+00:00", "Z")
