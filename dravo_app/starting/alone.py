"""START: `./dravo web`, `./dravo worker`, `./dravo ticker`: one process of Dravo in the foreground, for an installation of several hosts.

Where `up` makes what is missing, these join what is there: the database is up to date, the key is the one that sealed it.
Each ends in `exec`, so the caller's pid stays the process's.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from dravo_app.errors import ConfigurationError
from dravo_app.settings import Settings, read_settings
from dravo_app.starting import dashboard, places
from dravo_app.starting.lifeline import SWITCH, arm_child
from dravo_app.starting.supervisor import web_command
from dravo_app.starting.trouble import CannotStart

_ROOT = Path(__file__).resolve().parent.parent.parent


def main(arguments: list[str]) -> int:
    """Become the process. Answers an exit code, after one sentence, only where it can't."""
    options = _options(arguments)
    try:
        settings = read_settings(dict(os.environ))
        if lacking := why_it_cannot_join(settings, options.verb):
            raise CannotStart(lacking)
        places.prepare_data_folder(settings.data_dir)
        taken = places.why_port_is_taken(settings.host, settings.port) if options.verb == "web" else None
        if taken:
            raise CannotStart(taken)
        os.environ.update(DRAVO_DATA_DIR=str(settings.data_dir), PYTHONUNBUFFERED="1")
        refused = _join()
        if refused:
            return refused
        command = _command(settings, options)
    except (CannotStart, ConfigurationError) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    os.execv(command[0], command)


def why_it_cannot_join(settings: Settings, verb: str) -> str | None:
    """One sentence that names what has to be given first, None where all is there."""
    has_key = bool(settings.secret_key) or (settings.data_dir / "secret.key").exists()
    if settings.database_url.startswith("sqlite"):
        file = Path(settings.database_url.removeprefix("sqlite:///"))
        if file.exists() and has_key:
            return None
        return (
            f"./dravo {verb} joins a Dravo that is there, and {settings.data_dir} has none: start ./dravo up on this folder "
            "first or, on another host, set DATABASE_URL, REDIS_URL and DRAVO_SECRET_KEY."
        )
    missing = [
        name for name, is_there in (("REDIS_URL", settings.redis_url), ("DRAVO_SECRET_KEY", has_key)) if not is_there
    ]
    if not missing:
        return None
    return f"Set {' and '.join(missing)} to what the other hosts have, then run ./dravo {verb} again."


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dravo", description="One process of Dravo, for one of several hosts.")
    verbs = parser.add_subparsers(required=True, dest="verb", metavar="VERB")
    verbs.add_parser("web", help="the dashboard and /v1")
    worker = verbs.add_parser("worker", help="a delivery worker with its ticker")
    worker.add_argument(
        "--no-ticker",
        dest="role",
        action="append_const",
        const="--no-ticker",
        default=[],
        help="never lead: leave the sweeps to other hosts",
    )
    verbs.add_parser("ticker", help="a ticker without a worker").set_defaults(role=["--only-ticker"])
    return parser.parse_args(arguments)


def _join() -> int:
    """Key, tables and seal, checked and left as they are; the exit code of the check, which says what is wrong itself."""
    command = [sys.executable, "-m", "dravo_app.cli_prepare", "join"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, preexec_fn=arm_child(os.getpid()), check=False).returncode


def _command(settings: Settings, options: argparse.Namespace) -> list[str]:
    if options.verb != "web":
        return [sys.executable, "-m", "dravo_app.worker", *options.role]
    os.environ.update(dashboard.serving_environment(dashboard.find_or_build(_ROOT)), **{SWITCH: "1"})
    return web_command(settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
