"""Ground floor: named places where a test may kill or stop the process, to prove that nothing is lost or doubled there.

`crashpoint("name")` does nothing unless `DRAVO_CRASHPOINT` names it: `name` or `name:kill` ends the process as `kill -9`
would, `name:stop` freezes it as SIGSTOP does. Each armed point fires once per process. A freeze waits for the process's own
writing transactions to end: one that slept in the middle would hold SQLite's only write lock, which is another trouble
than the one to be shown.
"""

import os
import signal
import threading
import time

_LONGEST_WRITE_SECONDS = 5.0
_ARRIVES_SECONDS = 0.2
_armed = os.environ.get("DRAVO_CRASHPOINT", "")
writing = threading.Lock()
"""Held by whoever writes to SQLite in this process (`db`)."""


def crashpoint(name: str) -> None:
    """A place where everything before has happened and nothing after."""
    global _armed
    if not _armed:
        return
    armed_name, _, how = _armed.partition(":")
    if armed_name != name:
        return
    _armed = ""
    if how == "stop":
        _freeze()
    else:
        _send(signal.SIGKILL)


def _freeze() -> None:
    is_alone = writing.acquire(timeout=_LONGEST_WRITE_SECONDS)
    _send(signal.SIGSTOP)
    if is_alone:
        writing.release()


def _send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    time.sleep(
        _ARRIVES_SECONDS
    )  # another thread may be the one that takes it, while this one would go on past the point
