import io
import json
import os
import re
from pathlib import Path

import pytest
from sqlmodel import col, select

from dravo_app import cli, cli_prepare, clock, crypto, db
from dravo_app.ids import new_id
from dravo_app.models import Account, Environment, PublishJob, Role
from dravo_app.services import api_keys, sessions, users, vault
from dravo_app.services.caller import Caller
from dravo_app.services.publishing.plan import PublishRequest, publish
from dravo_app.settings import get_settings
from tests.conftest import Settle
from tests.support.jobs import add_job


@pytest.fixture
def run(settle: Settle, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> "type[_Runner]":
    """Runs a verb in a data folder where nothing was ever started."""
    settle()
    monkeypatch.setattr(cli, "_SETTLE_SECONDS", 0.0)
    _Runner.capsys, _Runner.monkeypatch = capsys, monkeypatch
    return _Runner


class _Runner:
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def __init__(self, *arguments: str, stdin: str = "") -> None:
        self.monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        program = cli_prepare if arguments[0] == "prepare" else cli
        self.code = program.main(list(arguments))
        self.out, self.err = self.capsys.readouterr()


def _account() -> Account:
    with db.transaction() as session:
        account = Account(
            id=new_id("acc"),
            workspace_key=1,
            environment="test",
            provider="x",
            platform_account_id="1",
            handle="demo",
            created_at=clock.now(),
            credentials_sealed="",
        )
        vault.seal_credentials(account, {"access_token": "secret"})
        session.add(account)
    return account


def _credentials() -> object:
    with db.reading() as session:
        return vault.open_credentials(session.exec(select(Account)).one())


def test_a_key_made_before_the_first_start_works_and_stands_alone_on_the_output(run: type[_Runner]) -> None:
    done = run("key", "create", "--name", "ci", "--environment", "test")

    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r"dra_test_[0-9A-Za-z]{38}\n", done.out)
    with db.reading() as session:
        caller = api_keys.caller_of_key(session, done.out.strip())
    assert caller is not None
    assert caller.environment is Environment.TEST


def test_a_person_made_here_can_log_in(run: type[_Runner]) -> None:
    done = run("user", "create", "ada@example.com", "--role", "owner", "--password-stdin", stdin="correct horse\n")

    assert done.code == 0
    with db.reading() as session:
        assert sessions.check_password(session, "ada@example.com", "correct horse").email == "ada@example.com"


def test_a_reset_prints_the_new_password_and_ends_every_session(run: type[_Runner]) -> None:
    run("user", "create", "ada@example.com", "--password-stdin", stdin="correct horse")
    with db.transaction() as session:
        user = users.find_user(session, "ada@example.com")
        assert user is not None
        cookie = sessions.open_browser_session(session, user)

    done = run("user", "reset", "ada@example.com")

    with db.reading() as session:
        assert sessions.check_password(session, "ada@example.com", done.out.strip()).id == user.id
        assert sessions.find_visitor_of_cookie(session, cookie) is None


def test_prepare_says_whether_somebody_has_signed_up(run: type[_Runner]) -> None:
    assert json.loads(run("prepare").out) == {"first_run": True}
    run("user", "create", "ada@example.com")

    assert json.loads(run("prepare").out) == {"first_run": False}


@pytest.mark.parametrize(
    ("arguments", "stdin", "sentence"),
    [
        (("user", "create", "ada", "--password-stdin"), "correct horse", "That is not an email address"),
        (("user", "create", "a@example.com", "--password-stdin"), "short", "at least 10 characters"),
        (("user", "create", "a@example.com", "--password-stdin"), "", "at least 10 characters"),
        (("user", "reset", "a@example.com"), "", "nobody with the email a@example.com"),
        (("key", "create", "--name", " ", "--environment", "test"), "", "1 to 100 printable"),
    ],
)
def test_what_is_asked_for_wrongly_gets_one_sentence(
    run: type[_Runner], arguments: tuple[str, ...], stdin: str, sentence: str
) -> None:
    done = run(*arguments, stdin=stdin)

    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert sentence in done.err


