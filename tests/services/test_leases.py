"""Leases by name: one holder at a time, on both databases."""

from concurrent.futures import ThreadPoolExecutor

from dravo_app import db
from dravo_app.services import leases
from tests.conftest import MovableClock


def test_the_first_who_asks_has_it_and_nobody_else_until_it_ends(database: str, movable_clock: MovableClock) -> None:
    assert _take("role", "anna") and not _take("role", "ben")
    movable_clock.move(seconds=5)
    assert _take("role", "anna") and not _take("role", "ben")
    movable_clock.move(seconds=11)
    assert _take("role", "ben") and not _take("role", "anna")


def test_who_gives_back_makes_room_and_only_what_is_theirs(database: str) -> None:
    assert _take("role", "anna")
    for holder in ("ben", "anna"):
        assert _take("role", "carl") is False
        with db.transaction() as session:
            leases.give_back(session, "role", holder)
    assert _take("role", "carl")


def test_of_many_who_ask_at_once_exactly_one_gets_it(database: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        for number in range(10):
            answers = list(pool.map(lambda holder, number=number: _take(f"role{number}", f"{holder}"), range(8)))
            assert answers.count(True) == 1


def test_those_who_run_are_listed(database: str, movable_clock: MovableClock) -> None:
    assert _take("worker:one", "one") and _take("worker_two", "two") and _take("worker:three", "three")
    with db.reading() as session:
        assert sorted(leases.list_holders(session, "worker:")) == ["one", "three"]
    movable_clock.move(hours=2)
    with db.transaction() as session:
        leases.sweep(session)
        assert leases.list_holders(session, "worker:") == []


def _take(name: str, holder: str) -> bool:
    with db.transaction() as session:
        return leases.take(session, name, holder, 10)
