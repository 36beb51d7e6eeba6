"""`./dravo web`, `worker` and `ticker` join what is there, or say in one sentence what is missing."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from dravo_app import cli, cli_prepare, db, migrations
from dravo_app.services import leases, schema, seals
from dravo_app.settings import get_settings, read_settings
from dravo_app.starting import places
from dravo_app.starting.alone import why_it_cannot_join
from tests.conftest import Settle
from tests.support.hosts import JOIN, TICKER, WORKER, Host
from tests.support.world import ON_SQLITE, ROOT, World, wait_for

POSTGRES = "postgresql://dravo@db.example/dravo"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "set DATABASE_URL, REDIS_URL and DRAVO_SECRET_KEY."),
        ({"DATABASE_URL": POSTGRES}, "Set REDIS_URL and DRAVO_SECRET_KEY to what the other hosts have"),
        ({"DATABASE_URL": POSTGRES, "DRAVO_SECRET_KEY": "k" * 43}, "Set REDIS_URL to what the other hosts have"),
        ({"DATABASE_URL": POSTGRES, "REDIS_URL": "redis://db.example"}, "Set DRAVO_SECRET_KEY to what"),
    ],
)
def test_what_is_missing_is_one_sentence(tmp_path: Path, given: dict[str, str], sentence: str) -> None:
    settings = read_settings({"DRAVO_DATA_DIR": str(tmp_path), **given})
    said = why_it_cannot_join(settings, "worker")
    assert said is not None and sentence in said


def test_nothing_is_made_where_a_host_cannot_join(tmp_path: Path) -> None:
    said = _run("worker", DRAVO_DATA_DIR=str(tmp_path / "data"))
    assert (said.returncode, said.stderr.count("\n")) == (1, 1)
    assert "start ./dravo up on this folder first" in said.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("database", "verb"),
    [("sqlite", "join"), pytest.param("postgres", "status", marks=pytest.mark.postgres)],
    indirect=["database"],
)
def test_tables_of_another_version_are_not_touched(
    database: str, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _set_version("0001")
    assert (cli_prepare if verb == "join" else cli).main([verb]) == 3
    assert "run ./dravo migrate once, on any host" in capsys.readouterr().err
    with db.reading() as session:
        assert schema.find_version(session) == "0001"


@ON_SQLITE
def test_another_key_is_refused(world: World, settle: Settle, capsys: pytest.CaptureFixture[str]) -> None:
    with db.transaction() as session:
        seals.check_seal(session)
    known = get_settings()
    settle(
        DATABASE_URL=known.database_url,
        REDIS_URL=known.redis_url,
        DRAVO_SANDBOX_URL=known.sandbox_url,
        DRAVO_SECRET_KEY="another" * 7,
    )
    assert cli_prepare.main(["join"]) == 3
    assert "sealed by another key" in capsys.readouterr().err


@ON_SQLITE
@pytest.mark.timeout(240)
def test_a_worker_and_a_ticker_on_hosts_of_their_own_work_until_another_version_comes(
    world: World, tmp_path: Path
) -> None:
    with (
        Host(*JOIN, "worker", "--no-ticker", folder=tmp_path / "b") as worker,
        Host(*TICKER, folder=tmp_path / "c") as ticker,
    ):
        world.wait_until_final(world.publish("From two hosts", world.connect("alice")), seconds=90)
        wait_for(lambda: bool(_holders(leases.LEADER)), 90)
        assert _holders(leases.LEADER) == _holders(leases.TICKER) != []
        assert ticker.stop() == 0, ticker.said()
        assert [holder for holder in _holders("") if holder != leases.PRESENT] == world.workers() != []
        _set_version("9999")
        assert worker.process.wait(timeout=60) == 3
    assert "The database is at version 9999, and this Dravo was written for" in worker.said()
    assert not world.workers()


@ON_SQLITE
@pytest.mark.long
@pytest.mark.timeout(600)
def test_web_alone_is_ready_while_a_worker_lives_and_not_beside_another_version(world: World, tmp_path: Path) -> None:
    port = places.choose_port()
    with Host(*JOIN, "web", folder=tmp_path / "b", DRAVO_PORT=str(port)) as web, Host(*WORKER, folder=tmp_path / "c"):
        wait_for(lambda: _asked(port, "/readyz")[0] == 200, 400, web.said)  # the first one builds the dashboard
        _set_version("9999")
        status, said = _asked(port, "/readyz")
        assert status == 503 and "The database is at version 9999" in said
        assert web.stop() == 0, web.said()


def test_the_version_that_the_code_knows_is_the_last_migration() -> None:
    scripts = ScriptDirectory.from_config(migrations._config("sqlite://"))
    assert schema.known_version() == scripts.get_current_head()


def _set_version(version: str) -> None:
    with db.transaction() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = :new"), {"new": version})


def _holders(prefix: str) -> list[str]:
    with db.reading() as session:
        return leases.list_holders(session, prefix)


def _asked(port: int, path: str) -> tuple[int, str]:
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False)
        return answer.status_code, answer.text
    except httpx.HTTPError:
        return 0, ""


def _run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dravo_app.starting.alone", *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
