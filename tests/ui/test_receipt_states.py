"""The receipt's handlers, called as any client could call them: who may not see it sees and changes nothing."""

import asyncio
import inspect
from dataclasses import replace
from typing import Any

import pytest
import reflex as rx
from reflex.istate.data import HeaderData, ReflexURL, RouterData
from sqlmodel import col, select

from dravo_app import clock, db
from dravo_app.models import Delivery, DeliveryState, Membership, PublishJob, Role, User, Workspace
from dravo_app.providers.types import Identity
from dravo_app.services import connecting, sessions, users
from dravo_app.services.caller import Caller
from dravo_app.services.publishing.lifecycle import move
from dravo_app.services.publishing.plan import PublishRequest, publish
from dravo_app.services.publishing.rollup import roll_up
from dravo_app.ui.pages.receipt_state import ReceiptState

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
HANDLERS = sorted(set(ReceiptState.event_handlers) - set(rx.State.event_handlers) - {"setvar", "forget_trouble"})
SEND = {"answer": "send"}
ARGUMENTS: dict[str, list[object]] = {"retry": [""], "toggle": ["acc_1"], "resolve": [SEND]}


@pytest.fixture
def account(caller: Caller) -> str:
    with db.transaction() as session:
        return connecting.connect(session, caller, "x", Identity("1", "ada", {"access_token": "sandbox_ada"}))[0].id


@pytest.fixture
def cookie(database: str) -> str:
    with db.transaction() as session:
        return _open(session, users.create_owner(session, "ada@example.com", "correct horse"))


@pytest.fixture
def stranger(cookie: str) -> str:
    """The owner of another workspace."""
    with db.transaction() as session:
        other = Workspace(id="wks_other", name="Other", created_at=clock.now())
        session.add(other)
        session.flush()
        return _open(
            session, users.create_user(session, "eve@example.com", "correct horse", Role.OWNER, other.key or 0)
        )


@pytest.mark.usefixtures("database")
def test_every_handler_is_known_to_this_test() -> None:
    assert set(HANDLERS) == {"load", "look_again", "toggle", "retry", "release", "cancel", "resolve"}


@pytest.mark.parametrize("handler", HANDLERS)
def test_who_is_not_logged_in_is_sent_to_the_login(caller: Caller, account: str, handler: str) -> None:
    job = _failed(caller, account)
    state = _state(job)
    state._shown = job
    answer = _call(state, handler, *ARGUMENTS.get(handler, []))

    assert "/login?next=" in str(answer.args)
    assert (state.head.text, state.deliveries, _states()) == ("", [], ["failed"])


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("who", ["of another workspace", "in the other world"])
def test_another_s_post_is_not_there_whatever_one_asks(
    caller: Caller, account: str, cookie: str, stranger: str, handler: str, who: str
) -> None:
    job = _failed(caller, account)
    state = _state(job, stranger) if who == "of another workspace" else _state(job, cookie, "live")
    _call(state, "load")
    assert (state.face, state.head.text, state.deliveries) == ("missing", "", [])

    _call(state, handler, *ARGUMENTS.get(handler, []))
    assert (state.face, state.deliveries, _states()) == ("missing", [], ["failed"])


def test_a_post_of_mine_is_shown_with_what_can_be_done(caller: Caller, account: str, cookie: str) -> None:
    job = _failed(caller, account)
    state = _state(job, cookie)
    _call(state, "load")
    (row,) = state.deliveries

    assert (state.face, state.head.author, state.retryable, state.is_moving) == ("filled", caller.actor, 1, False)
    assert (row.status, row.may_retry, row.next_who) == ("failed", True, "The author")
    assert [moment.title for moment in row.moments] == ["Accepted", "Failed"]
    assert state.again == f"/compose?environment=test&from={job}"


def test_pictures_are_addresses_to_follow_and_nothing_else(caller: Caller, account: str, cookie: str) -> None:
    job = _failed(caller, account)
    with db.transaction() as session:
        row = session.exec(select(PublishJob)).one()
        row.media_urls = ["https://example.com/a/b/cat.png?x=1", "javascript:alert(1)"]
    state = _state(job, cookie)
    _call(state, "load")
    assert [(one.name, one.value) for one in state.head.pictures] == [
        ("example.com/…/cat.png", "https://example.com/a/b/cat.png?x=1")
    ]


