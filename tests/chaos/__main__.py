"""START `./dravo chaos`: every fault alone and the tests that show the rest, then faults at random while people publish, then a verdict."""

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

from tests.chaos.fault import Fault
from tests.chaos.ground import Kind, Servers, running_servers
from tests.chaos.report import Report
from tests.chaos.scenario import Finding, run_scenario
from tests.chaos.table import FAULTS
from tests.chaos.tested import run_tests
from tests.chaos.walk import walk

_LEAST_WALK_SECONDS = 20.0


def main(arguments: Sequence[str]) -> int:
    """0 where nothing was lost, doubled or stuck, no invariant is broken and no test failed, else 1; 2 for a wrong argument."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    faults = choose(asked.only)
    if not faults:
        parser.error(f"no fault is called {' or '.join(asked.only)}: docs/chaos.md lists them")
    seed = random.SystemRandom().randrange(10**6) if asked.seed is None else asked.seed
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    kinds: list[Kind] = ["sqlite", "postgres"] if asked.database == "both" else [asked.database]
    report = Report(seed, machine)
    again = f"./dravo chaos --minutes {asked.minutes:g} --seed {seed} --database {asked.database}"
    _tell(f"seed {seed}: {again} does the same again")
    ends_at = time.monotonic() + asked.minutes * 60
    with running_servers() as servers:
        if not asked.walk_only:
            _one_by_one(report, faults, servers, kinds)
        if asked.only:
            report.notes.append(f"only {len(faults)} of {len(FAULTS)} faults were asked for, and no walk")
        else:
            _walk(report, servers, kinds, ends_at)
        servers.is_kept |= not report.is_good
        if servers.is_kept:
            report.notes.append(f"what the processes said is in {servers.folder}")
    print("\n".join(report.lines()), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(report.as_json(), indent=2) + "\n")
    return 0 if report.is_good else 1


def choose(names: Sequence[str]) -> list[Fault]:
    """All faults without names; for each name the one that is called so or, where none is, all that have it in theirs."""
    chosen: list[Fault] = [] if names else FAULTS
    for name in names:
        exactly = [fault for fault in FAULTS if fault.name == name]
        chosen = chosen + (exactly or [fault for fault in FAULTS if name.lower() in fault.name.lower()])
    return list(dict.fromkeys(chosen))


def _one_by_one(report: Report, faults: Sequence[Fault], servers: Servers, kinds: Sequence[Kind]) -> None:
    for fault in [fault for fault in faults if fault.harm]:
        for kind in [kind for kind in kinds if kind in fault.databases]:
            _note(report, run_scenario(fault, servers, kind, report.seed))
        if not set(kinds) & set(fault.databases):
            why = f"needs {fault.databases[0]}, which wasn't asked for"
            _note(report, Finding(fault.name, fault.databases[0], fault.bound_seconds, skipped=why))
    number = sum(bool(fault.tests) for fault in faults)
    if number:
        _tell(f"the tests that show {number} of the faults, all in one go")
    for finding in run_tests(faults, kinds, servers.folder):
        _note(report, finding)


def _note(report: Report, finding: Finding) -> None:
    report.findings.append(finding)
    how = "" if finding.whole_after is None else f", whole again after {finding.whole_after:.1f} s"
    if finding.tests:
        how = f", tests passed: {finding.tests}"
    verdict = f"skipped: {finding.skipped}" if finding.skipped else "good" if finding.is_good else "NOT GOOD"
    _tell("; ".join([f"{finding.database}: {finding.fault}: {verdict}{how}", *finding.trouble[:3]]))


def _walk(report: Report, servers: Servers, kinds: Sequence[Kind], ends_at: float) -> None:
    can = [kind for kind in kinds if kind == "sqlite" or servers.postgres is not None]
    if len(can) < len(kinds):
        report.notes.append("skipped: the walk on PostgreSQL: none starts here and DRAVO_TEST_POSTGRES is not set")
    for place, kind in enumerate(can):
        seconds = max(_LEAST_WALK_SECONDS, (ends_at - time.monotonic()) / (len(can) - place))
        _tell(f"{kind}: the walk, {seconds:.0f} s")
        report.walks.append(walk(servers, kind, report.seed, seconds, partial(_tell_of, kind)))


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
    parser.add_argument("--walk-only", action="store_true", help="leave out the faults one by one, and the tests")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME",
        help="only the fault of that name, or those with it in theirs, and no walk; may be given again",
    )  # fmt: skip
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
