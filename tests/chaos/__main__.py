"""START `./dravo chaos`: every fault alone, then all of them at random while people publish, then the books and a verdict."""

import argparse
import json
import os
import platform
import random
import signal
import sys
import time
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tests.chaos.ground import Kind, running_servers
from tests.chaos.report import Report
from tests.chaos.scenario import run_scenario
from tests.chaos.table import FAULTS
from tests.chaos.walk import walk

_LEAST_WALK_SECONDS = 20.0


def main(arguments: Sequence[str]) -> int:
    """0 where nothing was lost, doubled or stuck and no invariant is broken, else 1."""
    asked = _parser().parse_args(arguments)
    seed = random.SystemRandom().randrange(10**6) if asked.seed is None else asked.seed
    report = Report(
        seed, f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    ends_at = time.monotonic() + asked.minutes * 60
    _tell(
        f"seed {seed}: ./dravo chaos --minutes {asked.minutes:g} --seed {seed} --database {asked.database} does the same again"
    )
    with running_servers() as servers:
        kinds: list[Kind] = ["sqlite", "postgres"] if asked.database == "both" else [asked.database]
        if "postgres" in kinds and servers.postgres is None:
            report.notes.append(
                "skipped: everything on PostgreSQL: none starts here and DRAVO_TEST_POSTGRES is not set"
            )
            kinds.remove("postgres")
        if not asked.walk_only:
            for fault in [fault for fault in FAULTS if fault.harm]:
                for kind in [kind for kind in kinds if kind in fault.databases]:
                    finding = run_scenario(fault, servers, kind, seed)
                    report.findings.append(finding)
                    whole = "" if finding.whole_after is None else f", whole again after {finding.whole_after:.1f} s"
                    _tell(
                        f"{kind}: {fault.name}: {finding.skipped or ('good' if finding.is_good else 'NOT GOOD')}{whole}"
                    )
        for place, kind in enumerate(kinds):
            seconds = max(_LEAST_WALK_SECONDS, (ends_at - time.monotonic()) / (len(kinds) - place))
            _tell(f"{kind}: the walk, {seconds:.0f} s")
            report.walks.append(walk(servers, kind, seed, seconds, partial(_tell_of, kind)))
        if servers.is_kept:
            report.notes.append(f"what the processes said is in {servers.folder}")
    print("\n".join(report.lines()), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(report.as_json(), indent=2) + "\n")
    return 0 if report.is_good else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dravo chaos", description=__doc__)
    parser.add_argument(
        "--minutes",
        type=float,
        default=10.0,
        help="when the walks end, from the start (10); every fault comes once before, which may take longer",
    )
    parser.add_argument("--seed", type=int, help="the same seed brings the same faults in the same order")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--walk-only", action="store_true", help="leave out the faults one by one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was found there, too")
    return parser


def _tell_of(kind: Kind, line: str) -> None:
    _tell(f"{kind}: {line}")


def _tell(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # the bundled PostgreSQL's package warns about a missing runtime folder
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything that was started is ended
    sys.exit(main(sys.argv[1:]))
