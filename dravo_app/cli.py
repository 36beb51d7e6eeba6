"""START operator commands: `./dravo user create`, `key create`, `status`, `verify`, `migrate`, `keys rotate`, and `prepare` for `up`.

Every verb prepares the database itself, so it works before the first `up` (but for those that would call an empty database
well) and while `up` runs. What is asked for is on
standard output; what went wrong is one sentence on standard error: exit code 2 for the request, 3 for the installation; 1 is
`verify`'s, for an invariant that is broken.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from dravo_app import cli_held, clock, crypto, db, migrations
from dravo_app.errors import ConfigurationError, DravoError
from dravo_app.models import Environment, Role
from dravo_app.services import api_keys, lateness, members, passwords, readiness, seals, sessions, system, users
from dravo_app.services.verifying import report, sightings
from dravo_app.services.verifying import verify as checker
from dravo_app.settings import Settings, get_settings

_SETTLE_SECONDS = 2.0  # longer than any transaction of ours that seals something


class _NotThere(ConfigurationError):
    """No Dravo was ever started there: mostly a setting that this terminal lacks."""

    def __init__(self, place: str) -> None:
        super().__init__(f"There is no Dravo in {place} yet: set DRAVO_DATA_DIR (or DATABASE_URL) as `up` has it.")


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; answers the exit code."""
    parsed = _parser().parse_args(arguments)
    verb: Callable[[argparse.Namespace], int | None] = parsed.verb
    try:
        return verb(parsed) or 0
    except DravoError as error:
        return _say(error.detail, 2)
    except ConfigurationError as error:
        return _say(str(error), 3)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return _say(f"The database doesn't do what was asked: {reason}.", 3)
    except OSError as error:
        return _say(f"{error.filename or 'A file'} can't be used: {error.strerror or error}.", 3)
    except KeyboardInterrupt:
        return _say("Stopped.", 130)


def prepare(_arguments: argparse.Namespace) -> None:
    """Secrets, tables and seal, for `./dravo up`; prints what `up` wants to know as JSON."""
    settings = get_settings()
    _prepare(settings)
    _remember_database(settings)
    with db.reading() as session:
        print(json.dumps({"first_run": users.is_first_run(session)}))


def join(_arguments: argparse.Namespace) -> None:
    """What `./dravo web`, `worker` and `ticker` ask before they start: nothing is made here, and nothing migrated."""
    settings = get_settings()
    _check_database(settings)
    crypto.get_keys(settings)
    _check_version(settings)
    with db.transaction() as session:
        seals.check_seal(session)
    _remember_database(settings)


def migrate(_arguments: argparse.Namespace) -> None:
    _prepare_database(may_migrate=True)
    print("The database is up to date.")


def create_user(arguments: argparse.Namespace) -> None:
    password = _password_from_stdin() if arguments.password_stdin else passwords.new_password()
    _prepare_database()
    with db.transaction() as session:
        user = users.create_user(session, arguments.email, password, Role(arguments.role))
    if arguments.password_stdin:
        print(f"{user.email} can log in now, as {arguments.role}.")
    else:
        print(password)


def reset_user(arguments: argparse.Namespace) -> None:
    password = _password_from_stdin() if arguments.password_stdin else passwords.new_password()
    _prepare_database()
    with db.transaction() as session:
        user = users.set_password(session, arguments.email, password)
        sessions.end_all_sessions(session, user)
    if arguments.password_stdin:
        print(f"{user.email} has the new password; every session of theirs has ended.")
    else:
        print(password)


def create_key(arguments: argparse.Namespace) -> None:
    _prepare_database()
    with db.transaction() as session:
        _, token = api_keys.create_key(
            session, users.FIRST_WORKSPACE, arguments.name, Environment(arguments.environment)
        )
    print(token)


def rotate_keys(_arguments: argparse.Namespace) -> None:
    """New key in front, everything sealed anew, old keys dropped. Broken off, the next run goes on where it stopped."""
    settings = _prepare_database()
    if len(crypto.get_keys(settings, fresh=True)) == 1:
        crypto.add_key(settings)
    number = _reseal_all()
    time.sleep(_SETTLE_SECONDS)  # who had taken the old key to seal with has committed by now
    number += _reseal_all()
    if settings.secret_key:
        print(f"Sealed {number} accounts with the first key of DRAVO_SECRET_KEY; the others can be removed from it.")
    else:
        crypto.drop_old_keys(settings)
        print(f"Sealed {number} accounts with a new key; the old one is gone.")


