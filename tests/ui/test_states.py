import asyncio
import inspect
from dataclasses import replace
from typing import Any

import pytest
import reflex as rx
from reflex.istate.data import HeaderData, ReflexURL, RouterData
from sqlmodel import func, select

from dravo_app import db
from dravo_app.models import PublishJob, User
from dravo_app.providers.types import Identity
from dravo_app.services import connecting, sessions, users
from dravo_app.services.caller import Caller
from dravo_app.services.publishing.plan import PublishRequest, publish
from dravo_app.ui.pages.history_state import PAGE_SIZE, HistoryState

HANDLERS = sorted(set(HistoryState.event_handlers) - set(rx.State.event_handlers) - {"setvar"})
NAVIGATION = {"search", "type_text", "choose_dates", "choose_status", "choose_network", "choose_account"}


def _state(address: str = "http://dravo.test/history?environment=test", cookie: str = "") -> Any:
    """A tab's state as Reflex makes it: semi-private, so only here."""
    root: Any = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
    root.router = replace(RouterData(), headers=replace(HeaderData(), cookie=cookie), url=ReflexURL(address))
    return root.get_substate(HistoryState.get_full_name().split("."))


def _call(state: Any, handler: str, *arguments: object) -> Any:
    answer = HistoryState.event_handlers[handler].fn(state, *arguments)
    return asyncio.run(answer) if inspect.iscoroutine(answer) else answer


def _redirect_of(answer: Any) -> str:
    assert isinstance(answer, rx.event.EventSpec)
    return str({str(name): str(value) for name, value in answer.args}["path"]).strip('"')


@pytest.fixture
def cookie(database: str) -> str:
    with db.transaction() as session:
        user: User = users.create_owner(session, "ada@example.com", "correct horse")
        return f"a=b; dravo_session={sessions.open_browser_session(session, user)}"


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("handler", sorted(set(HANDLERS) - NAVIGATION))
def test_no_handler_shows_or_does_anything_for_who_is_not_logged_in(handler: str) -> None:
    state = _state()
    state.demo_account, state.face = "acc_1", "filled"

    assert _redirect_of(_call(state, handler)).startswith("/login?next=")
    assert state.rows == []
    assert _jobs() == 0


def test_every_handler_is_known_to_this_test() -> None:
    assert set(HANDLERS) - NAVIGATION == {"load", "look_again", "show_fresh", "try_again", "publish_sample"}


def test_whoever_is_logged_out_elsewhere_is_out_here_at_the_next_event(cookie: str) -> None:
    state = _state(cookie=cookie)
    assert _call(state, "load") is None
    assert state.email == "ada@example.com"
    with db.transaction() as session:
        sessions.log_out(session, cookie.partition("dravo_session=")[2])

    assert _redirect_of(_call(state, "look_again")).startswith("/login")
    assert state.email == ""


@pytest.mark.parametrize("environment", ["live", "test"])
def test_nothing_at_all_is_the_empty_face_with_the_command(cookie: str, environment: str) -> None:
    state = _state(f"http://dravo.test/history?environment={environment}", cookie)
    _call(state, "load")

    assert (state.face, state.environment) == ("empty", environment)
    assert f"--environment {environment}" in state.command
    assert "/v1/publish" in state.command


def test_filters_go_into_the_address_and_the_page_begins_anew(cookie: str) -> None:
    state = _state("http://dravo.test/history?environment=test&status=failed&cursor=abc", cookie)
    state.environment, state.filters = "test", {"status": "failed", "cursor": "abc"}

    assert _redirect_of(_call(state, "search", {"q": " a & b "})) == "/history?environment=test&status=failed&q=a+%26+b"
    assert _call(state, "type_text", "a & b ") is None  # the last key's own event comes after Enter
    assert [chip.label for chip in state.chips] == ["“a & b”", "Failed"]
    # the next choice builds on the one before, whether or not the page has loaded meanwhile
    assert _redirect_of(_call(state, "choose_status", "all")) == "/history?environment=test&q=a+%26+b"
    assert _redirect_of(_call(state, "type_text", "")) == "/history?environment=test"
    assert _redirect_of(_call(state, "choose_dates", {"since": "2026-07-01", "until": ""})).endswith("since=2026-07-01")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["owl", "fox"]),
        ("status=queued", ["owl"]),
        ("status=failed", ["fox"]),
        ("network=bluesky", ["fox"]),
        ("network=mastodon", []),
        ("account=OWL", ["owl"]),
        ("q=fo", ["fox"]),
        ("since=2000-01-01&until=2999-01-01", ["owl", "fox"]),
        ("until=2000-01-01", []),
        ("q=fo&account=OWL", []),
    ],
)
def test_each_filter_of_the_address_lets_through_what_it_says(
    cookie: str, caller: Caller, query: str, found: list[str]
) -> None:
    ids = {"OWL": _connect(caller), "FOX": _connect(caller, "bluesky")}
    for name in ("fox", "owl"):
        job = _publish(caller, ids[name.upper()], name)
        with db.transaction() as session:
            row = session.exec(select(PublishJob).where(PublishJob.id == job)).one()
            row.status = "failed" if name == "fox" else "queued"
    state = _state(f"http://dravo.test/history?environment=test&{query.replace('OWL', ids['OWL'])}", cookie)
    _call(state, "load")

    assert [row.text for row in state.rows] == found
    assert state.face == ("filled" if found else "unmatched")
    assert state.total == f"{len(found)} post{'' if len(found) == 1 else 's'}"


