"""Window to the database: engines, and exactly one transaction per door call.

A door opens `transaction()` (or `reading()`), calls one service and shows the answer; services never commit. What must
leave only once the data is safe, such as a wake-up, is handed to `after_commit`.
"""

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from dravo_app import clock, crashpoints
from dravo_app.settings import get_settings

T = TypeVar("T")

_AFTER_COMMIT = "after_commit"
_NOTICE_SILENCE = {  # libpq's names; a server behind a dead line is noticed in 25 s, not in a quarter of an hour
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
_SERVER_NOTICES = (  # the same from the other side: what a dead or cut-off host holds is let go
    "-c timezone=UTC -c idle_in_transaction_session_timeout=15000 -c tcp_keepalives_idle=10 "
    "-c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=25000"
)
_BUSY_TRIES = 6
_sqlite_writer = crashpoints.writing  # fair turns within the process; SQLite's own busy wait starves


@contextmanager
def transaction() -> Iterator[Session]:
    """One writing transaction: commits at the end, rolls back on any error, then runs what `after_commit` was given."""
    with _writer_turn(), Session(_engine(writing=True), expire_on_commit=False) as session, session.begin():
        yield session
    for call in session.info.pop(_AFTER_COMMIT, []):
        call()


@contextmanager
def reading() -> Iterator[Session]:
    """One reading transaction: a steady snapshot, never blocked by a writer on SQLite."""
    with Session(_engine(writing=False), expire_on_commit=False, autoflush=False) as session, session.begin():
        yield session


@contextmanager
def snapshot() -> Iterator[Session]:
    """A long reading transaction over one unchanging state of both databases, from its first statement on.

    On SQLite the write-ahead log can't be folded in meanwhile; on PostgreSQL a pause of 15 s between two statements ends it.
    """
    with reading() as session:
        if not is_sqlite(session):
            session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
        yield session


def grouped(call: Callable[[Session], T]) -> T:
    """Run `call` in a writing transaction that it may share with others waiting at this moment.

    For the many small writes of workers on SQLite, where each commit costs a sync to disk: whoever gets the turn runs all
    that wait, each behind a savepoint of its own, and commits once. On PostgreSQL it is a transaction like any other.
    """
    if not get_settings().database_url.startswith("sqlite"):
        with transaction() as session:
            return call(session)
    return _group.run(call)


def insistently(call: Callable[[Session], T], seconds: float = 20.0) -> T:
    """`grouped`, tried again for a while when the database is away or breaks a deadlock: for what must not be forgotten."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return grouped(call)
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0.05, 0.5))


def after_commit(session: Session, call: Callable[[], object]) -> None:
    """Run `call` when this transaction has committed; never when it rolls back."""
    session.info.setdefault(_AFTER_COMMIT, []).append(call)


def is_sqlite(session: Session) -> bool:
    """Which of the two databases is this?"""
    return session.get_bind().dialect.name == "sqlite"


def dispose() -> None:
    """Close every pooled connection and forget the engines: after a fork, or when a test moves to another database."""
    for engine in _made:
        engine.dispose()
    _made.clear()
    _engine.cache_clear()
    clock.follow_nobody()


_made: list[Engine] = []


@cache
def _engine(*, writing: bool) -> Engine:
    url = get_settings().database_url
    if not writing and not url.startswith("sqlite"):
        return _engine(writing=True)  # one pool for both: who writes needs no other kind of transaction there
    engine = make_engine(url, writing=writing)
    if not url.startswith("sqlite"):
        event.listen(engine, "begin", _follow_clock)
    _made.append(engine)
    return engine


def make_engine(url: str, *, writing: bool = True) -> Engine:
    """An engine for SQLite or PostgreSQL as Dravo needs it."""
    if not url.startswith("sqlite"):
        return create_engine(
            url,
            pool_size=24,
            max_overflow=8,  # 32 in all for a process: a PostgreSQL as it comes takes 100
            pool_pre_ping=True,
            connect_args={
                **_NOTICE_SILENCE,
                "connect_timeout": 5,
                "options": _SERVER_NOTICES,
            },
        )
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):  # what is wrong shows when SQLite opens it
        path.touch(mode=0o600)  # for its owner only, whatever the folder is; SQLite gives its other files the same mode
    engine = create_engine(url, pool_size=16, max_overflow=64, connect_args={"check_same_thread": False, "timeout": 5})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_immediate if writing else _begin)
    return engine


class _Waiting(Generic[T]):
    """One call in line: its answer or its error, once its turn has come."""

    def __init__(self, call: Callable[[Session], T]) -> None:
        self.call = call
        self.is_done = False
        self.answer: T | None = None
        self.error: BaseException | None = None
        self.after: list[Callable[[], object]] = []

    def run_on(self, connection: Connection) -> None:
        session = Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
        try:
            with session.begin():
                self.answer = self.call(session)
            self.after = session.info.pop(_AFTER_COMMIT, [])
        except BaseException as error:  # noqa: BLE001  # it is raised again where the call came from
            self.error = error
        finally:
            session.close()


class _Group:
    """The line of calls that share a commit: no thread of its own, the first to get the turn serves all."""

    def __init__(self) -> None:
        self._line: list[_Waiting[Any]] = []
        self._lock = threading.Lock()

    def run(self, call: Callable[[Session], T]) -> T:
        mine = _Waiting(call)
        with self._lock:
            self._line.append(mine)
        with _sqlite_writer:
            if not mine.is_done:
                self._serve_all()
        if mine.error is not None:
            raise mine.error
        for after in mine.after:
            after()
        return cast(T, mine.answer)

    def _serve_all(self) -> None:
        with self._lock:
            line, self._line = self._line, []
        try:
            with _engine(writing=True).begin() as connection:
                for waiting in line:
                    waiting.run_on(connection)
                    _expect_transaction(connection)
        except BaseException as error:  # noqa: BLE001  # the commit failed: nobody's write happened
            for waiting in line:
                waiting.error = waiting.error or error
        finally:
            for waiting in line:
                waiting.is_done = True


_group = _Group()


def _expect_transaction(connection: Connection) -> None:
    """Where the disk is full or broken SQLite undoes all, not what is behind the savepoint, and the commit would not say so."""
    driver = cast(sqlite3.Connection, connection.connection.dbapi_connection)
    if not driver.in_transaction:
        raise OperationalError("COMMIT", None, sqlite3.OperationalError("SQLite has undone the whole transaction"))


@contextmanager
def _writer_turn() -> Iterator[None]:
    if get_settings().database_url.startswith("sqlite"):
        with _sqlite_writer:
            yield
    else:
        yield


def _set_up_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not open transactions of its own
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a committed attempt survives a power cut
        "busy_timeout=5000",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "mmap_size=268435456",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _follow_clock(connection: Connection) -> None:
    """Every process over this database goes by its clock, whatever the hosts' own ones say."""
    if clock.wants_news():
        asked_at = clock.steady()
        clock.follow(connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one(), asked_at)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    # Plain BEGIN would take the write lock late and die "database is locked" after having read.
    for turn in range(_BUSY_TRIES):
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        except OperationalError as error:
            if "locked" not in str(error) or turn == _BUSY_TRIES - 1:
                raise
            time.sleep(random.uniform(0.01, 0.1))
