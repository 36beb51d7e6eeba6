"""Ground floor: the one place that says what time it is, so that tests can move it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


def _system_now() -> datetime:
    return datetime.now(UTC)


_now: Callable[[], datetime] = _system_now


def now() -> datetime:
    """The present instant, timezone-aware, in UTC."""
    return _now()


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
