"""Part of logging in: how many wrong tries are allowed, per email and per address.

The counts live in Redis. While it is away nothing is counted: logging in must not depend on the queue.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dravo_app import queues
from dravo_app.errors import TooManyRequests

WINDOW_SECONDS = 15 * 60
MAX_FAILURES = 10
MAX_AT_ONCE = 12
"""Passwords compared at the same moment: each takes 50 ms of CPU, 19 MiB and one of the 40 threads of the web process."""

_LOOPBACK = ("127.0.0.1", "::1")
_places = threading.BoundedSemaphore(MAX_AT_ONCE)


def address_of(peer: str, forwarded_for: str) -> str:
    """Whose tries are counted together. A proxy on this machine is believed about whom it speaks for; nobody else is."""
    spoken_for = forwarded_for.split(",")[-1].strip()
    return spoken_for or peer if peer in _LOOPBACK else peer


def refuse_if_too_many(email: str, address: str) -> None:
    """Raises TooManyRequests after ten wrong passwords within 15 minutes for this email or from this address."""
    if any(queues.count(name, WINDOW_SECONDS, step=0) >= MAX_FAILURES for name in _names(email, address)):
        error = TooManyRequests("Too many wrong passwords. Wait 15 minutes, then try again.")
        error.retry_after_seconds = WINDOW_SECONDS
        raise error


@contextmanager
def one_of_few() -> Iterator[None]:
    """A place among those whose passwords are being compared. Raises TooManyRequests at once where all are taken."""
    if not _places.acquire(blocking=False):
        error = TooManyRequests("Too many people are logging in at this moment. Try again in a second.")
        error.retry_after_seconds = 1
        raise error
    try:
        yield
    finally:
        _places.release()


def count_failure(email: str, address: str) -> None:
    """One more wrong password."""
    for name in _names(email, address):
        queues.count(name, WINDOW_SECONDS)


def _names(email: str, address: str) -> list[str]:
    parts = [("email", email), ("address", address)]
    return [f"login:{kind}:{hashlib.sha256(value.encode()).hexdigest()[:32]}" for kind, value in parts if value]
