"""`/livez` and `/readyz`: alive is not the same as able to work, and the part that fails is named."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dravo_app import db, queues, settings
from dravo_app.services import leases
from dravo_app.services.publishing.ticker import WORKER
from dravo_app.starting import places, queue_server
from dravo_app.starting.children import Child
from tests.support.sandbox_server import Sandbox


def parts(client: httpx.Client) -> dict[str, str]:
    return dict(client.get("/readyz").json()["parts"])


@pytest.fixture
def with_worker(database: str) -> None:
    with db.transaction() as session:
        leases.take(session, f"{WORKER}one", "one", 60)


def test_alive_needs_nothing(client: httpx.Client) -> None:
    answer = client.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert client.head("/livez").status_code == 200


def test_not_ready_names_what_fails(client: httpx.Client, database: str) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["status"] == "not_ready"
    assert parts(client)["database"] == "ok"
    assert {name for name, said in parts(client).items() if said != "ok"} == {"queue", "worker", "sandbox"}


def test_ready_when_all_parts_work(
    client: httpx.Client, with_worker: None, with_sandbox: Sandbox, with_redis: None
) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "status": "ok",
        "parts": {"database": "ok", "worker": "ok", "queue": "ok", "sandbox": "ok"},
    }


def test_a_worker_that_went_silent_is_missed(client: httpx.Client, database: str) -> None:
    with db.transaction() as session:
        leases.take(session, f"{WORKER}one", "one", -1)
    assert "worker" in parts(client)["worker"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_sandbox_that_is_switched_off_is_not_missed(
    client: httpx.Client, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAVO_SANDBOX", "off")
    settings.get_settings.cache_clear()
    assert "sandbox" not in parts(client)


@pytest.fixture
def with_redis(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = places.make_socket_folder()
    (tmp_path / "redis").mkdir()
    program, url = queue_server.redis_program(folder, tmp_path)
    child = Child(program, tmp_path, print)
    child.tend()
    assert queue_server.wait_for_server(url, seconds=5)
    monkeypatch.setenv("REDIS_URL", url)
    settings.get_settings.cache_clear()
    yield
    queues.connection().close()
    child.end()
    shutil.rmtree(folder)


def test_a_missing_database_is_named(client: httpx.Client, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:////proc/dravo.db")
    settings.get_settings.cache_clear()
    db.dispose()
    assert client.get("/readyz").status_code == 503
    assert parts(client)["database"] != "ok"
    assert queues.ping() is False
