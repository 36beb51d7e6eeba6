"""START: `./dravo VERB` arrives here, in any Python from 3.11 on; ends in `exec`, so the caller's pid stays the verb's."""

import os
import sys
from pathlib import Path

from dravo_app.starting.install import NotInstalled, ensure_installed

ROOT = Path(__file__).resolve().parent.parent.parent

HELP = """Usage: ./dravo VERB

  up                                     start Dravo and print its address; Ctrl-C stops it
  prove [--posts N] [--seed S] [--json]  publish through a sandbox that misbehaves, kill workers, show the books
  web                                    only the dashboard and /v1, for one of several hosts
  worker [--no-ticker]                   only a delivery worker, with its ticker
  ticker                                 only a ticker: leads, or waits to lead, and sweeps
  test [pytest arguments]                run the test suite
  check                                  format, lint, types, import rules
  chaos [--minutes N] [--seed S] [--database sqlite|postgres|both] [--only NAME …] [--walk-only] [--json FILE]
                                         bring every fault, one by one and at random, and show the books
  bench [--only NAME …] [--quick] [--database sqlite|postgresql|both] [--json FILE] [--markdown FILE]
                                         measure how fast it is on this machine
  status                                 what is running, and how it is
  verify [--json] [--settled] [--sandbox-log FILE] [--logs FILE …]
                                         check that nothing is lost, twice or stuck, and that what is said is so
  user create EMAIL [--role ROLE] [--password-stdin]
                                         add a person; prints a new password, or reads yours
  user reset EMAIL [--password-stdin]    give a new password, end their sessions
  key create --name NAME --environment live|test
                                         make an API key; prints the key alone
  late-policy [publish|skip|ask]         what becomes of posts whose time passed while Dravo was down
  held [release|cancel ALL|JOB…]         what waits for a person; let it go, or stop it
  hold --restored                        after a restore from a backup, before the first start
  migrate                                bring the database to this version
  keys rotate                            seal everything with a new secret key

Nothing has to be set. What can be: DRAVO_DATA_DIR (./data), DRAVO_HOST (127.0.0.1), DRAVO_PORT (8000),
DRAVO_PUBLIC_URL, DRAVO_SANDBOX (on|off), DRAVO_SANDBOX_URL, DRAVO_SECRET_KEY, DRAVO_SECRET_KEY_FILE,
DRAVO_ALLOW_PRIVATE, DRAVO_LATE_AFTER_SECONDS (300), DATABASE_URL, REDIS_URL.
"""

HOST_VERBS = ("web", "worker", "ticker")
OPERATOR_VERBS = ("status", "verify", "late-policy", "held", "hold", "user", "key", "migrate", "keys")


def main(arguments: list[str]) -> int:
    """Install what is missing, then become the verb's process. Answers an exit code only where it can't."""
    verb = arguments[0] if arguments else "--help"
    if verb in ("-h", "--help", "help"):
        print(HELP, end="")
        return 0
    if verb in ("up", "check") and arguments[1:]:
        print(f"./dravo {verb} takes no arguments; its settings are environment variables: ./dravo --help lists them.")
        return 0 if arguments[1] in ("-h", "--help") else 2
    command = _command(verb, arguments[1:])
    if command is None:
        print(f"There is no verb {verb!r}: ./dravo --help lists them.", file=sys.stderr)
        return 2
    try:
        python = ensure_installed(ROOT, with_tests=verb in ("test", "check", "chaos", "bench"))
    except NotInstalled as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; the next ./dravo goes on from here.", file=sys.stderr)
        return 130
    os.execv(python, [str(python), *command])


# Four tests at a time; a file stays in one process, so that no server is started twice for it (see tests/support/lanes.py).
_WHOLE_SUITE = ["-n", "4", "--dist", "loadfile", "--no-loadscope-reorder"]


def _command(verb: str, rest: list[str]) -> list[str] | None:
    if verb == "up":
        return ["-m", "dravo_app.starting.supervisor"]
    if verb in HOST_VERBS:
        return ["-m", "dravo_app.starting.alone", verb, *rest]
    if verb == "test":
        return ["-m", "pytest", *(rest or _WHOLE_SUITE)]
    if verb == "check":
        return ["-m", "dravo_app.starting.check"]
    if verb == "chaos":
        return ["-m", "tests.chaos", *rest]
    if verb == "bench":
        return ["-m", "tests.bench", *rest]
    if verb == "prove":
        return ["-m", "dravo_app.proving", *rest]
    if verb in OPERATOR_VERBS:
        return ["-m", "dravo_app.cli", verb, *rest]
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
