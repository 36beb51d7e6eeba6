"""Every operation × every kind of identity has one expected status, in one table."""

from collections.abc import Callable
from dataclasses import dataclass

import httpx
import jwt
import pytest
from sqlmodel import col, update

from dravo_app import clock, crypto, db, ids
from dravo_app.models import ApiKey, Environment, LoginSession, Workspace
from dravo_app.services import sessions, users
from dravo_app.services.caller import Caller
from tests.api.conftest import PASSWORD, Api, make_account, make_key, make_owner
from tests.conftest import MovableClock


@dataclass(frozen=True)
class Operation:
    """One operation; `mine` is the status for the caller of the job and the account, `theirs` for a stranger."""

    method: str
    path: str
    mine: int
    theirs: int
    body: object = None
    is_public: bool = False


OPERATIONS = (
    Operation("POST", "/publish", 202, 400, {"account_ids": ["ACCOUNT"], "text": "Hello"}),
    Operation("POST", "/publish/validate", 200, 200, {"account_ids": ["ACCOUNT"], "text": "Hello"}),
    Operation("GET", "/publish", 200, 200),
    Operation("GET", "/publish/JOB", 200, 404),
    Operation("POST", "/publish/JOB/cancel", 200, 404),
    Operation("POST", "/publish/JOB/release", 409, 404),
    Operation("POST", "/publish/JOB/discard", 409, 404),
    Operation("POST", "/publish/JOB/deliveries/ACCOUNT/resolve", 409, 404, {"published": True}),
    Operation("POST", "/publish/JOB/retry", 409, 404),
    Operation("GET", "/accounts", 200, 200),
    Operation(
        "POST", "/accounts", 400, 400, {"provider": "myspace", "platform_account_id": "a", "credentials": {"a": "b"}}
    ),
    Operation("GET", "/accounts/ACCOUNT", 200, 404),
    Operation("PATCH", "/accounts/ACCOUNT", 200, 404, {"name": "Mine"}),
    Operation("DELETE", "/accounts/ACCOUNT", 200, 404),
    Operation("GET", "/providers", 200, 200),
    Operation("GET", "/me", 200, 200),
    Operation("GET", "/workspace", 200, 200),
    Operation("PATCH", "/workspace", 403, 200, {"late_policy": "publish"}),
    Operation("POST", "/auth/logout", 403, 403),
    Operation(
        "POST", "/auth/login", 401, 401, {"email": "nobody@example.com", "password": "not the one"}, is_public=True
    ),
    Operation("POST", "/auth/refresh", 401, 401, {"refresh_token": "ses_unknown.token"}, is_public=True),
    Operation("GET", "/errors", 200, 200, is_public=True),
    Operation("GET", "/errors/not_found", 200, 200, is_public=True),
)

LEAVING_LAST = sorted(OPERATIONS, key=lambda one: one.path == "/auth/logout")


def no_header() -> dict[str, str]:
    return {}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def revoked_key() -> dict[str, str]:
    token = make_key(Environment.TEST)
    with db.transaction() as session:
        changed = update(ApiKey).where(col(ApiKey.token_hash) == crypto.hash_token(token))
        session.execute(changed.values(revoked_at=clock.now()))
    return bearer(token)


def expired_key() -> dict[str, str]:
    token = make_key(Environment.TEST)
    with db.transaction() as session:
        changed = update(ApiKey).where(col(ApiKey.token_hash) == crypto.hash_token(token))
        session.execute(changed.values(expires_at=clock.now()))
    return bearer(token)


def mistyped_key() -> dict[str, str]:
    token = make_key(Environment.TEST)
    return bearer(token[:-1] + ("a" if token[-1] != "a" else "b"))


def unknown_key() -> dict[str, str]:
    from dravo_app.services import api_keys

    return bearer(api_keys.new_token(Environment.TEST))


def jwt_of_an_ended_session() -> dict[str, str]:
    login = make_owner()
    with db.transaction() as session:
        session.execute(update(LoginSession).values(revoked_at=clock.now()))
    return bearer(login.access_token)


def expired_jwt() -> dict[str, str]:
    login = make_owner()
    claims = jwt.decode(login.access_token, options={"verify_signature": False})
    key = crypto.get_keys()[0]
    old = {**claims, "exp": int(clock.now().timestamp()) - 1}
    return bearer(jwt.encode(old, key.derive("jwt"), "HS256", headers={"kid": key.id, "typ": "JWT"}))


def unsigned_jwt() -> dict[str, str]:
    claims = jwt.decode(make_owner().access_token, options={"verify_signature": False})
    return bearer(jwt.encode(claims, "", "none", headers={"kid": crypto.get_keys()[0].id}))