def show_status(arguments: argparse.Namespace) -> None:
    found = _status(_prepare_database())
    if arguments.json:
        print(json.dumps(found, default=_as_text, indent=2))
    else:
        print("\n".join(_lines(found)))


def verify(arguments: argparse.Namespace) -> int:
    """Exit code 0 where all invariants hold, 1 where one is broken."""
    settings = _prepare_existing()
    found = checker.verify(
        sightings.find_log(settings, arguments.sandbox_log), _logs(settings, arguments), is_settled=arguments.settled
    )
    print(json.dumps(report.as_json(found), indent=2) if arguments.json else "\n".join(report.as_text(found)))
    return 0 if found.is_ok else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dravo", description="Operator commands of Dravo.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    _add(verbs, "prepare", prepare, "make secrets, tables and the seal (used by `up`)")
    _add(verbs, "join", join, "check that a process may join this database (used by `web`, `worker` and `ticker`)")
    _add(verbs, "migrate", migrate, "bring the database to this version")
    status = _add(verbs, "status", show_status, "what is running, and how it is")
    status.add_argument("--json", action="store_true", help="as JSON")

    check = _add(verbs, "verify", verify, "check that nothing is lost, twice or stuck, and that what is said is so")
    check.add_argument("--json", action="store_true", help="as JSON")
    check.add_argument("--settled", action="store_true", help="everything should have come to an end")
    check.add_argument(
        "--sandbox-log", metavar="FILE", type=Path, help="a sandbox's file, instead of the running one's log"
    )
    check.add_argument(
        "--logs", metavar="FILE", type=Path, nargs="*", help="log files to scan; the data folder's if left out"
    )
    cli_held.add_verbs(verbs, lambda to, name, verb, words: _add(to, name, _prepared(verb), words))

    user = verbs.add_parser("user", help="people").add_subparsers(required=True, metavar="VERB")
    create = _add(user, "create", create_user, "add a person")
    create.add_argument("email")
    create.add_argument("--role", choices=[role.value for role in Role], default=Role.MEMBER.value)
    reset = _add(user, "reset", reset_user, "give a person a new password and end their sessions")
    reset.add_argument("email")
    for parent in (create, reset):
        parent.add_argument("--password-stdin", action="store_true", help="read the password; else print a new one")

    key = verbs.add_parser("key", help="API keys").add_subparsers(required=True, metavar="VERB")
    make = _add(key, "create", create_key, "make an API key; prints the key alone")
    make.add_argument("--name", required=True)
    make.add_argument("--environment", required=True, choices=[word.value for word in Environment])

    keys = verbs.add_parser("keys", help="the secret key").add_subparsers(required=True, metavar="VERB")
    _add(keys, "rotate", rotate_keys, "seal everything with a new secret key")
    return parser


def _add(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    verb: Callable[[argparse.Namespace], int | None],
    words: str,
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=words, description=words)
    parser.set_defaults(verb=verb)
    return parser


def _prepared(verb: Callable[[argparse.Namespace], None]) -> Callable[[argparse.Namespace], None]:
    def run(arguments: argparse.Namespace) -> None:
        _prepare_existing()
        verb(arguments)

    return run


def _prepare_existing() -> Settings:
    """For verbs that say how something is, or change it: of a database made on the spot they would say that all is well."""
    settings = get_settings()
    kind, _, path = settings.database_url.partition(":///")
    if kind == "sqlite" and not Path(path).is_file():
        raise _NotThere(str(Path(path).parent))
    if migrations.find_version(settings.database_url) is None:
        raise _NotThere(str(Path(path).parent) if kind == "sqlite" else "this database")
    return _prepare_database()


def _prepare_database(*, may_migrate: bool = False) -> Settings:
    """On SQLite every verb may migrate. A PostgreSQL may have other hosts, who must know: there only `migrate` and `up` do."""
    settings = get_settings()
    _check_database(settings)
    if not may_migrate and not settings.database_url.startswith("sqlite"):
        _check_version(settings, or_empty=True)
    _prepare(settings)
    return settings


def _prepare(settings: Settings) -> None:
    crypto.make_key_file(settings)
    crypto.get_keys(settings)
    migrations.upgrade(settings.database_url)
    with db.transaction() as session:
        seals.check_seal(session)


