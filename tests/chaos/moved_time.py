"""A clock that many processes share and a test moves: the offset to the system's is in a file, which each reads again and again.

Nothing of this is in the product. A process is started by one of the modules beside this one, which installs it before the
product's own start begins. Monotonic time stays as it is, as it does where a machine's clock is set.
"""

import os
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dravo_app import clock

VARIABLE = "DRAVO_CHAOS_CLOCK"
_READ_EVERY_SECONDS = 0.02
_real_time = time.time


class MovedTime:
    """The offset in `path`, in seconds; `move` adds to it. Where the file can't be read the offset is what it was."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0.0
        self._read_at = float("-inf")

    def move(self, seconds: float) -> None:
        """Set everybody's clock forward (or back)."""
        beside = self.path.with_suffix(".new")
        beside.write_text(repr(self.offset(is_fresh=True) + seconds))
        beside.replace(self.path)
        self._read_at = float("-inf")

    def offset(self, *, is_fresh: bool = False) -> float:
        now = time.monotonic()
        if is_fresh or now - self._read_at > _READ_EVERY_SECONDS:
            self._read_at = now
            with suppress(OSError, ValueError):
                self._offset = float(self.path.read_text())
        return self._offset

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.offset())

    def epoch(self) -> float:
        return _real_time() + self.offset()


def install_in_dravo() -> None:
    """This process's `clock` follows the file that the variable names, if it names one."""
    if path := os.environ.get(VARIABLE):
        clock.set_source(MovedTime(Path(path)).now)


def install_in_sandbox() -> None:
    """The sandbox knows no clock but Python's own."""
    if path := os.environ.get(VARIABLE):
        moved = MovedTime(Path(path))
        time.time = moved.epoch
        time.time_ns = lambda: int(moved.epoch() * 1e9)
