"""What the tests of starting share: a supervisor over fake programs that ends with the test, and waiting for things."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FakeUp = Callable[..., subprocess.Popen[str]]


def wait_until(is_so: Callable[[], object], seconds: float = 5.0) -> float:
    """Wait until it is so; answers how long that took. Fails the test after `seconds`."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < seconds, "it never came to be"
        time.sleep(0.01)
    return time.monotonic() - began


def is_alive(pid: int) -> bool:
    """Is there such a process, other than one that only waits to be buried?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def read_pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


@pytest.fixture
def fake_up(tmp_path: Path) -> Iterator[FakeUp]:
    started: list[subprocess.Popen[str]] = []

    def start(**scripts: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.start.fake_up", str(tmp_path)]
        process = subprocess.Popen(
            [*command, *(f"{name}={script}" for name, script in scripts.items())],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.communicate()
