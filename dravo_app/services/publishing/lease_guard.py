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

Lease = tuple[int, int]
"""A delivery's key, and the fence number under which it was claimed."""

_current: ContextVar[tuple["LeaseGuard", Lease] | None] = ContextVar("lease", default=None)


class LeaseGuard:
    """Until when (monotonic seconds) each delivery is surely ours: less than its lease, see `settings.Engine.sure_seconds`.

    `began_at` is read before the database was asked.

    A delivery that was lost and claimed again by this same process has a new fence: the thread that still carries the old
    claim, slow as it is, must not send under the new one.
    """

    def __init__(self, sure_seconds: float) -> None:
        self._sure_seconds = sure_seconds
        self._held: dict[int, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def hold(self, leases: Iterable[Lease], began_at: float) -> None:
        """These were claimed in a transaction that began at `began_at`."""
        with self._lock:
            self._held.update({key: (fence, began_at + self._sure_seconds) for key, fence in leases})

    def extend(self, delivery_keys: Iterable[int], began_at: float) -> None:
        """The leases of these were extended; what was let go meanwhile stays so."""
        with self._lock:
            for key in delivery_keys:
                if key in self._held:
                    self._held[key] = (self._held[key][0], began_at + self._sure_seconds)

    def let_go(self, lease: Lease) -> None:
        with self._lock:
            if self._held.get(lease[0], (None, 0.0))[0] == lease[1]:
                del self._held[lease[0]]

    def held(self) -> list[int]:
        with self._lock:
            return list(self._held)

    def is_mine(self, lease: Lease) -> bool:
        fence, until = self._held.get(lease[0], (None, 0.0))
        return fence == lease[1] and time.monotonic() < until

    @contextmanager
    def guarding(self, lease: Lease) -> Iterator[None]:
        """Requests made inside are stopped by `refuse_when_outdated` once the lease may have run out."""
        token = _current.set((self, lease))
        try:
            yield
        finally:
            _current.reset(token)


def refuse_when_outdated() -> None:
    """Asked by the clients whenever bytes are about to leave. Raises ProviderUnavailable: nothing has left, so nothing was published."""
    held = _current.get()
    if held is not None and not held[0].is_mine(held[1]):
        raise ProviderUnavailable("The worker's claim ran out before the request left; nothing was sent.")
