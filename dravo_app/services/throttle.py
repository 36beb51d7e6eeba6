"""Part of logging in: how many wrong tries are allowed, per email and per address.

The counts live in Redis. While it is away nothing is counted: logging in must not depend on the queue.
"""

import hashlib

from dravo_app import queues
from dravo_app.errors import TooManyRequests

WINDOW_SECONDS = 15 * 60
MAX_FAILURES = 10
_LOOPBACK = ("127.0.0.1", "::1")


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


def count_failure(email: str, address: str) -> None:
    """One more wrong password."""
    for name in _names(email, address):
        queues.count(name, WINDOW_SECONDS)


def _names(email: str, address: str) -> list[str]:
    parts = [("email", email), ("address", address)]
    return [f"login:{kind}:{hashlib.sha256(value.encode()).hexdigest()[:32]}" for kind, value in parts if value]
