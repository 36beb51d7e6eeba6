"""Where pictures lie on our disk while they go out: made once for all who need them at the same time, then thrown away.

One job to a hundred accounts fetches an address once and scales it once per network. Nothing is kept for later: a picture that
nobody has used for KEPT_SECONDS goes, and what a killed process left behind goes with the sweep of any worker.
"""

import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar, cast

from dravo_app import clock
from dravo_app.errors import MediaUnreachable, SetupUnusable, Throttled
from dravo_app.providers.types import Medium

KEPT_SECONDS = 120.0
MAX_HELD_BYTES = 1_000_000_000
LEFTOVER_SECONDS = 600.0
_LOOK_FOR_LEFTOVERS_SECONDS = 60.0
_BUSY_SECONDS = 5.0

Made = TypeVar("Made", Path, Medium)


@dataclass
class _Entry:
    """One file, made or being made; `users` are those who need it now."""

    path: Path
    future: "Future[object]"
    users: int = 0
    used_at: float = 0.0


class Store:
    """The files of one process, in a folder of its own below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
        self._entries: dict[Hashable, _Entry] = {}
        self._lock = threading.Lock()
        self._looked_at = 0.0

    @contextmanager
    def holding(
        self, key: Hashable, lanes: ThreadPoolExecutor, make: Callable[[Path], Made]
    ) -> Iterator[Callable[[float], Made]]:
        """What `make` writes to its path on `lanes`, made by whoever comes first and kept until all who hold it let go.

        The block gets a function that waits for it until a monotonic time. That one raises what `make` raised;
        MediaUnreachable where it takes longer; Throttled where it could not even begin by then, which is our own business and
        costs the post no try. Raises SetupUnusable where our disk can't be written.
        """
        entry = self._take(key, lanes, make)
        try:
            yield lambda ends_at: cast(Made, _result(entry.future, ends_at))
        finally:
            self._give_back(key, entry)

    def sweep(self) -> None:
        """Throw away what nobody needs any more, of this process and, now and then, of those that were killed."""
        now = time.monotonic()
        with self._lock:
            for key, entry in list(self._entries.items()):
                if not entry.users and entry.future.done() and now - entry.used_at >= KEPT_SECONDS:
                    self._drop(key, entry)
            is_time = now - self._looked_at >= _LOOK_FOR_LEFTOVERS_SECONDS
            self._looked_at = now if is_time else self._looked_at
        if is_time:
            _remove_leftovers(self._root, self._folder)

    def close(self) -> None:
        """Throw away everything."""
        with self._lock:
            self._entries.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A path for one file that is gone afterwards."""
        path = self._new_path()
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _take(self, key: Hashable, lanes: ThreadPoolExecutor, make: Callable[[Path], Made]) -> _Entry:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or (entry.future.done() and not _is_there(entry)):
                self._make_room()
                path = self._new_path()
                entry = self._entries[key] = _Entry(path, lanes.submit(_made, make, path))
            entry.users += 1
            return entry

    def _give_back(self, key: Hashable, entry: _Entry) -> None:
        with self._lock:
            entry.users -= 1
            entry.used_at = time.monotonic()
            if not entry.users and entry.future.done() and not _is_there(entry):  # it failed: the next one asks anew
                self._drop(key, entry)

    def _make_room(self) -> None:
        idle = [(key, entry) for key, entry in self._entries.items() if not entry.users and entry.future.done()]
        held = sum(_size(entry.path) for entry in self._entries.values())
        for key, entry in sorted(idle, key=lambda found: found[1].used_at):
            if held < MAX_HELD_BYTES:
                return
            held -= _size(entry.path)
            self._drop(key, entry)
        if held >= MAX_HELD_BYTES:
            raise busy()

    def _drop(self, key: Hashable, entry: _Entry) -> None:
        entry.path.unlink(missing_ok=True)
        if self._entries.get(key) is entry:
            del self._entries[key]

    def _new_path(self) -> Path:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(error) from None
        return self._folder / uuid.uuid4().hex


def busy() -> Throttled:
    """This process has its hands full: to be raised, and it costs the post no try."""
    retry_at = clock.now() + timedelta(seconds=_BUSY_SECONDS)
    return Throttled("Dravo is busy with other pictures; this one waits its turn.", retry_at=retry_at)


def _made(make: Callable[[Path], object], path: Path) -> object:
    try:
        return make(path)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _unwritable(error) from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _result(future: "Future[object]", ends_at: float) -> object:
    try:
        return future.result(timeout=max(0.0, ends_at - time.monotonic()))
    except TimeoutError:
        if not (future.running() or future.done()):
            raise busy() from None
        raise MediaUnreachable("The file did not come in time; nothing was published.") from None


def _unwritable(error: OSError) -> SetupUnusable:
    return SetupUnusable(f"Pictures can't be put down in Dravo's data folder: {error.strerror}.")


def _is_there(entry: _Entry) -> bool:
    return entry.future.exception() is None and entry.path.exists()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _remove_leftovers(root: Path, own: Path) -> None:
    """Nobody's picture is in use for that long: the folder's process is gone, or has nothing in it."""
    for folder in root.iterdir() if root.is_dir() else ():
        try:
            is_old = time.time() - folder.stat().st_mtime >= LEFTOVER_SECONDS
        except OSError:  # another worker was quicker
            continue
        if is_old and folder != own:
            shutil.rmtree(folder, ignore_errors=True)