def jwt_signed_by_another() -> dict[str, str]:
    claims = jwt.decode(make_owner().access_token, options={"verify_signature": False})
    return bearer(jwt.encode(claims, b"x" * 32, "HS256", headers={"kid": crypto.get_keys()[0].id}))


def refresh_token_as_bearer() -> dict[str, str]:
    return bearer(make_owner().refresh_token)


def cookie() -> dict[str, str]:
    with db.transaction() as session:
        user = users.create_owner(session, "browser@example.com", PASSWORD)
        token = sessions.open_browser_session(session, user)
    names = ("dravo_session", "session", "__Host-dravo_session")
    return {"Cookie": "; ".join(f"{name}={token}" for name in names)}


def key_twice() -> list[tuple[str, str]]:
    token = make_key(Environment.TEST)
    return [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]


REFUSED: tuple[Callable[[], object], ...] = (
    no_header,
    lambda: {"Authorization": "garbage"},
    lambda: {"Authorization": "Bearer "},
    lambda: bearer("garbage"),
    lambda: bearer("a.b.c"),
    lambda: bearer("x" * 100_000),
    lambda: {"Authorization": f"Basic {make_key(Environment.TEST)}"},
    mistyped_key,
    unknown_key,
    revoked_key,
    expired_key,
    expired_jwt,
    unsigned_jwt,
    jwt_signed_by_another,
    jwt_of_an_ended_session,
    refresh_token_as_bearer,
    cookie,
    key_twice,
)


def ask(
    client: httpx.Client, operation: Operation, headers: object, job: str = "job_x", account: str = "acc_x"
) -> httpx.Response:
    path = operation.path.replace("JOB", job).replace("ACCOUNT", account)
    body = operation.body
    if isinstance(body, dict) and body.get("account_ids") == ["ACCOUNT"]:
        body = {**body, "account_ids": [account]}
    return client.request(operation.method, f"/v1{path}", headers=headers, **({"json": body} if body else {}))  # type: ignore[arg-type]


def scheduled_job(api: Api, account: str) -> str:
    body = {"account_ids": [account], "text": "Later", "scheduled_at": "2031-07-01T09:00:00Z"}
    return str(api.post("/publish", body).json()["job_id"])


def test_the_table_lists_every_operation(client: httpx.Client) -> None:
    document = client.get("/v1/openapi.json").json()
    described = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    listed = {
        (
            one.method,
            one.path.replace("JOB", "{job_id}").replace("ACCOUNT", "{account_id}").replace("/not_found", "/{code}"),
        )
        for one in OPERATIONS
    }
    assert listed == described
    public = {one.path for one in OPERATIONS if one.is_public}
    assert {path for _, path in described if document["paths"][path].get("security") == []} <= public


@pytest.mark.parametrize("identity", REFUSED, ids=lambda make: make.__name__)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whom_we_do_not_know_gets_401_everywhere(
    client: httpx.Client, database: str, identity: Callable[[], object]
) -> None:
    headers = identity()
    for operation in OPERATIONS:
        answer = ask(client, operation, headers)
        expected = operation.mine if operation.is_public else 401
        assert answer.status_code == expected, (operation, answer.text)
        if expected == 401:
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.headers["content-type"] == "application/problem+json"


def ask_own(api: Api, caller: Caller, operation: Operation, headers: dict[str, str]) -> httpx.Response:
    """The operation on a fresh account and job of the caller's."""
    account = make_account(caller, ids.new_id("fresh"))
    return ask(api.client, operation, headers, scheduled_job(api, account), account)


def test_a_test_key_reaches_what_is_its_own(api: Api, caller: Caller) -> None:
    for operation in OPERATIONS:
        answer = ask_own(api, caller, operation, bearer(api.token))
        assert answer.status_code == operation.mine, (operation, answer.text)


def test_a_person_in_the_test_environment_reaches_the_same_and_the_rules(api: Api, caller: Caller) -> None:
    headers = {**bearer(make_owner().access_token), "Dravo-Environment": "test"}
    for operation in LEAVING_LAST:
        answer = ask_own(api, caller, operation, headers)
        expected = {"/auth/logout": 204, "/workspace": 200}.get(operation.path, operation.mine)
        assert answer.status_code == expected, (operation, answer.text)


@pytest.mark.parametrize("stranger", ["live key", "person in live", "other workspace"])
def test_a_stranger_finds_nothing(api: Api, caller: Caller, stranger: str) -> None:
    headers = bearer(stranger_token(stranger))
    for operation in LEAVING_LAST:
        answer = ask_own(api, caller, operation, headers)
        leaves = stranger == "person in live" and operation.path == "/auth/logout"
        is_test_key_at_rules = stranger == "other workspace" and operation.path == "/workspace"  # its own ones
        expected = operation.mine if is_test_key_at_rules else operation.theirs
        assert answer.status_code == (204 if leaves else expected), (operation, answer.text)
        if operation.path in ("/publish", "/accounts") and operation.method == "GET":
            assert answer.json()["total"] == 0


