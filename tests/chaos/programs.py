"""The processes that a run is made of: each can be killed, frozen, ended politely and started again."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import httpx

from dravo_app.starting.lifeline import arm_child
from tests.chaos.moved_time import VARIABLE, MovedTime
from tests.support.sandbox_server import Sandbox
from tests.support.world import ROOT

T = TypeVar("T")
_starter = ThreadPoolExecutor(1, thread_name_prefix="starter")


def from_a_lasting_thread(start: Callable[[], T]) -> T:
    """Start a process from a thread that never ends: who dies with its parent dies with the thread that started it."""
    return _starter.submit(start).result()


class Running:
    """One process of ours, with its output in a file."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as output:
            whole = {**os.environ, **environment, "DRAVO_DIE_WITH_PARENT": "1"}
            self.process = from_a_lasting_thread(
                lambda: subprocess.Popen(
                    command, cwd=ROOT, env=whole, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                    start_new_session=True, preexec_fn=arm_child(os.getpid()),
                )
            )  # fmt: skip

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """`kill -9`; what it started ends with it."""
        if self.is_alive:
            self.process.kill()
            self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def ask_to_end(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float) -> int | None:
        """Its exit code, None where it doesn't end in time."""
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None

    def may_write(self, is_allowed: bool) -> None:
        """Forbidden, no file of it may grow, as on a full disk."""
        hard = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (hard if is_allowed else 0, hard))


def start_worker(environment: Mapping[str, str], log: Path, crashpoint: str = "") -> Running:
    """A worker; with a crash point it dies there."""
    command = [sys.executable, "-m", "tests.chaos.moved_worker"]
    return Running("worker", command, {**environment, "DRAVO_CRASHPOINT": crashpoint}, log)


def start_door(environment: Mapping[str, str], log: Path, port: int, crashpoint: str = "") -> Running:
    """`/v1` on a port, served as in production."""
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--workers", "1", "--http", "1"]
    command += ["--log-level", "warning", "--port", str(port), "tests.chaos.door:app"]
    return Running("door", command, {**environment, "DRAVO_CRASHPOINT": crashpoint}, log)


def wait_for_door(port: int, seconds: float = 20.0) -> bool:
    """Until it answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/livez", timeout=1, trust_env=False).status_code == 200:
                return True
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    return False


class MovedSandbox(Sandbox):
    """The sandbox, on a clock of its own."""

    module = "tests.chaos.moved_sandbox"

    def __init__(self, file: Path, moved: MovedTime) -> None:
        super().__init__(file)
        self._moved = moved

    def start(self) -> None:
        before = os.environ[VARIABLE]
        os.environ[VARIABLE] = str(self._moved.path)
        try:
            from_a_lasting_thread(super().start)
        finally:
            os.environ[VARIABLE] = before
