"""START `.venv/bin/python -m tests.mutations [--six] [WORD]`: take out each safeguard (whose name has the word) and see who notices.

`--six`: only those without which the promise falls; the last of them is taken out in two ways.

Works on a copy in a temporary folder. First the copy has to pass all the tests that are going to be asked. Exit status 0
only where every removal was noticed.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.mutations.mutation import Mutation
from tests.mutations.table import MUTATIONS, THE_SIX

ROOT = Path(__file__).resolve().parents[2]
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".web", "data", "__pycache__", ".*_cache", "*.db")
_FAILED = re.compile(r"^(?:FAILED|ERROR) \S+?::(\S+)", re.MULTILINE)
_TESTS_FAILED = 1  # pytest's exit status; any other but 0 means that it could not even run them


def main(words: list[str]) -> int:
    among = THE_SIX if "--six" in words else MUTATIONS
    chosen = [one for one in among if all(word in one.without for word in words if word != "--six")]
    with tempfile.TemporaryDirectory(prefix="dravo-mutations-") as folder:
        copy = Path(folder) / "dravo"
        shutil.copytree(ROOT, copy, ignore=_LEFT_OUT, symlinks=True)
        print(f"{'taken out':<58}  {'noticed by':<86}  seconds", flush=True)
        if not _is_whole(copy, chosen):
            return 1
        noticed = [_is_noticed(copy, mutation) for mutation in chosen]
    print(f"{sum(noticed)} of {len(noticed)} noticed")
    six = [is_noticed for mutation, is_noticed in zip(chosen, noticed, strict=True) if mutation in THE_SIX]
    if len(six) == len(THE_SIX):
        print(f"the six safeguards: {'all noticed' if all(six) else 'NOT all noticed'}")
    return 0 if noticed and all(noticed) else 1


def _is_whole(copy: Path, chosen: Iterable[Mutation]) -> bool:
    """Do the tests pass while nothing is missing? Else their failing proves nothing."""
    for variables in {tuple(sorted(mutation.variables.items())) for mutation in chosen}:
        tests = {test for m in chosen for test in m.tests if tuple(sorted(m.variables.items())) == variables}
        status, said, seconds = _run(copy, sorted(tests), dict(variables))
        print(f"{'nothing':<58}  {f'{len(tests)} tests pass' if status == 0 else 'TESTS FAIL':<86}  {seconds:7.1f}")
        if status != 0:
            print(said)
            return False
    return True


def _is_noticed(copy: Path, mutation: Mutation) -> bool:
    before = mutation.apply(copy)
    try:
        status, said, seconds = _run(copy, mutation.tests, mutation.variables)
    finally:
        for path, text in before.items():
            path.write_text(text)
    failed = _FAILED.search(said)
    is_noticed = status == _TESTS_FAILED and failed is not None
    by = failed[1] if is_noticed and failed else "NOBODY" if status == 0 else f"NOBODY: pytest ended with {status}"
    print(f"{mutation.without:<58}  {by:<86}  {seconds:7.1f}", flush=True)
    if status not in (0, _TESTS_FAILED):
        print(said)
    return is_noticed


def _run(copy: Path, tests: Iterable[str], variables: Mapping[str, str]) -> tuple[int, str, float]:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider", "--tb=line", *tests],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
