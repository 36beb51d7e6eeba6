"""START operator commands: `./dravo user create`, `key create`, `status`, `verify`, `migrate`, `keys rotate`.

Every verb prepares the database itself, so it works before the first `up` (but for those that would call an empty database
well) and while `up` runs. What is asked for is on
standard output; what went wrong is one sentence on standard error: exit code 2 for the request, 3 for the installation; 1 is
`verify`'s, for an invariant that is broken.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from dravo_app import cli_held, cli_prepare, clock, crypto, db
from dravo_app.models import Environment, Role
from dravo_app.services import api_keys, lateness, members, passwords, readiness, seals, sessions, system, users
from dravo_app.services.verifying import report, sightings
from dravo_app.services.verifying import verify as checker
from dravo_app.settings import Settings

_SETTLE_SECONDS = 2.0  # longer than any transaction of ours that seals something


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; answers the exit code."""
    parsed = _parser().parse_args(arguments)
    verb: Callable[[argparse.Namespace], int | None] = parsed.verb
    return cli_prepare.run(lambda: verb(parsed))


def migrate(_arguments: argparse.Namespace) -> None:
    cli_prepare.prepare_database(may_migrate=True)
    print("The database is up to date.")


def create_user(arguments: argparse.Namespace) -> None:
    password = _password_from_stdin() if arguments.password_stdin else passwords.new_password()
    cli_prepare.prepare_database()
    with db.transaction() as session:
        user = users.create_user(session, arguments.email, password, Role(arguments.role))
    if arguments.password_stdin:
        print(f"{user.email} can log in now, as {arguments.role}.")
    else:
        print(password)


def reset_user(arguments: argparse.Namespace) -> None:
    password = _password_from_stdin() if arguments.password_stdin else passwords.new_password()
    cli_prepare.prepare_database()
    with db.transaction() as session:
        user = users.set_password(session, arguments.email, password)
        sessions.end_all_sessions(session, user)
    if arguments.password_stdin:
        print(f"{user.email} has the new password; every session of theirs has ended.")
    else:
        print(password)


def create_key(arguments: argparse.Namespace) -> None:
    cli_prepare.prepare_database()
    with db.transaction() as session:
        _, token = api_keys.create_key(
            session, users.FIRST_WORKSPACE, arguments.name, Environment(arguments.environment)
        )
    print(token)


def rotate_keys(_arguments: argparse.Namespace) -> None:
    """New key in front, everything sealed anew, old keys dropped. Broken off, the next run goes on where it stopped."""
    settings = cli_prepare.prepare_database()
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
    found = _status(cli_prepare.prepare_database())
    if arguments.json:
        print(json.dumps(found, default=_as_text, indent=2))
    else:
        print("\n".join(_lines(found)))


def verify(arguments: argparse.Namespace) -> int:
    """Exit code 0 where all invariants hold, 1 where one is broken."""
    settings = cli_prepare.prepare_existing()
    found = checker.verify(
        sightings.find_log(settings, arguments.sandbox_log), _logs(settings, arguments), is_settled=arguments.settled
    )
    print(json.dumps(report.as_json(found), indent=2) if arguments.json else "\n".join(report.as_text(found)))
    return 0 if found.is_ok else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dravo", description="Operator commands of Dravo.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
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
        cli_prepare.prepare_existing()
        verb(arguments)

    return run


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


if __name__ == "__main__":
    sys.exit(main())
