"""START bench: chooses the rows, measures them one after the other, prints and writes the report."""

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.bench import delivery, door, history, machine, memory, places, plain_rq, report
from tests.bench.figures import Figure, Row

Measure = Callable[..., list[Figure]]
ROWS: dict[str, tuple[str, Measure, tuple[str, ...]]] = {
    "history": (
        "Reading with 1,000,000 posts of history and 100,000 scheduled",
        history.measure,
        (places.SQLITE, places.POSTGRES),
    ),
    "publish": ("POST /v1/publish beside a bare route", door.measure, (places.SQLITE, places.POSTGRES)),
    "fanout": ("One job to 100 accounts, 300 ms each", delivery.measure_fan_out, (places.SQLITE, places.POSTGRES)),
    "minute": (
        "3,000 jobs to 3,000 accounts due within one minute, 300 ms each, one worker process",
        delivery.measure_minute,
        (places.SQLITE, places.POSTGRES),
    ),
    "second": (
        "3,000 jobs to 3,000 accounts due in the same second, 300 ms each, one worker process",
        delivery.measure_second,
        (places.SQLITE, places.POSTGRES),
    ),
    "rq": ("Beside it: RQ as it comes, one task per delivery, 300 ms each", plain_rq.measure, (places.SQLITE,)),
    "idle": ("At rest, everything running under ./dravo up", memory.measure_idle, (places.SQLITE,)),
    "media": ("Large files through a worker", memory.measure_pictures, (places.SQLITE,)),
}


def main(arguments: list[str]) -> int:
    """Exit code 1 where a row could not be measured; a bar that isn't met is a figure like any other."""
    options = _options(arguments)
    chosen = options.only or list(ROWS)
    described = machine.describe()
    with ExitStack() as stack:
        servers = places.Servers(stack)
        rows = [_measure(name, servers, options.database, quick=options.quick) for name in chosen]
        described |= servers.described
    page = report.as_markdown(described, rows, is_quick=options.quick)
    print(page)
    if options.markdown:
        options.markdown.write_text(page)
    if options.json:
        options.json.write_text(report.as_json(described, rows, is_quick=options.quick))
    return 1 if any(row.trouble for row in rows) else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dravo bench", description="Measure the promises about speed on this machine."
    )
    named = f"one of: {', '.join(ROWS)}; may be given several times"
    parser.add_argument("--only", action="append", choices=list(ROWS), metavar="NAME", help=named)
    parser.add_argument(
        "--database", choices=("sqlite", "postgresql", "both"), default="both", help="measure on one only"
    )
    parser.add_argument("--quick", action="store_true", help="small loads, to try the bench itself")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures for programs")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the page that is printed")
    return parser.parse_args(arguments)


def _measure(name: str, servers: places.Servers, database: str, *, quick: bool) -> Row:
    title, measure, kinds = ROWS[name]
    load, began = os.getloadavg()[0], time.monotonic()
    figures: list[Figure] = []
    trouble = ""
    for kind in [kind for kind in kinds if database in ("both", kind.lower())]:
        print(f"{name}, {kind} …", file=sys.stderr, flush=True)
        try:
            figures += measure(servers, kind, quick=quick)
        except Exception as error:  # noqa: BLE001  # the other rows are measured all the same
            trouble = f"{kind}: {type(error).__name__}: {error}"
            print(trouble, file=sys.stderr, flush=True)
    return Row(name, title, load, time.monotonic() - began, figures, trouble)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main(sys.argv[1:]))
