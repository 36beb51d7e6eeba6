"""The history: every row once however one pages, exact totals, and cursors that open only what they were made for."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from dravo_app import db
from dravo_app.errors import Invalid, NotFound
from dravo_app.models import Environment, JobStatus
from dravo_app.services import history, history_pages
from dravo_app.services.caller import Caller
from dravo_app.services.history import HistoryPage, list_jobs
from dravo_app.services.history_pages import HistoryFilter
from tests.support.jobs import BEGIN, add_account, add_job

CASES: list[tuple[HistoryFilter, list[int]]] = [
    (HistoryFilter(status=JobStatus.FAILED), [0, 5, 10, 15, 20]),
    (HistoryFilter(provider="bluesky"), list(range(0, 25, 3))),
    (HistoryFilter(provider="x"), list(range(25))),
    (HistoryFilter(provider="linkedin"), []),
    (HistoryFilter(provider="bluesky", status=JobStatus.FAILED), [0, 15]),
    (HistoryFilter(created_after=BEGIN + timedelta(minutes=22)), [22, 23, 24]),
    (HistoryFilter(created_before=BEGIN + timedelta(minutes=2)), [0, 1]),
    (HistoryFilter(created_after=BEGIN + timedelta(minutes=9), status=JobStatus.FAILED), [10, 15, 20]),
    (HistoryFilter(created_before=BEGIN + timedelta(minutes=9), provider="bluesky"), [0, 3, 6]),
    (HistoryFilter(scheduled_after=BEGIN), []),
    (HistoryFilter(q="post 2", provider="bluesky", created_after=BEGIN + timedelta(minutes=21)), [21, 24]),
    (HistoryFilter(q="post 7"), [7]),
    (HistoryFilter(q="post 2"), [2, 20, 21, 22, 23, 24]),
    (HistoryFilter(q="post 2", status=JobStatus.FAILED), [20]),
    (HistoryFilter(q="   "), list(range(25))),
    (HistoryFilter(account_id="acc_unknown"), []),
    (HistoryFilter(account_id="acc_\x00"), []),
]


@pytest.fixture
def alice(database: str) -> str:
    """25 posts of hers on X, every fifth failed, every third on Bluesky too; the newest number is 24."""
    with db.transaction() as session:
        x, bluesky = add_account(session, "alice"), add_account(session, "alice", "bluesky")
        for number in range(25):
            accounts = [x, bluesky] if number % 3 == 0 else [x]
            status = "failed" if number % 5 == 0 else "published"
            add_job(session, f"Post {number}", accounts, status=status, minute=number)
        return x.id


def test_paging_shows_every_row_once_newest_first(caller: Caller, alice: str) -> None:
    for limit in (1, 7, 25, 100):
        pages = list(_pages(caller, HistoryFilter(limit=limit)))
        assert [item.text for page in pages for item in page.items] == [f"Post {n}" for n in reversed(range(25))]
        assert {page.total for page in pages} == {25}
        assert all(len(page.items) == limit for page in pages[:-1])


def test_rows_that_come_while_one_pages_move_nothing(caller: Caller, alice: str) -> None:
    seen, totals = [], []
    for page in _pages(caller, HistoryFilter(limit=4)):
        seen += [item.text for item in page.items]
        totals.append(page.total)
        with db.transaction() as session:
            add_job(session, f"New {len(seen)}", minute=100 + len(seen))
    assert seen == [f"Post {n}" for n in reversed(range(25))]
    assert set(totals) == {25}, "the total is the first page's"


def test_filters_hold_all_at_once_on_every_page(caller: Caller, alice: str) -> None:
    for chosen, numbers in CASES:
        for limit in (2, 100):
            pages = list(_pages(caller, replace(chosen, limit=limit)))
            assert [item.text for page in pages for item in page.items] == [f"Post {n}" for n in reversed(numbers)]
            assert {(page.total, page.total_is_lower_bound) for page in pages} == {(len(numbers), False)}, chosen


@pytest.mark.parametrize("few", [-1, 10_000])
def test_the_road_to_a_page_does_not_change_it(
    caller: Caller, alice: str, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """What few posts match is looked up and sorted, for many the list is walked: the rows must be the same."""
    monkeypatch.setattr(history_pages, "FEW", few)
    of_alice = (HistoryFilter(account_id=alice, status=JobStatus.FAILED), [0, 5, 10, 15, 20])
    searched = (HistoryFilter(account_id=alice, q="post 2", created_after=BEGIN + timedelta(minutes=23)), [23, 24])
    for chosen, numbers in [*CASES, of_alice, searched]:
        pages = list(_pages(caller, replace(chosen, limit=2)))
        found = [item.text for page in pages for item in page.items]
        assert (found, {page.total for page in pages}) == ([f"Post {n}" for n in reversed(numbers)], {len(numbers)})


def test_by_account_and_by_scheduled_time(caller: Caller, alice: str) -> None:
    with db.transaction() as session:
        for number in range(3):
            add_job(session, f"Later {number}", status="scheduled", scheduled_at=BEGIN + timedelta(days=number))
    assert _page(caller, HistoryFilter(account_id=alice)).total == 25
    later = HistoryFilter(scheduled_after=BEGIN, limit=2)
    assert [item.text for page in _pages(caller, later) for item in page.items] == ["Later 2", "Later 1", "Later 0"]
    day = HistoryFilter(scheduled_after=BEGIN + timedelta(days=1), scheduled_before=BEGIN + timedelta(days=2))
    assert [item.text for item in _page(caller, day).items] == ["Later 1"]


def test_a_search_beyond_its_limit_says_at_least(caller: Caller, alice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, expected in ((24, (24, True)), (25, (25, False)), (26, (25, False))):
        monkeypatch.setattr(history_pages, "SEARCH_COUNT_LIMIT", limit)
        pages = list(_pages(caller, HistoryFilter(q="post", limit=10)))
        assert {(page.total, page.total_is_lower_bound) for page in pages} == {expected}
        assert sum(len(page.items) for page in pages) == 25


def test_a_cursor_opens_only_the_list_it_was_made_for(caller: Caller, alice: str) -> None:
    cursor = _page(caller, HistoryFilter(limit=5)).next_cursor
    assert cursor is not None
    altered = [
        cursor[:-1],
        cursor + "A",
        cursor[:10] + _other(cursor[10]) + cursor[11:],
        cursor[:-1] + _other(cursor[-1]),
    ]
    for wrong in [*altered, "x", "ü" * 43, "A" * 43, cursor.lower()]:
        with pytest.raises(Invalid):
            _page(caller, HistoryFilter(limit=5, cursor=wrong))
    for other in (HistoryFilter(q="post"), HistoryFilter(status=JobStatus.FAILED), HistoryFilter(provider="x")):
        with pytest.raises(Invalid):
            _page(caller, replace(other, limit=5, cursor=cursor))
    for stranger in (replace(caller, workspace_key=2), replace(caller, environment=Environment.LIVE)):
        with pytest.raises(Invalid):
            _page(stranger, HistoryFilter(limit=5, cursor=cursor))


def test_the_size_of_a_page_may_change_on_the_way(caller: Caller, alice: str) -> None:
    first = _page(caller, HistoryFilter(limit=5))
    second = _page(caller, HistoryFilter(limit=50, cursor=first.next_cursor))
    assert len(first.items) + len(second.items) == 25 and second.next_cursor is None


def test_the_other_environment_and_workspace_see_nothing(caller: Caller, alice: str) -> None:
    with db.reading() as session:
        job = list_jobs(session, caller, HistoryFilter(limit=1)).items[0]
        for stranger in (replace(caller, workspace_key=2), replace(caller, environment=Environment.LIVE)):
            assert list_jobs(session, stranger, HistoryFilter()).total == 0
            assert list_jobs(session, stranger, HistoryFilter(q="post")).total == 0
            with pytest.raises(NotFound):
                history.get_receipt(session, stranger, job.job_id)


def test_what_can_t_be_filtered_by_is_refused(caller: Caller, alice: str) -> None:
    whole = HistoryFilter()
    for wrong in (replace(whole, limit=0), replace(whole, limit=101), replace(whole, provider="myspace")):
        with pytest.raises(Invalid):
            _page(caller, wrong)


def _page(caller: Caller, filters: HistoryFilter) -> HistoryPage:
    with db.reading() as session:
        return list_jobs(session, caller, filters)


def _pages(caller: Caller, filters: HistoryFilter) -> Iterator[HistoryPage]:
    page = _page(caller, filters)
    yield page
    while page.next_cursor is not None:
        page = _page(caller, replace(filters, cursor=page.next_cursor))
        yield page


def _other(letter: str) -> str:
    return "A" if letter != "A" else "B"
