"""START: a child ends with its parent, however the parent ended, so that nothing goes on serving old code.

The supervisor arms its children before `exec`; a process that somebody else forks (Granian's worker) arms itself at
import by `die_with_parent()`.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import cache

SWITCH = "DRAVO_DIE_WITH_PARENT"
_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 0.5


def die_with_parent() -> None:
    """End this process (SIGKILL) when its parent ends; does nothing unless DRAVO_DIE_WITH_PARENT=1.

    The signal is bound to the parent's thread: whoever starts processes does so from its main thread.
    """
    if os.environ.get(SWITCH) == "1":
        starter = multiprocessing.parent_process()
        _arm(starter.pid if starter and starter.pid else os.getppid())


def arm_child(parent: int) -> Callable[[], None]:
    """What a new child runs between fork and exec so that it ends with `parent`, the process that forks it."""
    _libc()  # loaded before the fork: the child should do as little as it can
    return lambda: _arm(parent, in_fork=True)


def _arm(parent: int, in_fork: bool = False) -> None:
    libc = _libc()
    if libc is not None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    elif not in_fork:
        threading.Thread(target=_watch, args=(parent,), name="lifeline", daemon=True).start()
    if os.getppid() != parent:  # it ended before the signal was armed
        os.kill(os.getpid(), signal.SIGKILL)


def _watch(parent: int) -> None:
    """Where the kernel can't tell (macOS): look at the parent twice a second."""
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


@cache
def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
