"""A proof ends with who started it, however that ends, and what it started ends with it."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dravo_app.proving.installation import sweep
from tests.start.conftest import ROOT, is_alive, wait_until

pytestmark = pytest.mark.slow


def test_a_proof_ends_with_who_started_it(tmp_path: Path) -> None:
    with _proving(tmp_path, "--keep", str(tmp_path / "kept")) as (process, children):
        assert len(list(tmp_path.glob("dravo-proof-*"))) == 1
        assert process.stdin
        process.stdin.close()  # as the kernel does when who started it is gone
        assert process.wait(30) == 130
        wait_until(lambda: not any(map(is_alive, children)))
        assert list(tmp_path.glob("dravo-proof-*")) == []


def test_a_killed_proof_s_folder_is_removed_by_the_next(tmp_path: Path) -> None:
    left, held, young = (tmp_path / f"dravo-proof-{name}" for name in ("left", "held", "young"))
    for folder in (left, held, young):
        folder.mkdir()
        (folder / "lock").touch()
    with (held / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for folder in (left, held):
            os.utime(folder, (0, 0))
        sweep(tmp_path)
    assert [folder.exists() for folder in (left, held, young)] == [False, True, True]


@contextmanager
def _proving(folder: Path, *more: str) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """A run under way, and the processes that it has started by then: sandbox and workers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dravo_app.proving", "--posts", "4", "--json", *more],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    assert process.stdin
    try:
        wait_until(lambda: len(_children_of(process.pid)) >= 3, 50)
        yield process, _children_of(process.pid)
    finally:
        process.kill()
        process.wait()
        process.stdin.close()


def _children_of(pid: int) -> list[int]:
    return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if _parent_in(path) == pid]


def _parent_in(stat: Path) -> int | None:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except OSError:  # gone meanwhile
        return None
