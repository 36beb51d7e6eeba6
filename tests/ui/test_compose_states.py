"""The compose page's handlers as functions: who is not logged in can do nothing, and a draft from elsewhere is not believed."""

import asyncio
import inspect
import json
from dataclasses import replace
from typing import Any

import pytest
import reflex as rx
from reflex.istate.data import HeaderData, ReflexURL, RouterData
from sqlmodel import func, select

from dravo_app import db
from dravo_app.errors import Invalid
from dravo_app.models import Account, PublishJob, Role, User
from dravo_app.providers.types import Identity
from dravo_app.services import connecting, sessions, users
from dravo_app.services.caller import Caller
from dravo_app.services.publishing.plan import PublishRequest, publish
from dravo_app.ui.pages.compose_draft import read_draft, to_request
from dravo_app.ui.pages.compose_state import ComposeState
from tests.support.world import ON_SQLITE

pytestmark = [ON_SQLITE, pytest.mark.usefixtures("database")]
KEY = "0123456789abcdef0123456789abcdef"
HANDLERS = {"load", "review", "publish", "look", "show_code", "connect_sandbox"}


@pytest.fixture
def cookie(database: str) -> str:
    with db.transaction() as session:
        user: User = users.create_owner(session, "ada@example.com", "correct horse")
        return f"dravo_session={sessions.open_browser_session(session, user)}"


@pytest.fixture
def account(caller: Caller) -> str:
    identity = Identity("1", "ada", {"access_token": "sandbox_ada"})
    with db.transaction() as session:
        return connecting.connect(session, caller, "x", identity)[0].id


@pytest.fixture
def state(cookie: str, account: str) -> Any:
    """Somebody who is logged in and has the page open."""
    state = _state(cookie=cookie)
    _call(state, "load")
    return state


def test_every_handler_is_known_to_this_test() -> None:
    found = set(ComposeState.event_handlers) - set(rx.State.event_handlers) - {"setvar"}
    assert found == HANDLERS


def test_who_logs_in_elsewhere_in_the_browser_finds_nothing_of_the_one_before(state: Any, account: str) -> None:
    _call(state, "show_code", _draft(account, owner=state.owner, text="Not for Bob"))
    assert "Not for Bob" in state.curl
    with db.transaction() as session:
        bob = users.create_user(session, "bob@example.com", "correct horse", Role.MEMBER)
        cookie = f"dravo_session={sessions.open_browser_session(session, bob)}"
    router = replace(state.router, headers=replace(HeaderData(), cookie=cookie))
    state._get_root_state().router = router

    assert "/login" in str({str(name): str(value) for name, value in _call(state, "load").args}["path"])
    assert (state.curl, state.owner, state.email) == ("", "", "")
    assert _call(state, "load") is None


@pytest.mark.parametrize("handler", sorted(HANDLERS - {"look"}))
def test_no_handler_shows_or_does_anything_for_who_is_not_logged_in(handler: str, account: str) -> None:
    state = _state()
    state.face = "empty"
    arguments = [] if handler in ("load", "connect_sandbox") else [_draft(account, owner="")]
    answer = _call(state, handler, *arguments)

    assert "/login" in str({str(name): str(value) for name, value in answer.args}["path"])
    assert (state.accounts, state.curl, state.sent, _count(PublishJob), _count(Account)) == ([], "", "", 0, 1)


def test_the_page_shows_the_accounts_of_its_environment(cookie: str, account: str) -> None:
    test, live = _state(cookie=cookie), _state("http://dravo.test/compose", cookie)
    _call(test, "load")
    _call(live, "load")
    assert ([row.id for row in test.accounts], test.face) == ([account], "ready")
    assert (live.accounts, live.face) == ([], "empty")


def test_a_draft_becomes_one_job_however_often_it_is_sent(state: Any, account: str) -> None:
    for _ in range(3):
        _call(state, "publish", _draft(account, owner=state.owner))
    assert (state.sent, _count(PublishJob)) == (KEY, 1)
    assert state.receipt.startswith("/receipt?job=job_")
    assert "environment=test" in state.receipt


def test_the_same_draft_with_other_words_is_not_sent_and_leads_to_its_receipt(state: Any, account: str) -> None:
    _call(state, "publish", _draft(account, owner=state.owner))
    receipt, state.sent = state.receipt, ""
    _call(state, "publish", _draft(account, owner=state.owner, text="Other words"))
    assert (state.sent, state.already, state.settled, _count(PublishJob)) == ("", receipt, "", 1)


def test_a_restored_draft_that_is_a_job_already_is_settled(state: Any, account: str) -> None:
    draft = _draft(account, owner=state.owner)
    _call(state, "review", draft)
    assert (state.already, state.settled) == ("", "")
    _call(state, "publish", draft)
    _call(state, "review", draft)
    assert (state.already, state.settled) == (state.receipt, KEY)


