"""START, the operator's verbs for what is late or held: `./dravo late-policy`, `held`, `hold --restored`. `cli` prepares the database."""

import argparse
from collections.abc import Callable

from sqlmodel import Session

from dravo_app import clock, db
from dravo_app.services import users, workspaces
from dravo_app.services.publishing import held, restored
from dravo_app.services.publishing.late import LatePolicy

Verb = Callable[[argparse.Namespace], None]

_JOBS_AT_ONCE = 500


def add_verbs(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    add: Callable[["argparse._SubParsersAction[argparse.ArgumentParser]", str, Verb, str], argparse.ArgumentParser],
) -> None:
    """Put them under `verbs`; `add` makes one and has the database prepared before it runs."""
    late = add(verbs, "late-policy", late_policy, "what becomes of posts whose time passed while Dravo was down")
    late.add_argument("policy", nargs="?", choices=[policy.value for policy in LatePolicy])
    waiting = add(verbs, "held", list_held, "what waits for a person").add_subparsers(metavar="VERB")
    for name, verb, words in (("release", release_held, "let it go"), ("cancel", cancel_held, "stop it")):
        add(waiting, name, verb, words).add_argument("jobs", nargs="+", metavar="ALL|JOB")
    restore = add(verbs, "hold", hold, "hold what may have gone out already")
    restore.add_argument("--restored", action="store_true", required=True, help="the database comes from a backup")


def late_policy(arguments: argparse.Namespace) -> None:
    with db.transaction() as session:
        if arguments.policy:
            workspaces.set_late_policy(session, users.FIRST_WORKSPACE, LatePolicy(arguments.policy), held.OPERATOR)
        print(workspaces.get_late_policy(session, users.FIRST_WORKSPACE))


def list_held(_arguments: argparse.Namespace) -> None:
    with db.reading() as session:
        jobs = held.list_held(session)
    for job in jobs:
        words = _harmless(job.text)[:60]
        print(f"{job.job_id}  {job.environment}  {job.reason:<7}  due {clock.isoformat(job.due_at)}  {words}")
    print(f"{len(jobs)} held." if jobs else "Nothing is held.")


def _harmless(text: str) -> str:
    """On one line, and with nothing in it that a terminal obeys or that turns the line around."""
    return "".join(sign if sign.isprintable() else "�" for sign in " ".join(text.split()))


def release_held(arguments: argparse.Namespace) -> None:
    _change(arguments.jobs, held.let_go_as_operator, "let go")


def cancel_held(arguments: argparse.Namespace) -> None:
    _change(arguments.jobs, held.discard_as_operator, "canceled")


def hold(_arguments: argparse.Namespace) -> None:
    number = restored.hold_all()
    print(f"Held {number} deliveries that may have gone out already: ./dravo held lists them.")


def _change(named: list[str], change: Callable[[Session, list[str]], int], done: str) -> None:
    """ALL means what is held now; a batch per transaction."""
    with db.reading() as session:
        jobs = [job.job_id for job in held.list_held(session)] if named == ["ALL"] else list(dict.fromkeys(named))
    for begin in range(0, len(jobs), _JOBS_AT_ONCE):
        with db.transaction() as session:
            change(session, jobs[begin : begin + _JOBS_AT_ONCE])
    print(f"{len(jobs)} {done}.")
