"""Fixtures of the API's tests: a client, credentials of every kind, connected accounts, a sandbox."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import httpx
import pytest

from dravo_app import db, settings
from dravo_app.models import Environment, Role
from dravo_app.providers.types import Identity
from dravo_app.services import api_keys, connecting, networks, sessions, users
from dravo_app.services.caller import Caller
from tests.support.api_client import build_app, running_client
from tests.support.sandbox_server import Sandbox, running_sandbox

PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """Speaks to the API without any credential."""
    with running_client(build_app()) as opened:
        yield opened


@dataclass(frozen=True)
class Api:
    """The API as one caller sees it; paths are below /v1."""

    client: httpx.Client
    token: str

    def call(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: object
    ) -> httpx.Response:
        every = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return self.client.request(method, f"/v1{path}", headers=every, **options)  # type: ignore[arg-type]

    def get(self, path: str, **options: object) -> httpx.Response:
        return self.call("GET", path, **options)  # type: ignore[arg-type]

    def post(self, path: str, json: object = None, **options: object) -> httpx.Response:
        body = {} if json is None else {"json": json}
        return self.call("POST", path, **body, **options)  # type: ignore[arg-type]

    def delete(self, path: str, **options: object) -> httpx.Response:
        return self.call("DELETE", path, **options)  # type: ignore[arg-type]

    def patch(self, path: str, json: object, **options: object) -> httpx.Response:
        return self.call("PATCH", path, json=json, **options)  # type: ignore[arg-type]


def make_key(environment: Environment, workspace_key: int = 1) -> str:
    with db.transaction() as session:
        return api_keys.create_key(session, workspace_key, "tests", environment)[1]


def make_account(caller: Caller, handle: str = "alice", provider: str = "x") -> str:
    """A connected account, without asking a network."""
    identity = Identity(f"id-of-{handle}", handle, {"access_token": f"sandbox_{handle}"})
    with db.transaction() as session:
        return connecting.connect(session, caller, provider, identity)[0].id


def make_owner(email: str = "owner@example.com", role: Role = Role.OWNER) -> sessions.ProgramLogin:
    """A person, logged in as a program."""
    with db.transaction() as session:
        user = users.create_user(session, email, PASSWORD, role)
        return sessions.open_program_session(session, user)


@pytest.fixture
def api(client: httpx.Client, database: str) -> Api:
    """The API with a test key."""
    return Api(client, make_key(Environment.TEST))


@pytest.fixture
def live(client: httpx.Client, database: str) -> Api:
    """The API with a live key."""
    return Api(client, make_key(Environment.LIVE))


@pytest.fixture
def account(caller: Caller) -> str:
    """The id of a connected X account of the test environment."""
    return make_account(caller)


@pytest.fixture
def live_account(caller: Caller) -> str:
    return make_account(replace(caller, environment=Environment.LIVE))


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def with_sandbox(sandbox: Sandbox, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """The sandbox, known to the settings."""
    monkeypatch.setenv("DRAVO_SANDBOX_URL", sandbox.url)
    settings.get_settings.cache_clear()
    yield sandbox
    networks.close_clients()
