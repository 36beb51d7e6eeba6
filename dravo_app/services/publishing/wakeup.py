"""Between the queue and the intake: a program that has accepted work says so, the worker's intake hears it."""

from collections.abc import Callable

from sqlmodel import Session

from dravo_app import db, queues
from dravo_app.crashpoints import crashpoint

_listeners: list[Callable[[], None]] = []


def announce(session: Session) -> None:
    """After this transaction's commit, wake a worker. Losing the wake-up costs one poll, nothing else."""
    db.after_commit(session, _wake)


def listen(nudge: Callable[[], None]) -> None:
    """The worker's intake wants to be nudged."""
    _listeners.append(nudge)


def nudge() -> None:
    """A wake-up arrived in this process."""
    for listener in _listeners:
        listener()


def _wake() -> None:
    crashpoint("publish_committed")
    queues.wake()
