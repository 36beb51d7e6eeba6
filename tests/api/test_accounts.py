"""Accounts over the API: connected by credentials, listed, renamed, disconnected."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from dravo_app import crypto, db, settings
from dravo_app.errors import NotFound
from dravo_app.models import Account, AccountGate, Environment, Event, Role
from dravo_app.services import accounts, seals, vault
from dravo_app.services.caller import Caller
from tests.api.conftest import Api, make_account, make_owner
from tests.support.sandbox_server import Sandbox

SHAPE = {"id", "provider", "handle", "platform_account_id", "health", "connection_type", "created_at"}


def alice(**change: Any) -> dict[str, Any]:
    credentials = {"access_token": "sandbox_alice"}
    return {"provider": "x", "platform_account_id": "alice", "handle": "alice", "credentials": credentials, **change}


def stored(account_id: str) -> Account:
    with db.reading() as session:
        return session.exec(select(Account).where(col(Account.id) == account_id)).one()


def events_of(kind: str) -> int:
    with db.reading() as session:
        return len(session.exec(select(Event).where(col(Event.type) == kind)).all())


@pytest.mark.parametrize("provider", ["x", "bluesky", "mastodon"])
def test_connecting_by_credentials_and_again(api: Api, with_sandbox: Sandbox, provider: str) -> None:
    first = api.post("/accounts", alice(provider=provider))
    assert first.status_code == 201, first.text
    assert set(first.json()) >= SHAPE
    assert first.json()["health"] == "ok"
    assert first.json()["connection_type"] == "credentials"
    assert "alice" in first.json()["handle"]
    again = api.post("/accounts", alice(provider=provider))
    assert again.status_code == 200
    assert again.json()["id"] == first.json()["id"]
    assert api.get("/accounts").json()["total"] == 1
    assert events_of("account.connected") == 2
    with db.reading() as session:
        assert len(session.exec(select(AccountGate)).all()) == 1


def test_credentials_are_sealed_and_never_shown(api: Api, with_sandbox: Sandbox) -> None:
    answer = api.post("/accounts", alice())
    account = stored(answer.json()["id"])
    assert "sandbox_" not in answer.text
    assert "sandbox_" not in account.credentials_sealed
    assert vault.open_credentials(account)["access_token"] == "sandbox_alice"
    for path in ("/accounts", f"/accounts/{account.id}"):
        assert "sandbox_" not in api.get(path).text


def test_the_sandboxs_short_form_gets_what_a_refresh_needs(api: Api, with_sandbox: Sandbox) -> None:
    opened = vault.open_credentials(stored(api.post("/accounts", alice()).json()["id"]))
    assert opened["refresh_token"] == "sandbox_refresh_alice"
    assert opened["client_id"] == "sandbox"


def test_a_network_that_knows_them_as_somebody_else_is_believed(api: Api, with_sandbox: Sandbox) -> None:
    answer = api.post("/accounts", alice(platform_account_id="bob", handle="bob"))
    assert (answer.status_code, answer.json()["code"]) == (400, "account_mismatch")
    assert "alice" in answer.json()["detail"]
    assert api.get("/accounts").json()["total"] == 0


def test_refused_credentials_connect_nothing(api: Api, with_sandbox: Sandbox) -> None:
    answer = api.post("/accounts", alice(credentials={"access_token": "wrong-token-5321"}))
    assert (answer.status_code, answer.json()["code"]) == (400, "credentials_refused")
    assert "5321" not in answer.text
    assert answer.json()["detail"] == "X says that this access token is not valid or no longer."
    assert api.get("/accounts").json()["total"] == 0


def test_a_live_account_without_its_server_is_asked_for_it(live: Api) -> None:
    answer = live.post("/accounts", alice(provider="mastodon", credentials={"access_token": "secret-4711"}))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    [flaw] = answer.json()["errors"]
    assert (flaw["pointer"], flaw["code"]) == ("/credentials/instance", "server_required")
    assert "4711" not in answer.text


def test_without_its_network_nothing_connects(api: Api) -> None:
    answer = api.post("/accounts", alice())
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"provider": "pinterest"}, "provider_not_available"),
        ({"provider": "myspace"}, "invalid_request"),
        ({"provider": 5}, "invalid_request"),
        ({"credentials": {}}, "invalid_request"),
        ({"credentials": {"access_token": 5}}, "invalid_request"),
        ({"credentials": {"access_token": ""}}, "invalid_request"),
        ({"credentials": {"access_token": "sandbox_alice", "refresh_tokn": "r"}}, "invalid_request"),
        ({"credentials": "sandbox_alice"}, "invalid_request"),
        ({"platform_account_id": ""}, "invalid_request"),
        ({"platform_account_id": None}, "invalid_request"),
        ({"color": "red"}, "invalid_request"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_invalid_connection_is_refused(api: Api, change: dict[str, Any], code: str) -> None:
    answer = api.post("/accounts", alice(**change))
    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.text


def test_disconnecting_wipes_the_credentials_and_says_what_it_stops(api: Api, caller: Caller, account: str) -> None:
    other = make_account(caller, "bob")
    later = {"account_ids": [account, other], "text": "Later", "scheduled_at": "2031-07-01T09:00:00Z"}
    job_id = api.post("/publish", later).json()["job_id"]
    answer = api.delete(f"/accounts/{account}")
    assert answer.status_code == 200
    assert answer.json()["health"] == "disconnected"
    (stopped,) = answer.json()["stopped_deliveries"]
    assert (stopped["job_id"], stopped["scheduled_at"]) == (job_id, "2031-07-01T09:00:00Z")
    assert stopped["status"] == "canceled"
    assert stored(account).credentials_sealed == ""
    results = {result["account_id"]: result for result in api.get(f"/publish/{job_id}").json()["results"]}
    assert (results[account]["status"], results[other]["status"]) == ("canceled", "scheduled")
    assert "disconnected" in results[account]["error_message"]
    assert events_of("account.disconnected") == 1


def test_a_disconnected_account_is_gone_but_not_forgotten(api: Api, account: str) -> None:
    api.delete(f"/accounts/{account}")
    assert api.get(f"/accounts/{account}").status_code == 404
    assert api.delete(f"/accounts/{account}").status_code == 404
    assert api.patch(f"/accounts/{account}", {"name": "x"}).status_code == 404
    assert api.get("/accounts").json()["items"] == []
    assert api.get("/accounts", params={"health": "disconnected"}).json()["items"][0]["id"] == account
    assert api.post("/publish", {"account_ids": [account], "text": "Hello"}).status_code == 400


def test_connecting_a_disconnected_account_brings_it_back(api: Api, with_sandbox: Sandbox) -> None:
    account = api.post("/accounts", alice()).json()["id"]
    api.delete(f"/accounts/{account}")
    again = api.post("/accounts", alice())
    assert (again.status_code, again.json()["id"], again.json()["health"]) == (200, account, "ok")
    assert api.post("/publish", {"account_ids": [account], "text": "Back"}).status_code == 202


def test_a_repeat_of_connecting_is_answered_from_memory(api: Api, with_sandbox: Sandbox) -> None:
    headers = {"Idempotency-Key": "connect-1"}
    first = api.post("/accounts", alice(), headers=headers)
    with_sandbox.faults(network="x", account="alice", script=[])
    again = api.post("/accounts", alice(), headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"


def test_the_same_account_connected_many_times_at_once_is_one(api: Api, with_sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.post("/accounts", alice()), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_a_member_looks_and_publishes_but_leaves_the_accounts_as_they_are(
    client: httpx.Client, api: Api, account: str, with_sandbox: Sandbox
) -> None:
    member = Api(client, make_owner("member@example.com", Role.MEMBER).access_token)
    test, asked = {"Dravo-Environment": "test"}, with_sandbox.requests()
    for answer in (
        member.post("/accounts", alice(), headers=test),
        member.patch(f"/accounts/{account}", {"name": "Mine"}, headers=test),
        member.delete(f"/accounts/{account}", headers=test),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
        assert answer.json()["detail"].endswith("ask one of them.")
    assert with_sandbox.requests() == asked  # the network was not even asked
    assert member.get(f"/accounts/{account}", headers=test).json()["health"] == "ok"
    assert member.post("/publish", {"account_ids": [account], "text": "Hello"}, headers=test).status_code == 202


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_an_owner_and_an_admin_change_accounts(client: httpx.Client, account: str, role: Role) -> None:
    person = Api(client, make_owner("person@example.com", role).access_token)
    assert person.patch(f"/accounts/{account}", {"name": "Ours"}, headers={"Dravo-Environment": "test"}).is_success


def test_what_a_disconnect_stops_is_known_before(api: Api, caller: Caller, account: str) -> None:
    other = make_account(caller, "bob")
    later = {"account_ids": [account, other], "text": "Later " + "x" * 200}
    times = ("2031-07-02T09:00:00Z", "2031-07-01T09:00:00Z")
    jobs = [api.post("/publish", {**later, "scheduled_at": at}).json()["job_id"] for at in times]
    with db.reading() as session:
        stops = accounts.list_stops(session, caller, account)
    assert [stop.job_id for stop in stops] == jobs[::-1]
    assert [stop.status for stop in stops] == ["scheduled", "scheduled"]
    assert len(stops[0].text) == 140
    stopped = api.delete(f"/accounts/{account}").json()["stopped_deliveries"]
    assert {one["delivery_id"] for one in stopped} == {stop.delivery_id for stop in stops}
    with db.reading() as session, pytest.raises(NotFound):
        accounts.list_stops(session, caller, account)


def test_the_list_filters_searches_and_pages(api: Api, caller: Caller) -> None:
    made = [make_account(caller, handle) for handle in ("anna", "Bert", "Émile", "under_score")]
    sky = make_account(caller, "anna.example", "bluesky")
    assert [one["id"] for one in api.get("/accounts").json()["items"]] == [sky, *reversed(made)]
    assert api.get("/accounts", params={"provider": "bluesky"}).json()["total"] == 1
    assert api.get("/accounts", params={"q": "ANNA"}).json()["total"] == 2
    assert api.get("/accounts", params={"q": "émile"}).json()["total"] == 1
    assert api.get("/accounts", params={"q": "_"}).json()["total"] == 1
    assert api.get("/accounts", params={"q": "%"}).json()["total"] == 0
    assert api.get("/accounts", params={"health": "ok"}).json()["total"] == 5
    assert api.get("/accounts", params={"provider": "myspace"}).status_code == 400
    seen: list[str] = []
    cursor = None
    while cursor is not None or not seen:
        page = api.get("/accounts", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        assert page["total"] == 5
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [sky, *reversed(made)]


def test_a_name_of_your_own(api: Api, account: str) -> None:
    renamed = api.patch(f"/accounts/{account}", {"name": "Company page"})
    assert renamed.status_code == 200
    assert (renamed.json()["name"], renamed.json()["handle"]) == ("Company page", "alice")
    assert api.get("/accounts", params={"q": "company"}).json()["total"] == 1
    assert api.patch(f"/accounts/{account}", {"name": None}).json()["name"] is None
    for wrong in ({}, {"name": ""}, {"name": 5}, {"handle": "bob"}, {"name": "x" * 101}):
        assert api.patch(f"/accounts/{account}", wrong).status_code == 400, wrong


def test_accounts_of_another_environment_are_not_there(api: Api, live: Api, caller: Caller, account: str) -> None:
    mine = make_account(replace(caller, environment=Environment.LIVE))
    assert mine != account
    for method in ("GET", "DELETE"):
        assert live.call(method, f"/accounts/{account}").status_code == 404
    assert live.patch(f"/accounts/{account}", {"name": "x"}).status_code == 404
    assert [one["id"] for one in live.get("/accounts").json()["items"]] == [mine]


def test_a_rotated_key_seals_all_accounts_but_the_disconnected_anew(caller: Caller) -> None:
    kept, left = make_account(caller, "kept"), make_account(caller, "left")
    with db.transaction() as session:
        accounts.disconnect(session, caller, left)
    crypto.add_key(settings.get_settings())
    with db.reading() as session:
        outdated = seals.list_sealed_by_old_keys(session)
    assert outdated == [stored(kept).key]
    with db.transaction() as session:
        seals.reseal_account(session, outdated[0])
    assert crypto.is_current(stored(kept).credentials_sealed)
    assert stored(left).credentials_sealed == ""
