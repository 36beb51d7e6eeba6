"""The accounts page's handlers, called as any client could call them: who may not, changes nothing."""

import asyncio
import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import reflex as rx
from reflex.istate.data import HeaderData, ReflexURL, RouterData
from sqlmodel import select

from dravo_app import clock, db, settings
from dravo_app.models import Account, Event, Health, Role, Workspace
from dravo_app.providers.types import Identity
from dravo_app.services import connecting, networks, sessions, users
from dravo_app.services.caller import Caller
from dravo_app.services.publishing.plan import PublishRequest, publish
from dravo_app.ui.pages.accounts_change import ChangeState
from dravo_app.ui.pages.accounts_connect import ConnectState
from dravo_app.ui.pages.accounts_state import PAGE_SIZE, AccountsState
from tests.support.jobs import add_account
from tests.support.sandbox_server import Sandbox, running_sandbox

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
SECRET = "not-the-right-password-4711"
STATES: tuple[type[rx.State], ...] = (AccountsState, ConnectState, ChangeState)
NAVIGATION = {"search", "choose_network", "choose_health"}
ARGUMENTS: dict[str, list[object]] = {
    "connect_again": ["ACCOUNT"],
    "choose_network": ["x"],
    "close": [False],
    "connect": [{"access_token": "sandbox_mallory"}],
    "add_sandbox": [{"name": "mallory"}],
    "add_suggested": ["x", "mallory"],
    "ask_name": ["ACCOUNT"],
    "ask_disconnect": ["ACCOUNT"],
    "rename": [{"name": "Mine"}],
    "check": ["ACCOUNT"],
}
HANDLERS = [
    (state, name)
    for state in STATES
    for name in sorted(set(state.event_handlers) - set(rx.State.event_handlers) - {"setvar"})
    if not (state is AccountsState and name in NAVIGATION)
]
CHANGING = [
    (ConnectState, "connect_new"),
    (ConnectState, "connect_sandbox"),
    (ConnectState, "connect_again"),
    (ChangeState, "ask_name"),
    (ChangeState, "ask_disconnect"),
]


class Tab:
    """A tab of somebody's browser; `cookie` is theirs."""

    def __init__(self, cookie: str = "", address: str = "http://dravo.test/accounts?environment=test") -> None:
        root: Any = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
        root.router = replace(RouterData(), headers=replace(HeaderData(), cookie=cookie), url=ReflexURL(address))
        self._root = root

    def state(self, kind: type[rx.State]) -> Any:
        return self._root.get_substate(kind.get_full_name().split("."))

    def call(self, kind: type[rx.State], handler: str, *arguments: object) -> list[Any]:
        """All that the handler yields or answers."""
        answer = kind.event_handlers[handler].fn(self.state(kind), *arguments)
        if inspect.isasyncgen(answer):
            return asyncio.run(_all_of(answer))
        return [asyncio.run(answer) if inspect.iscoroutine(answer) else answer]

    def told(self) -> str:
        """Everything that the server would send to this tab."""
        return str([self.state(kind).dict() for kind in STATES])


