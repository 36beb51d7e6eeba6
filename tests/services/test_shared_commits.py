"""Several small writes share one commit on SQLite: each is written or hears that it was not, whatever the disk does."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, text

from dravo_app import db
from tests.support.world import ON_SQLITE

pytestmark = [ON_SQLITE, pytest.mark.usefixtures("database")]
INSERT = "INSERT INTO shared_commit (who, body) VALUES (:who, zeroblob(:bytes))"


@pytest.fixture(autouse=True)
def _table(database: str) -> None:
    with db.transaction() as session:
        session.connection().execute(text("CREATE TABLE shared_commit (who TEXT, body BLOB)"))


def test_one_that_fails_leaves_the_others_alone() -> None:
    told = _at_once(first=lambda session: _write(session, "first"), second=_stumble, third=lambda s: _write(s, "third"))
    assert told == {"first": "written", "second": "ZeroDivisionError", "third": "written"}
    assert _written() == ["first", "third"]


def test_where_the_disk_is_full_nobody_is_told_that_it_was_written() -> None:
    """SQLite undoes the whole transaction then, with what the others have written."""
    told = _at_once(
        first=lambda session: _write(session, "first"), second=_fill_the_disk, third=lambda s: _write(s, "third")
    )
    assert set(told.values()) == {"OperationalError"}
    assert _written() == []


def test_what_must_not_be_forgotten_is_written_once_the_disk_has_room() -> None:
    told = _at_once(first=lambda session: _write(session, "first"), second=_fill_the_disk, call=db.insistently, fails=1)
    assert told == {"first": "written", "second": "written"}
    assert sorted(_written()) == ["first", "second"]


def _at_once(
    call: Callable[[Callable[[Session], str]], str] = db.grouped, fails: int = 9, **writes: Callable[[Session], str]
) -> dict[str, str]:
    """What each was told; they wait in line for one turn, in this order. The disk is full for the first `fails` times."""
    told: dict[str, str] = {}
    _left[0] = fails

    def run(name: str, write: Callable[[Session], str]) -> None:
        try:
            told[name] = call(write)
        except (OperationalError, ZeroDivisionError) as error:
            told[name] = type(error).__name__

    threads = [threading.Thread(target=run, args=each) for each in writes.items()]
    with db._sqlite_writer:
        for number, thread in enumerate(threads, start=1):
            thread.start()
            while len(db._group._line) < number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    return told


_left = [0]


def _write(session: Session, who: str, size: int = 1) -> str:
    session.connection().execute(text(INSERT), {"who": who, "bytes": size})
    return "written"


def _stumble(session: Session) -> str:
    _write(session, "never")
    return str(1 / 0)


def _fill_the_disk(session: Session) -> str:
    if _left[0] == 0:
        return _write(session, "second")
    _left[0] -= 1
    with _no_room(session):
        return _write(session, "never", 100_000)


@contextmanager
def _no_room(session: Session) -> Iterator[None]:
    driver = session.connection().connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA max_page_count = 1")  # as many as there are
    try:
        yield
    finally:
        driver.execute("PRAGMA max_page_count = 1000000000")


def _written() -> list[str]:
    with db.reading() as session:
        return [who for (who,) in session.connection().execute(text("SELECT who FROM shared_commit"))]