def test_the_field_keeps_what_is_typed_and_follows_what_is_chosen(cookie: str) -> None:
    state = _state(cookie=cookie)
    _call(state, "load")
    for text in ("w", "wa"):
        _call(state, "type_text", text)
    for text, key in (("w", 0), ("wa", 0), ("", 1), ("wa", 2), ("wa", 2)):  # typed, typed, chip, back, reload
        state.router = replace(state.router, url=ReflexURL(f"http://dravo.test/history?environment=test&q={text}"))
        _call(state, "load")
        assert state.field_key == key


def test_each_filter_that_is_on_can_be_taken_off_by_itself(cookie: str) -> None:
    state = _state("http://dravo.test/history?environment=test&status=failed&q=a&since=2026-07-01", cookie)
    _call(state, "load")

    assert [(chip.label, chip.value) for chip in state.chips] == [
        ("“a”", "/history?environment=test&status=failed&since=2026-07-01"),
        ("Failed", "/history?environment=test&q=a&since=2026-07-01"),
        ("From 2026-07-01", "/history?environment=test&q=a&status=failed"),
    ]


def test_what_comes_while_somebody_reads_further_down_waits_behind_a_button(cookie: str, caller: Caller) -> None:
    account = _connect(caller)
    first = _publish(caller, account)
    state = _state(cookie=cookie)
    _call(state, "load")
    second, third = _publish(caller, account), _publish(caller, account)
    with db.transaction() as session:
        session.exec(select(PublishJob).where(PublishJob.id == first)).one().status = "processing"
    _call(state, "look_again", True)

    assert [(row.job_id, row.status) for row in state.rows] == [(first, "processing")]
    assert (state.fresh, state.is_moving) == ("2 new posts", True)
    _call(state, "show_fresh")
    assert ([row.job_id for row in state.rows], state.fresh) == ([third, second, first], "")


def test_the_version_grows_with_what_happens_and_only_then(cookie: str, caller: Caller) -> None:
    account = _connect(caller)
    state = _state(cookie=cookie)
    _call(state, "load")
    before = state.version
    _call(state, "look_again")
    assert state.version == before > 0
    _publish(caller, account)
    _call(state, "look_again")
    assert state.version > before


@pytest.mark.parametrize("query", ["status=nope", "cursor=made-up", "since=2026-02-30", "until=9999-12-31"])
def test_an_address_that_makes_no_sense_is_the_error_face(cookie: str, query: str) -> None:
    state = _state(f"http://dravo.test/history?{query}", cookie)
    _call(state, "load")

    assert state.face == "error"
    assert state.trouble.endswith(".")


def test_the_rows_are_of_one_environment(cookie: str, caller: Caller) -> None:
    job_id = _publish(caller, _connect(caller))

    test, live = _state(cookie=cookie), _state("http://dravo.test/history", cookie)
    _call(test, "load")
    _call(live, "load")
    assert [row.job_id for row in test.rows] == [job_id]
    assert (live.face, live.rows) == ("empty", [])


def test_a_sample_post_is_for_the_test_environment_only(cookie: str, caller: Caller) -> None:
    live = _state("http://dravo.test/history?environment=live", cookie)
    live.demo_account = _connect(caller)

    assert _call(live, "publish_sample") is None
    assert _jobs() == 0


def test_a_sample_post_appears_in_the_list(cookie: str, caller: Caller) -> None:
    _connect(caller)
    state = _state(cookie=cookie)
    _call(state, "load")
    _call(state, "publish_sample")

    assert (state.face, len(state.rows), state.total) == ("filled", 1, "1 post")


def test_older_posts_are_one_link_away_and_the_way_back_too(cookie: str, caller: Caller) -> None:
    account = _connect(caller)
    for _ in range(PAGE_SIZE + 1):
        _publish(caller, account)
    first = _state(cookie=cookie)
    _call(first, "load")
    second = _state(f"http://dravo.test{first.older}", cookie)
    _call(second, "load")

    assert (len(first.rows), first.newest) == (PAGE_SIZE, "")
    assert (len(second.rows), second.older, second.newest) == (1, "", "/history?environment=test")
    assert first.total == second.total == f"{PAGE_SIZE + 1} posts"


def _connect(caller: Caller, provider: str = "x") -> str:
    identity = Identity("1", "ada", {"access_token": "sandbox_ada"})
    with db.transaction() as session:
        return connecting.connect(session, caller, provider, identity)[0].id


def _publish(caller: Caller, account: str, text: str = "Hello") -> str:
    with db.transaction() as session:
        return publish(session, caller, PublishRequest(account_ids=[account], text=text)).id


def _jobs() -> int:
    with db.reading() as session:
        return session.exec(select(func.count()).select_from(PublishJob)).one()