def test_a_database_sealed_by_another_key_is_refused_with_a_sentence(run: type[_Runner]) -> None:
    run("prepare")
    (get_settings().data_dir / crypto.KEY_FILE).unlink()

    done = run("prepare")
    assert (done.code, done.out, done.err.count("\n")) == (3, "", 1)
    assert "sealed by another key" in done.err


def test_a_database_out_of_reach_is_one_sentence(run: type[_Runner], settle: Settle) -> None:
    settle(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")

    done = run("migrate")
    assert (done.code, done.out, done.err.count("\n")) == (3, "", 1)
    assert "can't be opened" in done.err


def test_a_wrong_setting_is_one_sentence(run: type[_Runner], settle: Settle, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DRAVO_PORT", "eighty")
        get_settings.cache_clear()
        done = run("status")

    assert (done.code, done.err) == (3, "DRAVO_PORT must be a number from 1 to 65535.\n")


def test_a_rotation_leaves_one_new_key_that_opens_everything(run: type[_Runner]) -> None:
    run("prepare")
    _account()
    old = crypto.get_keys()

    done = run("keys", "rotate")

    assert done.code == 0
    assert len(crypto.get_keys()) == 1
    assert crypto.get_keys() != old
    assert _credentials() == {"access_token": "secret"}
    assert run("prepare").code == 0


def test_a_rotation_that_broke_off_goes_on_where_it_stopped(run: type[_Runner]) -> None:
    run("prepare")
    _account()
    crypto.add_key(get_settings())  # and then the power went
    begun = crypto.get_keys()[0]

    run("keys", "rotate")

    assert crypto.get_keys() == (begun,)
    assert _credentials() == {"access_token": "secret"}


def test_keys_given_by_the_environment_are_rotated_to_the_first(run: type[_Runner], settle: Settle) -> None:
    old, new = "o" * 43, "n" * 43
    settle(DRAVO_SECRET_KEY=old)
    run("prepare")
    _account()

    settle(DRAVO_SECRET_KEY=f"{new},{old}")
    assert run("keys", "rotate").code == 0

    settle(DRAVO_SECRET_KEY=new)
    assert run("prepare").code == 0
    assert _credentials() == {"access_token": "secret"}


def test_the_one_key_of_the_environment_cannot_be_rotated_from_here(run: type[_Runner], settle: Settle) -> None:
    settle(DRAVO_SECRET_KEY="o" * 43)

    done = run("keys", "rotate")
    assert done.code == 3
    assert "put a new key before the old one" in done.err


def test_status_says_what_is_there_and_what_is_not(run: type[_Runner]) -> None:
    done = run("status")

    assert done.code == 0
    assert "is not running: ./dravo up" in done.out
    assert "database    answers" in done.out
    assert "The queue (Redis) does not answer." in done.out
    assert "none is due" in done.out


def test_status_as_json_can_be_read_by_programs(run: type[_Runner]) -> None:
    found = json.loads(run("status", "--json").out)

    assert found["up"] is None
    assert found["parts"]["database"] == "answers"
    assert found["parts"]["worker"] == "No worker has reported within its time."
    assert found["deliveries"] == {}


def test_status_knows_that_up_runs_without_a_sandbox(run: type[_Runner]) -> None:
    folder = get_settings().data_dir / "run"
    folder.mkdir(parents=True)
    (folder / "runtime.json").write_text(json.dumps({"pid": os.getpid(), "sandbox_url": ""}))

    assert json.loads(run("status", "--json").out)["parts"]["sandbox"] == "off"


def test_a_terminal_without_ups_database_makes_and_rotates_nothing(run: type[_Runner], tmp_path: Path) -> None:
    assert run("prepare").code == 0
    _account()
    key = (get_settings().data_dir / "secret.key").read_text()
    run.monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'another.db'}")
    get_settings.cache_clear()
    db.dispose()

    for verb in (("keys", "rotate"), ("key", "create", "--name", "a", "--environment", "live"), ("status",)):
        done = run(*verb)
        assert (done.code, done.out) == (3, "")
        assert "set DATABASE_URL here as it was set there" in done.err
    assert (get_settings().data_dir / "secret.key").read_text() == key
    assert not (tmp_path / "another.db").exists()
    assert run("prepare").code == 0
    assert run("status").code == 0


def test_verify_says_what_is_broken_and_ends_with_one(run: type[_Runner]) -> None:
    run("migrate")
    account = _account()
    assert run("verify").code == 0
    with db.transaction() as session:
        add_job(session, "Nobody wrote down what happened", [account])
    done = run("verify", "--json")
    broken = [line["name"] for line in json.loads(done.out)["invariants"] if not line["ok"]]
    assert done.code == 1 and broken == ["I4", "I6", "I9"]


def test_verify_reads_the_logs_it_is_given(run: type[_Runner], tmp_path: Path) -> None:
    run("migrate")
    log = tmp_path / "worker.log"
    log.write_text("all is well\nAuthorization: Bearer abcdef0123456789\n")
    done = run("verify", "--logs", str(log))
    assert done.code == 1 and "worker.log:2: holds an authorization header" in done.out and "abcdef" not in done.out


def test_the_late_policy_is_said_and_changed(run: type[_Runner]) -> None:
    run("migrate")
    assert run("late-policy").out == "publish\n"
    assert run("late-policy", "skip").out == "skip\n"
    assert run("late-policy").out == "skip\n"
    with pytest.raises(SystemExit):
        run("late-policy", "never")


def test_after_a_restore_the_operator_holds_lists_lets_go_and_stops(run: type[_Runner]) -> None:
    run("migrate")
    assert run("held").out == "Nothing is held.\n"
    jobs = [_job("One"), _job("Two\nlines"), _job("Three")]
    assert run("hold", "--restored").out.startswith("Held 3 deliveries")
    lines = run("held").out.splitlines()
    assert [line.split()[0] for line in lines] == [*jobs, "3"] and "restore" in lines[1] and "Two lines" in lines[1]
    assert "3 still held" in run("status").out
    assert run("held", "release", jobs[0]).out == "1 let go.\n"
    assert "is not held" in run("held", "cancel", jobs[0], jobs[1]).err
    assert run("held", "cancel", "ALL").out == "2 canceled.\n"
    with db.reading() as session:
        assert [job.status for job in session.exec(select(PublishJob).order_by(col(PublishJob.key)))] == [
            "processing",
            "canceled",
            "canceled",
        ]
    assert json.loads(run("status", "--json").out)["held_by_restore"] == 0


@pytest.mark.parametrize("verb", ["hold --restored", "held", "held cancel ALL", "verify", "late-policy"])
def test_where_no_dravo_is_nothing_is_called_well_and_nothing_made(
    run: type[_Runner], tmp_path: Path, verb: str
) -> None:
    done = run(*verb.split())
    assert (done.code, done.out) == (3, "") and not (tmp_path / "data" / "dravo.db").exists()
    assert done.err == (
        f"There is no Dravo in {tmp_path / 'data'} yet: set DRAVO_DATA_DIR (or DATABASE_URL) as `up` has it.\n"
    )


def test_what_a_post_says_does_not_drive_the_terminal(run: type[_Runner]) -> None:
    run("migrate")
    _job("Red \x1b[31m\x07 \u202eback\u2066 " + "x" * 80)
    run("hold", "--restored")
    line = run("held").out.splitlines()[0]
    assert line.isprintable() and line.endswith("Red �[31m� �back� " + "x" * 42)


def _job(text: str) -> str:
    with db.reading() as session:
        known = session.exec(select(Account.id)).first()
    caller = Caller(workspace_key=1, environment=Environment.TEST, actor="usr_tester", role=Role.OWNER)
    request = PublishRequest(account_ids=[known or _account().id], text=text)
    with db.transaction() as session:
        return publish(session, caller, request).id