def test_a_retry_shows_and_a_second_click_does_no_harm(caller: Caller, account: str, cookie: str) -> None:
    job = _failed(caller, account)
    state = _state(job, cookie)
    _call(state, "load")
    assert "Queued again" in str(_call(state, "retry", account))
    assert _call(state, "retry", account) is None

    assert (_states(), state.retryable, state.is_moving) == (["queued"], 0, True)
    assert [moment.title for moment in state.deliveries[0].moments] == ["Accepted", "Failed", "Retry"]
    assert "ada@example.com had it sent again." in state.deliveries[0].moments[-1].words


@pytest.mark.parametrize(
    ("form", "state_after", "says"),
    [
        ({"answer": "there", "permalink": " https://x.com/ada/status/1 "}, "published", ""),
        ({"answer": "there", "permalink": ""}, "published", ""),
        ({"answer": "leave", "permalink": "https://x.com/"}, "failed", ""),
        ({"answer": "send"}, "queued", ""),
        ({}, "failed", "Choose what you see."),
        ({"answer": "there", "permalink": "javascript:alert(1)"}, "failed", "must begin with https://"),
    ],
)
def test_a_person_settles_what_nobody_knows(
    caller: Caller, account: str, cookie: str, form: dict[str, str], state_after: str, says: str
) -> None:
    job = _failed(caller, account, code="outcome_unknown")
    state = _state(job, cookie)
    _call(state, "load")
    assert (state.deliveries[0].may_resolve, state.retryable) == (True, 0)
    _call(state, "resolve", {"account_id": account, **form})

    assert _states() == [state_after]
    assert says in state.resolve_trouble and bool(says) == bool(state.resolve_trouble)


def test_few_accounts_are_open_and_of_many_those_that_want_something(caller: Caller, cookie: str) -> None:
    with db.transaction() as session:
        ids = [connecting.connect(session, caller, "x", Identity(str(n), f"a{n}", {}))[0].id for n in range(6)]
    job = _failed(caller, *ids)
    state = _state(job, cookie)
    _call(state, "load")
    assert [bool(row.moments) for row in state.deliveries] == [True, True, True, False, False, False]
    _call(state, "toggle", ids[5])
    _call(state, "toggle", ids[0])
    _call(state, "look_again", True)
    assert [row.is_open for row in state.deliveries] == [False, True, True, False, False, True]


def _state(job: str, cookie: str = "", environment: str = "test") -> Any:
    """A tab's state as Reflex makes it: semi-private, so only here."""
    root: Any = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
    address = f"http://dravo.test/receipt?environment={environment}&job={job}"
    root.router = replace(RouterData(), headers=replace(HeaderData(), cookie=cookie), url=ReflexURL(address))
    return root.get_substate(ReceiptState.get_full_name().split("."))


def _call(state: Any, handler: str, *arguments: object) -> Any:
    answer = ReceiptState.event_handlers[handler].fn(state, *arguments)
    return asyncio.run(answer) if inspect.iscoroutine(answer) else answer


def _open(session: Any, user: User) -> str:
    session.flush()
    assert session.exec(select(Membership).where(col(Membership.user_key) == user.key)).one()
    return f"dravo_session={sessions.open_browser_session(session, user)}"


def _failed(caller: Caller, *accounts: str, code: str = "provider_unavailable") -> str:
    with db.transaction() as session:
        job = publish(session, caller, PublishRequest(account_ids=list(accounts), text="Hello"))
        session.flush()
        for delivery in session.exec(select(Delivery).where(col(Delivery.job_key) == job.key)):
            move(session, delivery, DeliveryState.SENDING, clock.now())
            delivery.error_code, delivery.error_message, delivery.who_acts = code, "It may be public. No.", "author"
            delivery.fence = 1
            move(session, delivery, DeliveryState.FAILED, clock.now())
        roll_up(session, [job.key or 0], clock.now())
        return job.id


def _states() -> list[str]:
    with db.reading() as session:
        return list(session.exec(select(Delivery.state)))
