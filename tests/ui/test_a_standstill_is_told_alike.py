"""What stands still is told alike on the receipt, in the history, by the API and in the events."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from dravo_app import clock, db
from dravo_app.api.v1.schemas.publish import Receipt
from dravo_app.models import Delivery, Environment, Event
from dravo_app.services import history, receipts
from dravo_app.services.caller import Caller
from dravo_app.services.publishing import restored, ticker
from dravo_app.ui.pages.history_rows import to_rows
from dravo_app.ui.pages.receipt_rows import to_deliveries
from tests.services.verifying.books_of_a_world import Installation

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
NAMES = {"x": "X"}


def test_past_its_limit_everybody_says_the_same(caller: Caller) -> None:
    installation = Installation(caller)
    installation.queued("Hello", installation.account())
    _age(minutes=3)
    ticker.tell_of_standstills()
    view, story, events = _look(caller)
    api = Receipt.of(view).results[0]
    row = to_deliveries(story, NAMES, Environment.TEST, {view.results[0].account_id})[0]
    line = to_rows([view], NAMES, Environment.TEST)[0]

    said = "It has been due for 3 min, and no worker has taken it up."
    assert api.waiting_for is not None and (api.waiting_for.message, api.waiting_for.is_stuck) == (said, True)
    step = {"who_acts": "operator", "action": "check_worker", "what_to_do": api.next_step.message}
    assert events == [{"code": "overdue", "message": said, **step}]
    assert (api.who_acts, api.next_step.who_acts) == ("operator", "operator")
    for shown in (row, line):
        assert shown.is_stuck and f"{shown.waits_before}3 min{shown.waits_after}" == said
        assert (shown.next_who, shown.next_words) == ("Whoever runs Dravo", api.next_step.message)
    assert line.trouble == "X, ada: " and [moment.title for moment in row.moments] == ["Accepted", "Stands still"]


def test_what_a_person_has_forgotten_is_told_by_everybody(caller: Caller) -> None:
    installation = Installation(caller)
    installation.queued("Hello", installation.account())
    with db.transaction() as session:
        session.exec(select(Delivery)).one().run_at -= timedelta(minutes=1)
    assert restored.hold_all() == 1
    _age(hours=25)
    ticker.tell_of_standstills()
    view, story, events = _look(caller)
    api = Receipt.of(view).results[0]
    row = to_deliveries(story, NAMES, Environment.TEST, set())[0]
    line = to_rows([view], NAMES, Environment.TEST)[0]

    assert api.waiting_for is not None and api.waiting_for.is_stuck and row.is_stuck and line.is_stuck
    assert [(event["code"], event["who_acts"], event["action"]) for event in events] == [
        ("held_restore", "author", "release")
    ]
    assert (api.who_acts, api.next_step.who_acts) == ("author", "author")


def test_what_takes_its_time_is_told_calmly(caller: Caller) -> None:
    installation = Installation(caller)
    installation.sending("Hello", installation.account())
    assert to_rows([_look(caller)[0]], NAMES, Environment.TEST)[0].waits_before == ""  # over before it is read
    _age(seconds=20)
    view, story, _ = _look(caller)
    row, line = to_deliveries(story, NAMES, Environment.TEST, set())[0], to_rows([view], NAMES, Environment.TEST)[0]
    assert row.waits_before == "Dravo has been talking to X for " and not row.is_stuck
    assert line.waits_before == "X, ada: Dravo has been talking to X for " and not line.is_stuck and line.trouble == ""


def _age(**by: float) -> None:
    with db.transaction() as session:
        for row in session.exec(select(Delivery)):
            row.run_at = row.changed_at = clock.now() - timedelta(**by)


def _look(caller: Caller) -> tuple[history.JobView, receipts.Story, list[dict[str, object]]]:
    with db.reading() as session:
        view = history.list_jobs(session, caller, history.HistoryFilter()).items[0]
        told = session.exec(select(Event).where(col(Event.type) == "delivery.stuck")).all()
        receipt = history.get_receipt(session, caller, view.job_id)
        return receipt, receipts.get_story(session, caller, view.job_id), [event.details for event in told]
