"""The one thread that changes the file: many requests share one commit, and none is answered before it."""

import asyncio
import queue
import sqlite3
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from dravo_app.sandbox.store import connect

MOST_PER_COMMIT = 200

T = TypeVar("T")
Tell = Callable[[], None]


class _Task:
    """Work that waits for the thread; `tell` says its result to the loop that asked, after the commit."""

    def __init__(self, perform: Callable[[sqlite3.Connection], Tell], refuse: Callable[[BaseException], None]) -> None:
        self.perform = perform
        self.refuse = refuse


class Writer:
    """Runs work on the file, one piece after the other, each all or nothing."""

    def __init__(self, file: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._file = file
        self._loop = loop
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="sandbox-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The result of `work`, once it is committed. Raises what it raised, after undoing what it did."""
        future: asyncio.Future[T] = self._loop.create_future()

        def perform(connection: sqlite3.Connection) -> Tell:
            value = work(connection)
            return lambda: None if future.done() else future.set_result(value)

        def refuse(error: BaseException) -> None:
            if not future.done():
                future.set_exception(error)

        self._tasks.put(_Task(perform, refuse))
        return await future

    def close(self) -> None:
        """Finish what was asked for, then end the thread."""
        self._tasks.put(None)
        self._thread.join(timeout=10)

    def _work(self) -> None:
        connection = connect(self._file)
        while batch := self._next_batch():
            tells = self._commit(connection, batch)
            self._loop.call_soon_threadsafe(_tell_all, tells)
        connection.close()

    def _next_batch(self) -> list[_Task]:
        first = self._tasks.get()
        batch: list[_Task] = []
        while first is not None:
            batch.append(first)
            if len(batch) >= MOST_PER_COMMIT or self._tasks.empty():
                return batch
            first = self._tasks.get()
        if batch:
            self._tasks.put(None)  # the end was met while collecting: meet it again after this batch
        return batch

    def _commit(self, connection: sqlite3.Connection, batch: list[_Task]) -> list[Tell]:
        try:
            connection.execute("BEGIN IMMEDIATE")
            tells = [_attempt(connection, task) for task in batch]
            connection.execute("COMMIT")
        except sqlite3.Error as error:  # a full disk or a lock held too long: nothing of this batch happened
            traceback.print_exc(file=sys.stderr)
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            return [_refusal(task, error) for task in batch]
        return tells


def _attempt(connection: sqlite3.Connection, task: _Task) -> Tell:
    connection.execute("SAVEPOINT task")
    try:
        tell = task.perform(connection)
    except Exception as error:  # noqa: BLE001  # one broken request must not take the others of its commit down
        traceback.print_exc(file=sys.stderr)
        connection.execute("ROLLBACK TO task")
        tell = _refusal(task, error)
    connection.execute("RELEASE task")
    return tell


def _refusal(task: _Task, error: BaseException) -> Tell:
    return lambda: task.refuse(error)


def _tell_all(tells: list[Tell]) -> None:
    for tell in tells:
        tell()