@pytest.mark.parametrize(
    "change", [{"owner": "usr_other"}, {"environment": "live"}, {"key": "short"}, {"text": 5}, {"accounts": "acc"}]
)
def test_a_draft_of_another_or_a_broken_one_is_refused(state: Any, account: str, change: dict[str, object]) -> None:
    draft = json.loads(_draft(account, owner=state.owner))
    for handler in ("review", "publish", "show_code"):
        _call(state, handler, json.dumps({**draft, **change}))
    assert (state.sent, state.account_flaws, _count(PublishJob)) == ("", {}, 0)
    assert state.other_flaws and state.refused


@pytest.mark.parametrize("written", ["", "null", "[]", "{}", "{" * 5000, '{"key": 1}'])
def test_what_is_no_draft_is_no_draft(written: str) -> None:
    with pytest.raises(Invalid):
        read_draft(written)


def test_a_review_puts_each_sentence_in_its_place(state: Any, account: str) -> None:
    when = {"later": True, "instant": "2020-01-01T00:00:00Z"}
    _call(state, "review", _draft(account, "acc_gone", owner=state.owner, text="a" * 281, when=when))
    assert list(state.account_flaws) == ["acc_gone", account]
    assert "280 characters" in state.account_flaws[account][0]
    assert state.time_flaws == ["The time must be at least 60 seconds ahead."]
    assert (state.text_flaws, state.other_flaws, _count(PublishJob)) == ([], [], 0)


def test_what_is_missing_is_said_after_the_button_was_pressed(state: Any) -> None:
    empty = _draft(owner=state.owner, text="", when={"later": True, "instant": ""})
    _call(state, "review", empty)
    assert (state.text_flaws, state.choosing_flaws, state.time_flaws) == ([], [], [])
    _call(state, "publish", empty)
    assert state.text_flaws == ["The text is empty."]
    assert state.choosing_flaws == ["Name 1 to 100 accounts."]
    assert state.time_flaws == ["Choose a day and a time."]


def test_only_what_the_chosen_networks_need_is_asked_for() -> None:
    draft = read_draft(
        _draft(
            "acc_1",
            texts={"x": "Own", "bluesky": "unused"},
            options={
                "x": {"reply_settings": "", "made_with_ai": True, "community_id": ""},
                "mastodon": {"language": "en"},
            },
            pictures=[
                {"url": "https://example.com/a.png", "alt": ""},
                {"url": "https://example.com/b.png", "alt": "B"},
            ],
        )
    )
    request = to_request(draft, {"acc_1": "x"}, ["x"])
    assert request.provider_options == {"x": {"made_with_ai": True, "text": "Own", "alt_texts": ["", "B"]}}
    assert request.media_urls == ["https://example.com/a.png", "https://example.com/b.png"]


def test_an_earlier_job_begins_a_new_draft(cookie: str, caller: Caller, account: str) -> None:
    options: dict[str, dict[str, object]] = {"x": {"text": "For X", "made_with_ai": True}}
    with db.transaction() as session:
        request = PublishRequest(account_ids=[account], text="Once more", provider_options=options)
        job_id = publish(session, caller, request).id
    state = _state(f"http://dravo.test/compose?environment=test&from={job_id}", cookie)
    _call(state, "load")
    given = json.loads(state.given)
    assert (given["text"], given["accounts"], given["texts"]) == ("Once more", [account], {"x": "For X"})
    assert given["options"] == {"x": {"made_with_ai": True}}


@pytest.mark.parametrize("job_id", ["job_unknown", "'; drop table account"])
def test_a_job_that_is_not_there_begins_nothing(cookie: str, account: str, job_id: str) -> None:
    state = _state(f"http://dravo.test/compose?environment=test&from={job_id}", cookie)
    _call(state, "load")
    assert (state.given, state.face) == ("", "ready")


def test_sandbox_accounts_are_for_the_test_environment_only(cookie: str) -> None:
    live = _state("http://dravo.test/compose", cookie)
    _call(live, "load")
    _call(live, "connect_sandbox")
    assert (live.face, _count(Account)) == ("empty", 0)


def _draft(*accounts: str, owner: str = "usr_1", **more: object) -> str:
    draft = {"key": KEY, "owner": owner, "environment": "test", "text": "Hello", "accounts": list(accounts)}
    return json.dumps({**draft, **more})


def _state(address: str = "http://dravo.test/compose?environment=test", cookie: str = "") -> Any:
    """A tab's state as Reflex makes it: semi-private, so only here."""
    root: Any = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
    root.router = replace(RouterData(), headers=replace(HeaderData(), cookie=cookie), url=ReflexURL(address))
    return root.get_substate(ComposeState.get_full_name().split("."))


def _call(state: Any, handler: str, *arguments: object) -> Any:
    answer = ComposeState.event_handlers[handler].fn(state, *arguments)
    return asyncio.run(answer) if inspect.iscoroutine(answer) else answer


def _count(kind: type[PublishJob | Account]) -> int:
    with db.reading() as session:
        return session.exec(select(func.count()).select_from(kind)).one()
