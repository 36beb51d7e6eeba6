"""START prove: `./dravo prove [--posts N] [--seed S] [--json]`; exit code 0 where the claim holds, 1 where it doesn't."""

import argparse
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from dravo_app.proving import judge
from dravo_app.proving.books import counted
from dravo_app.proving.course import Course
from dravo_app.proving.installation import CannotProve, installation
from dravo_app.proving.plan import make_plan
from dravo_app.proving.told import Told
from dravo_app.services.proofs.keeping import FEWEST, MOST, USUAL, AlreadyRunning, Kept, keeping
from dravo_app.services.proofs.record import Books, Kind, Line

_SEEDS = 1_000_000
_CANNOT, _STOPPED = 3, 130

Say = Callable[[Line], None]


class _Stopped(BaseException):
    """Somebody wants this to end."""


def main(arguments: list[str] | None = None) -> int:
    """0 proven, 1 not proven, 3 where the proof itself can't be run, 130 where it was stopped."""
    options = _options(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _stop)
    try:
        if options.keep is None:
            return _prove(options, _print_json if options.json else Told().line)
        with keeping(options.keep) as kept:
            _end_with_input()
            return _prove(options, kept.say, kept)
    except AlreadyRunning:
        return _CANNOT
    except _Stopped:
        if options.keep is None:
            print("Stopped; nothing of the proof is left.", file=sys.stderr)
        return _STOPPED


def _prove(options: argparse.Namespace, say: Say, kept: Kept | None = None) -> int:
    began = time.monotonic()
    try:
        books = _run(options, say, began, kept)
    except CannotProve as trouble:
        say(Line(kind=Kind.BROKEN, words=str(trouble), at_seconds=_since(began)))
        return _CANNOT
    say(Line(kind=Kind.BOOKS, words=books.verdict, books=books, at_seconds=books.seconds))
    return 0 if books.holds else 1


def _run(options: argparse.Namespace, say: Say, began: float, kept: Kept | None) -> Books:
    began_at = datetime.now(UTC)
    plan = make_plan(random.randrange(_SEEDS) if options.seed is None else options.seed, options.posts)
    posts = counted(len(plan.posts), "post", "posts")
    words = f"{posts} to {counted(plan.deliveries, 'delivery', 'deliveries')}, in a Dravo of its own. Seed {plan.seed}."
    say(Line(kind=Kind.BEGAN, words=words, seed=plan.seed))
    with installation() as home:
        words = "A sandbox, a database and a key of its own are there."
        say(Line(kind=Kind.STEP, words=words, sandbox=home.sandbox, at_seconds=_since(began)))
        books = Course(plan, home, say, began, began_at).run()
        if kept:
            kept.keep_log(judge.read_log(home.sandbox))
    return books


def _since(began: float) -> float:
    return round(time.monotonic() - began, 2)


def _print_json(line: Line) -> None:
    print(line.to_json(), flush=True)


def _stop(number: int, frame: FrameType | None) -> None:
    for other in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(other, signal.SIG_IGN)  # once is enough: what follows is tidying up
    raise _Stopped


def _end_with_input() -> None:
    """End when whoever started this is gone: the pipe to standard input then closes, however they ended."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="starter", daemon=True).start()


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dravo prove",
        description="Publish a few dozen posts through a sandbox that misbehaves, kill workers meanwhile, and show the books.",
    )
    parser.add_argument("--posts", type=_posts, default=USUAL, help=f"how many posts ({USUAL}), {FEWEST} to {MOST}")
    parser.add_argument("--seed", type=_seed, help="the same posts and faults as a run that printed this seed")
    parser.add_argument("--json", action="store_true", help="every line as JSON, the books last")
    parser.add_argument("--keep", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _posts(text: str) -> int:
    if not text.isdecimal() or not FEWEST <= int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"a number from {FEWEST} to {MOST}")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**53:
        raise argparse.ArgumentTypeError("a whole number, such as a run prints")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