def stranger_token(stranger: str) -> str:
    if stranger == "live key":
        return make_key(Environment.LIVE)
    if stranger == "person in live":
        return make_owner().access_token
    with db.transaction() as session:
        other = Workspace(id="ws_other", name="Other", created_at=clock.now())
        session.add(other)
        session.flush()
        assert other.key is not None
    return make_key(Environment.TEST, other.key)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_unknown_caller_learns_nothing_about_a_broken_request(client: httpx.Client, database: str) -> None:
    broken = [("POST", "/publish", b"{"), ("GET", "/publish?limit=0", b""), ("POST", "/publish", b'{"text": 1}')]
    for method, path, content in broken:
        headers = {"Content-Type": "application/json"}
        assert client.request(method, f"/v1{path}", content=content, headers=headers).status_code == 401
        assert (
            client.request(method, f"/v1{path}", content=content, headers={**headers, **mistyped_key()}).status_code
            == 401
        )


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_environment_header_must_fit(api: Api, live: Api) -> None:
    assert api.get("/me", headers={"Dravo-Environment": "test"}).json()["environment"] == "test"
    assert live.get("/me").json()["environment"] == "live"
    assert live.get("/me", headers={"Dravo-Environment": "test"}).status_code == 403
    assert api.get("/me", headers={"Dravo-Environment": "production"}).status_code == 400
    person = Api(api.client, make_owner().access_token)
    assert person.get("/me").json()["environment"] == "live"
    assert person.get("/me", headers={"Dravo-Environment": "test"}).json()["environment"] == "test"
    assert person.get("/me", headers={"Dravo-Environment": "Test"}).status_code == 400


def test_me_says_who_asks(api: Api, client: httpx.Client) -> None:
    told = api.get("/me").json()
    assert (told["kind"], told["name"], told["email"], told["environment"]) == ("api_key", "tests", None, "test")
    assert told["workspace"]["id"].startswith("ws_")
    told = Api(client, make_owner().access_token).get("/me").json()
    assert (told["kind"], told["email"], told["role"]) == ("user", "owner@example.com", "owner")


def test_logging_in_refreshing_and_logging_out(client: httpx.Client, database: str) -> None:
    make_owner()
    pair = client.post("/v1/auth/login", json={"email": "Owner@example.com", "password": PASSWORD})
    assert pair.status_code == 200
    assert (pair.json()["token_type"], pair.json()["expires_in"]) == ("Bearer", 900)
    assert pair.headers["cache-control"] == "no-store"
    assert "set-cookie" not in pair.headers
    fresh = client.post("/v1/auth/refresh", json={"refresh_token": pair.json()["refresh_token"]})
    assert fresh.status_code == 200
    person = Api(client, fresh.json()["access_token"])
    assert person.get("/me").status_code == 200
    assert person.post("/auth/logout").status_code == 204
    assert person.get("/me").status_code == 401
    assert client.post("/v1/auth/refresh", json={"refresh_token": fresh.json()["refresh_token"]}).status_code == 401


def test_a_refresh_token_used_twice_ends_the_session(client: httpx.Client, database: str) -> None:
    login = make_owner()
    first = client.post("/v1/auth/refresh", json={"refresh_token": login.refresh_token})
    assert client.post("/v1/auth/refresh", json={"refresh_token": login.refresh_token}).status_code == 401
    assert Api(client, first.json()["access_token"]).get("/me").status_code == 401


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_wrong_password_and_an_unknown_person_look_alike(client: httpx.Client, database: str) -> None:
    make_owner()
    wrong = client.post("/v1/auth/login", json={"email": "owner@example.com", "password": "something else"})
    unknown = client.post("/v1/auth/login", json={"email": "nobody@example.com", "password": "something else"})
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.json()["detail"] == unknown.json()["detail"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_token_ends_after_fifteen_minutes(client: httpx.Client, database: str, movable_clock: MovableClock) -> None:
    person = Api(client, make_owner().access_token)
    movable_clock.move(minutes=14)
    assert person.get("/me").status_code == 200
    movable_clock.move(minutes=1)
    assert person.get("/me").status_code == 401


def test_when_a_key_was_last_used_is_kept(api: Api, caller: Caller) -> None:
    make_account(caller)
    api.get("/accounts")
    with db.reading() as session:
        from sqlmodel import select

        assert session.exec(select(ApiKey.last_used_at)).one() is not None
