"""Starts the programs a peer consists of so that none outlives the tests: each dies with the process that started it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

# Runs between fork and exec: asks the kernel for a signal at the parent's death, then becomes the program. Not
# `preexec_fn`, which may deadlock where the parent has threads.
_LAUNCH = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
os.getppid() == int(sys.argv[1]) or sys.exit("the parent was gone before the start")
os.execvp(sys.argv[2], sys.argv[2:])
"""


def dies_with_us(command: Sequence[str]) -> list[str]:
    """The same command, wrapped so that the kernel ends it (SIGTERM) when the calling thread's process ends; Linux only."""
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), *command]


def run(command: Sequence[str], *, cwd: Path, env: dict[str, str], limit_seconds: float, keep_open: int) -> str | None:
    """Run to the end with the descriptor `keep_open` inherited; None if all went well, else why not in two lines."""
    child = subprocess.Popen(
        dies_with_us(command),
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=[keep_open],
        start_new_session=True,
    )
    try:
        output, _ = child.communicate(timeout=limit_seconds)
    except subprocess.TimeoutExpired:
        return f"{Path(command[0]).name} did not finish within {limit_seconds:.0f} s"
    finally:
        end_group(child)
    return None if child.returncode == 0 else _complaint(output)


def end_group(child: subprocess.Popen[bytes]) -> None:
    """End a child started in its own session with everything it started; nothing happens if all of it is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _complaint(output: bytes) -> str:
    """What went wrong in at most two lines; both pip and npm mark them with ERROR, in some case or other."""
    lines = [line.strip() for line in output.decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return " / ".join((errors or lines)[:2])[:400] or "it said nothing"