async def _all_of(answers: Any) -> list[Any]:
    return [answer async for answer in answers]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def with_sandbox(sandbox: Sandbox, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.setenv("DRAVO_SANDBOX_URL", sandbox.url)
    settings.get_settings.cache_clear()
    yield sandbox
    networks.close_clients()


@pytest.fixture
def account(caller: Caller) -> str:
    """Alice on the sandbox's X."""
    identity = Identity("alice", "alice", {"access_token": "sandbox_alice"})
    with db.transaction() as session:
        return connecting.connect(session, caller, "x", identity)[0].id


@pytest.fixture
def owner(database: str) -> str:
    return cookie_of(Role.OWNER)


def cookie_of(role: Role, workspace_key: int = 1) -> str:
    with db.transaction() as session:
        user = users.create_user(session, f"{role}@example.com", "correct horse", role, workspace_key)
        return f"dravo_session={sessions.open_browser_session(session, user)}"


def accounts() -> list[tuple[str, str | None, str]]:
    with db.reading() as session:
        return list(session.exec(select(Account.handle, Account.name, Account.health).order_by(Account.handle)))


def arguments(handler: str, account: str) -> list[object]:
    return [account if given == "ACCOUNT" else given for given in ARGUMENTS.get(handler, [])]


@pytest.mark.parametrize(("state", "handler"), HANDLERS)
def test_no_handler_shows_or_does_anything_for_who_is_not_logged_in(
    account: str, state: type[rx.State], handler: str
) -> None:
    tab = Tab()
    tab.state(ConnectState).window, tab.state(ConnectState).network = "connect", "x"
    tab.state(ChangeState).window, tab.state(ChangeState).account_id = "disconnect", account
    (answer,) = tab.call(state, handler, *arguments(handler, account))
    assert "/login?next=" in str(answer.args)
    assert tab.state(AccountsState).rows == []
    assert accounts() == [("alice", None, "ok")]


@pytest.mark.parametrize(("state", "handler"), CHANGING)
def test_a_member_gets_no_window_that_changes_accounts(account: str, state: type[rx.State], handler: str) -> None:
    tab = Tab(cookie_of(Role.MEMBER))
    tab.call(state, handler, *arguments(handler, account))
    assert tab.state(state).window == ""
    assert tab.state(ConnectState).suggestions == []


def test_a_member_who_calls_the_handlers_all_the_same_is_refused(account: str, with_sandbox: Sandbox) -> None:
    tab = Tab(cookie_of(Role.MEMBER))
    connect, change = tab.state(ConnectState), tab.state(ChangeState)
    for window in ("connect", "again", "sandbox"):
        connect.window, connect.network, connect.account_id = window, "x", account
        for handler in ("connect", "add_sandbox", "add_suggested"):
            tab.call(ConnectState, handler, *arguments(handler, account))
    for window in ("rename", "disconnect"):
        change.window, change.account_id = window, account
        tab.call(ChangeState, window, *arguments(window, account))
        assert change.trouble.endswith("ask one of them.")
    assert accounts() == [("alice", None, "ok")]
    tab.call(AccountsState, "load")
    assert (tab.state(AccountsState).may_change, len(tab.state(AccountsState).rows)) == (False, 1)


def test_another_workspace_finds_no_account_of_ours(account: str, database: str) -> None:
    with db.transaction() as session:
        other = Workspace(id="ws_other", name="Other", created_at=clock.now())
        session.add(other)
        session.flush()
        other_key = other.key or 0
    tab = Tab(cookie_of(Role.OWNER, other_key))
    for state, handler in (
        (ConnectState, "connect_again"),
        (ChangeState, "ask_name"),
        (ChangeState, "ask_disconnect"),
        (ChangeState, "check"),
    ):
        tab.call(state, handler, account)
        assert tab.state(state).window == ""
    tab.state(ChangeState).window, tab.state(ChangeState).account_id = "disconnect", account
    tab.call(ChangeState, "disconnect")
    tab.call(AccountsState, "load")
    assert tab.state(AccountsState).face == "empty"
    assert accounts() == [("alice", None, "ok")]


def test_a_test_account_is_not_there_in_live(account: str, owner: str) -> None:
    tab = Tab(owner, "http://dravo.test/accounts")
    tab.call(ChangeState, "ask_disconnect", account)
    tab.call(AccountsState, "load")
    assert (tab.state(ChangeState).window, tab.state(AccountsState).face) == ("", "empty")


def test_a_sandbox_account_takes_one_click_and_a_second_one_changes_nothing(owner: str, with_sandbox: Sandbox) -> None:
    tab = Tab(owner)
    tab.call(ConnectState, "load")
    first = tab.state(ConnectState).suggestions[0]
    for _ in range(2):
        tab.call(ConnectState, "add_suggested", first.value, first.label)
    assert accounts() == [("alice", None, "ok")]
    assert tab.state(ConnectState).suggestions[0].label == "bakery"
    assert not tab.state(ConnectState).is_busy


@pytest.mark.parametrize("name", ["", "  ", "two words", "-x", "ä", "a" * 65, "a/b"])
def test_a_name_that_the_sandbox_has_not_is_refused_beside_its_field(
    owner: str, with_sandbox: Sandbox, name: str
) -> None:
    tab = Tab(owner)
    tab.call(ConnectState, "connect_sandbox")
    tab.call(ConnectState, "add_sandbox", {"name": name})
    assert tab.state(ConnectState).errors["name"].startswith("A name has letters")
    assert accounts() == []


def test_sandbox_accounts_are_for_the_test_environment_only(owner: str, with_sandbox: Sandbox) -> None:
    tab = Tab(owner, "http://dravo.test/accounts")
    tab.call(ConnectState, "add_suggested", "x", "alice")
    assert accounts() == []
    assert tab.state(ConnectState).suggestions == []


def test_wrong_credentials_get_a_sentence_and_are_kept_nowhere(owner: str, with_sandbox: Sandbox) -> None:
    tab = Tab(owner)
    tab.call(ConnectState, "connect_new")
    tab.call(ConnectState, "choose_network", "bluesky")
    tab.call(ConnectState, "connect", {"identifier": "carol", "app_password": SECRET})
    connect = tab.state(ConnectState)
    assert connect.errors == {"app_password": "Bluesky doesn't accept this handle and app password."}
    assert (connect.window, connect.is_busy) == ("connect", False)
    assert SECRET not in tab.told()
    tab.call(ConnectState, "connect", {"identifier": "", "app_password": "", "service": "not a server"})
    assert set(connect.errors) == {"identifier", "app_password", "service"}
    assert accounts() == []


def test_a_form_that_was_sent_twice_connects_once(owner: str, with_sandbox: Sandbox) -> None:
    tab = Tab(owner)
    tab.call(ConnectState, "connect_new")
    for _ in range(2):
        tab.call(ConnectState, "connect", {"access_token": "sandbox_alice"})
    assert accounts() == [("alice", None, "ok")]
    with db.reading() as session:
        assert [event.type for event in session.exec(select(Event))] == ["account.connected"]


def test_reconnecting_keeps_the_account_and_refuses_another_ones_credentials(
    owner: str, account: str, with_sandbox: Sandbox
) -> None:
    tab = Tab(owner)
    tab.call(ChangeState, "ask_disconnect", account)
    tab.call(ChangeState, "disconnect")
    tab.call(ConnectState, "connect_again", account)
    tab.call(ConnectState, "connect", {"access_token": "sandbox_bob"})
    assert "belong to bob, and this account is alice" in tab.state(ConnectState).trouble
    assert accounts() == [("alice", None, "disconnected")]
    tab.call(ConnectState, "connect", {"access_token": "sandbox_alice"})
    assert accounts() == [("alice", None, "ok")]
    assert tab.state(ConnectState).window == ""


def test_what_is_known_need_not_be_typed_again_and_secrets_stay_sealed(
    owner: str, caller: Caller, with_sandbox: Sandbox
) -> None:
    identity = Identity("did:plc:a", "ada.test", {"app_password": SECRET, "identifier": "ada.test", "service": "s"})
    with db.transaction() as session:
        ada = connecting.connect(session, caller, "bluesky", identity)[0].id
    tab = Tab(owner)
    tab.call(ConnectState, "connect_again", ada)
    assert tab.state(ConnectState).known == {"identifier": "ada.test", "service": "s"}
    assert SECRET not in tab.told()


def test_a_disconnect_says_first_what_it_stops(owner: str, caller: Caller, account: str) -> None:
    from datetime import timedelta

    for hours in range(1, 8):
        request = PublishRequest(account_ids=[account], text="Later", scheduled_at=clock.now() + timedelta(hours=hours))
        with db.transaction() as session:
            publish(session, caller, request)
    tab = Tab(owner)
    tab.call(ChangeState, "ask_disconnect", account)
    change = tab.state(ChangeState)
    assert (change.verb, change.stopping) == ("Disconnect and stop 7 posts", "7 scheduled posts will not go out:")
    assert (len(change.stops), change.more_stops) == (5, "and 2 more")
    assert accounts() == [("alice", None, "ok")]
    (answer,) = tab.call(ChangeState, "disconnect")
    assert "7 scheduled posts will not go out." in str(answer[0])
    assert accounts() == [("alice", None, "disconnected")]
    assert tab.call(ChangeState, "disconnect") == [None]


def test_renaming_and_going_back_to_the_handle(owner: str, account: str) -> None:
    tab = Tab(owner)
    for typed, name in (("  Our   page ", "Our page"), ("", None)):
        tab.call(ChangeState, "ask_name", account)
        tab.call(ChangeState, "rename", {"name": typed})
        assert accounts() == [("alice", name, "ok")]
    tab.call(ChangeState, "ask_name", account)
    tab.call(ChangeState, "rename", {"name": "x" * 101})
    assert tab.state(ChangeState).trouble.startswith("A name has at most")


def test_checking_turns_an_account_red_and_well_again(owner: str, with_sandbox: Sandbox) -> None:
    tab = Tab(owner)
    tab.call(ConnectState, "add_suggested", "x", "erin")
    tab.call(AccountsState, "load")
    erin = tab.state(AccountsState).rows[0].id
    post = {"text": "[[sandbox: token revoked]]"}
    with_sandbox.call("POST", "/x/2/tweets", json=post, headers={"Authorization": "Bearer sandbox_erin"})
    tab.call(ChangeState, "check", erin)
    assert accounts() == [("erin", None, "needs_reconnect")]
    with_sandbox.clear_faults()
    tab.call(ChangeState, "check", erin)
    assert accounts() == [("erin", None, "ok")]
    assert tab.state(ChangeState).checking == ""


def test_a_thousand_accounts_are_a_page_at_a_time(owner: str, caller: Caller) -> None:
    with db.transaction() as session:
        for number in range(PAGE_SIZE + 1):
            add_account(session, f"handle{number}")
        add_account(session, "gone").health = Health.DISCONNECTED.value
        add_account(session, "red").health = Health.NEEDS_RECONNECT.value
    tab = Tab(owner)
    tab.call(AccountsState, "load")
    first = tab.state(AccountsState)
    assert (len(first.rows), first.total, first.newest) == (PAGE_SIZE, f"{PAGE_SIZE + 2} accounts", "")
    assert first.attention == "1 account needs to be connected again."
    assert first.disconnected == "Show 1 disconnected"
    second = Tab(owner, f"http://dravo.test{first.older}")
    second.call(AccountsState, "load")
    assert [row.title for row in second.state(AccountsState).rows] == ["handle1", "handle0"]
    assert second.state(AccountsState).newest == "/accounts?environment=test"
    for link, handle in ((first.attention_link, "red"), (first.disconnected_link, "gone")):
        shown = Tab(owner, f"http://dravo.test{link}")
        shown.call(AccountsState, "load")
        assert [row.title for row in shown.state(AccountsState).rows] == [handle]


@pytest.mark.parametrize("query", ["health=nope", "cursor=made-up", "network=myspace"])
def test_an_address_that_makes_no_sense_is_the_error_face(owner: str, query: str) -> None:
    tab = Tab(owner, f"http://dravo.test/accounts?{query}")
    tab.call(AccountsState, "load")
    assert tab.state(AccountsState).face == "error"
    assert tab.state(AccountsState).trouble.endswith(".")


def test_filters_go_into_the_address(owner: str) -> None:
    tab = Tab(owner)
    tab.call(AccountsState, "load")
    (answer,) = tab.call(AccountsState, "search", {"q": " a & b "})
    assert "/accounts?environment=test&q=a+%26+b" in str(answer.args)
    (answer,) = tab.call(AccountsState, "choose_health", "disconnected")
    assert "/accounts?environment=test&health=disconnected" in str(answer.args)
