"""The faults that tests of the suite show: those tests are run in one pytest of their own, and each row gets its share of what came of them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from dravo_app.starting.lifeline import arm_child
from tests.chaos.fault import Fault
from tests.chaos.ground import Kind
from tests.chaos.programs import from_a_lasting_thread
from tests.chaos.scenario import Finding, Place
from tests.chaos.told import LEFT_OUT
from tests.support.world import ROOT

LIMIT_SECONDS = 900.0
"""Six times what all of them take on two cores."""
_TIDIES_WITHIN_SECONDS = 45.0
_NOTHING_RAN = (3, 4)
"""pytest's exit codes for a mistake inside it, and for a name that it doesn't know."""
_PLACES: tuple[Place, ...] = ("sqlite", "postgres", "any")
_COMMAND = [sys.executable, "-m", "pytest", "-q", "-p", "tests.chaos.told", "-p", "no:cacheprovider", "-m", "long or not long"]  # fmt: skip


@dataclass
class _Test:
    """What was told of one test. `outcome` stays `chosen` where it never came to its end."""

    database: str
    outcome: str = "chosen"
    why: str = ""


@dataclass
class _Batch:
    """What came of all: tests by their whole name, and why the rest is missing."""

    tests: dict[str, _Test] = field(default_factory=dict)
    end: str = "the tests ended before it"


def run_tests(faults: Sequence[Fault], kinds: Sequence[Kind], folder: Path, seconds: float = LIMIT_SECONDS) -> list[Finding]:  # fmt: skip
    """A finding for each row that names tests, and each database that they run on; what pytest said is in `folder`.

    Tests that choose no database run whatever `kinds` says. A test that fails, or hasn't ended after `seconds`, makes its row bad.
    """
    rows = [fault for fault in faults if fault.tests]
    names = list(dict.fromkeys(name for fault in rows for name in fault.tests))
    batch = _run(names, kinds, folder, seconds) if names else _Batch()
    return [finding for fault in rows for finding in _findings(fault, kinds, batch)]


def _run(names: Sequence[str], kinds: Sequence[Kind], folder: Path, seconds: float) -> _Batch:
    told, said = folder / "told.jsonl", folder / "tests.log"
    told.touch()
    command = [*_COMMAND, "--told", str(told), "--basetemp", str(folder / "t"), *(f"--on={kind}" for kind in kinds), *names]  # fmt: skip
    batch = _Batch()
    with said.open("wb") as output, _running(command, output) as process:
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            batch.end = f"not at its end when the tests' {seconds:g} s were over"
    for line in told.read_text().splitlines():
        _note(batch, **json.loads(line))
    if process.returncode in _NOTHING_RAN:
        batch.end = f"no test ran: {said.read_text(errors='replace').strip().rpartition(chr(10))[2]}"
    return batch


def _note(batch: _Batch, test: str, database: str, outcome: str, why: str) -> None:
    known = batch.tests.setdefault(test, _Test(database))
    if known.outcome != "failed":  # what is told of its tidying up doesn't make it good again
        known.outcome, known.why = outcome, why


@contextmanager
def _running(command: list[str], output: IO[bytes]) -> Iterator["subprocess.Popen[bytes]"]:
    """Ended as Ctrl-C ends it, so that the tests tidy up; killed, with its group, where it doesn't. It dies with this process."""
    arm = arm_child(os.getpid())

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background job ignores it, and so would what it starts
        arm()

    process = from_a_lasting_thread(
        lambda: subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True, preexec_fn=prepare,
        )
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            deadline = time.monotonic() + _TIDIES_WITHIN_SECONDS
            while process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _findings(fault: Fault, kinds: Sequence[Kind], batch: _Batch) -> list[Finding]:
    made = [_finding(fault, place, batch) for place in _PLACES if _chosen(fault, place, batch)]
    if not made:
        place: Place = next((kind for kind in kinds if kind in fault.databases), "any")
        made = [Finding(fault.name, place, fault.bound_seconds, shown_by="tests")]
    for name in fault.tests:
        variants = [about for test, about in batch.tests.items() if _is_of(test, name)]
        if not variants:
            made[0].trouble.append(f"{name}: {batch.end}")
        elif all(about.outcome == LEFT_OUT for about in variants):
            made[0].left_out[name] = f"not on {' or '.join(kinds)} alone"
    for finding in made:
        _call_skipped_where_nothing_ran(finding)
    return made


def _finding(fault: Fault, place: Place, batch: _Batch) -> Finding:
    finding = Finding(fault.name, place, fault.bound_seconds, shown_by="tests")
    for name in _chosen(fault, place, batch):
        test = batch.tests[name]
        if test.outcome == "passed":
            finding.tests += 1
        elif test.outcome == "skipped":
            finding.left_out[name] = test.why
        else:
            finding.trouble.append(f"{name}: {test.why if test.outcome == 'failed' else batch.end}")
    return finding


def _call_skipped_where_nothing_ran(finding: Finding) -> None:
    if finding.left_out and not finding.tests and not finding.trouble:
        finding.skipped, finding.left_out = "; ".join(dict.fromkeys(finding.left_out.values())), {}


def _chosen(fault: Fault, place: Place, batch: _Batch) -> list[str]:
    return [
        test for test, about in batch.tests.items()
        if about.database == place and about.outcome != LEFT_OUT and any(_is_of(test, name) for name in fault.tests)
    ]  # fmt: skip


def _is_of(test: str, name: str) -> bool:
    """Is it that test, or one of its variants?"""
    return test.partition("[")[0] == name
