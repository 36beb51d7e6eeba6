"""What a worker knows of its own leases, so that it never sends a request under one that may have run out.

The database says who owns a delivery; this says how long this process may believe it without asking. A process that
was frozen for minutes wakes up in the middle of a call: the guard, asked right before a request leaves, stops it there.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from dravo_app.errors import ProviderUnavailable

_current: ContextVar[tuple["LeaseGuard", int] | None] = ContextVar("lease", default=None)


class LeaseGuard:
    """Until when (monotonic seconds) each delivery is surely ours. `began_at` is read before the database was asked."""

    def __init__(self, lease_seconds: float) -> None:
        self._lease_seconds = lease_seconds
        self._until: dict[int, float] = {}
        self._lock = threading.Lock()

    def hold(self, delivery_keys: Iterable[int], began_at: float) -> None:
        """These were claimed, or their lease extended, in a transaction that began at `began_at`."""
        with self._lock:
            self._until.update(dict.fromkeys(delivery_keys, began_at + self._lease_seconds))

    def let_go(self, delivery_key: int) -> None:
        with self._lock:
            self._until.pop(delivery_key, None)

    def held(self) -> list[int]:
        with self._lock:
            return list(self._until)

    def is_mine(self, delivery_key: int) -> bool:
        return time.monotonic() < self._until.get(delivery_key, 0.0)

    @contextmanager
    def guarding(self, delivery_key: int) -> Iterator[None]:
        """Requests made inside are stopped by `refuse_when_outdated` once the lease may have run out."""
        token = _current.set((self, delivery_key))
        try:
            yield
        finally:
            _current.reset(token)


def refuse_when_outdated(_request: object) -> None:
    """An HTTP client's request hook. Raises ProviderUnavailable: the request has not left, so nothing was published."""
    held = _current.get()
    if held is not None and not held[0].is_mine(held[1]):
        raise ProviderUnavailable("The worker's claim ran out before the request left; nothing was sent.")