def _check_version(settings: Settings, *, or_empty: bool = False) -> None:
    if or_empty and migrations.find_version(settings.database_url) is None:
        return
    if not migrations.is_current(settings.database_url):
        raise ConfigurationError(
            "The database has no tables of this version yet: run ./dravo migrate once, on any host, and start again."
        )


def _remember_database(settings: Settings) -> None:
    path = _remembered(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_database_print(settings))


def _check_database(settings: Settings) -> None:
    """Refuse a terminal that lacks `up`'s DATABASE_URL.

    It would make a key that nobody knows in a database that nobody reads, and a rotation there would drop the key that
    the true database is sealed with.
    """
    try:
        known = _remembered(settings).read_text()
    except FileNotFoundError:  # never started
        return
    if known != _database_print(settings):
        raise ConfigurationError(
            "`up` last ran on another database than this: set DATABASE_URL here as it was set there, "
            "or start `up` on this one first."
        )


def _remembered(settings: Settings) -> Path:
    return settings.data_dir / "run" / "database"


def _database_print(settings: Settings) -> str:
    """Which database, without telling: a folder that is moved keeps its own one, and passwords may change."""
    if settings.database_url == f"sqlite:///{settings.data_dir / 'dravo.db'}":
        return "sqlite"
    shown = make_url(settings.database_url).render_as_string(hide_password=True)
    return hashlib.sha256(shown.encode()).hexdigest()


def _password_from_stdin() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _reseal_all() -> int:
    with db.reading() as session:
        waiting = seals.list_sealed_by_old_keys(session)
    for account_key in waiting:
        with db.transaction() as session:
            seals.reseal_account(session, account_key)
    with db.transaction() as session:
        seals.reseal_checks(session)
    return len(waiting)


def _status(settings: Settings) -> dict[str, object]:
    with db.reading() as session:
        status = system.get_status(session)
    parts = {part.name: part.reason or "answers" for part in readiness.check_parts()}
    up = _running_up(settings)
    if "sandbox" not in parts or (up and not up["sandbox_url"]):  # `up` knows whether it was switched off
        parts["sandbox"] = "off"
    shown = {name: up[name] for name in ("pid", "address", "started_at")} if up else None
    return {"up": shown, "parts": parts, **asdict(status)}


def _logs(settings: Settings, arguments: argparse.Namespace) -> list[Path]:
    if arguments.logs is not None:
        return list(arguments.logs)
    return sorted((settings.data_dir / "logs").glob("*.log*"))


def _running_up(settings: Settings) -> dict[str, object] | None:
    try:
        found: dict[str, object] = json.loads((settings.data_dir / "run" / "runtime.json").read_text())
        os.kill(int(str(found["pid"])), 0)
    except (OSError, ValueError, KeyError):
        return None
    return {name: found.get(name) for name in ("pid", "address", "started_at", "sandbox_url")}


def _lines(found: dict[str, object]) -> list[str]:
    up, due, deliveries, hosts, parts = (
        found[name] for name in ("up", "oldest_due_seconds", "deliveries", "members", "parts")
    )
    assert isinstance(deliveries, dict)
    assert isinstance(hosts, list)
    assert isinstance(parts, dict)
    running = f"runs at {up['address']}, pid {up['pid']}" if isinstance(up, dict) else "is not running: ./dravo up"
    counts = ", ".join(f"{number} {state}" for state, number in deliveries.items()) or "none yet"
    late = f"{due:.1f} s late" if isinstance(due, float) else "none is due"
    known = [members.Member(**member) for member in hosts]
    lines = [
        ("dravo", running),
        *parts.items(),
        *((f"  {member.role}", members.sentence(member, clock.now())) for member in known),
        ("deliveries", counts),
        ("oldest due", late),
        *lateness.lines(found["lateness"]),
    ]
    if isinstance(found["resting_until"], datetime):
        until = clock.isoformat(found["resting_until"])
        lines.append(("resting", f"{found['resting']} due, but their account or network rests, the last until {until}"))
    if isinstance(found["restored_at"], datetime):
        when = clock.isoformat(found["restored_at"])
        lines.append(("restored", f"{when}: {found['held_by_restore']} still held, ./dravo held lists them"))
    return [f"{name:<11} {words}" for name, words in lines]


def _as_text(value: object) -> str:
    return clock.isoformat(value) if isinstance(value, datetime) else str(value)


def _say(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
