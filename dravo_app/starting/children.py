"""START: one process under supervision: started, restarted when it dies, stopped when asked.

A child lives in a session of its own, so that Ctrl-C in the terminal reaches the supervisor alone, and ends with it
(`lifeline`). What a dead child leaves in its group is ended before the next one starts.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dravo_app.starting.lifeline import SWITCH, arm_child
from dravo_app.starting.logs import ProcessLog

QUICK_DEATH_SECONDS = 2.0
QUICK_DEATHS = 5
LONGEST_PAUSE_SECONDS = 5.0
_CHUNKS_AT_ONCE = 16
_RETRY_SECONDS = 0.1
_TROUBLE_LINES = 10  # shown in a window; a database that is away would fill the terminal
_TROUBLE_WINDOW_SECONDS = 60.0
_PATIENCE_SECONDS = 1.0


@dataclass(frozen=True)
class Program:
    """What to run. `may_start` answers a sentence while something is in the way; `stop_seconds` is its time to end."""

    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_seconds: float = 5.0
    may_start: Callable[[], str | None] = lambda: None


class Child:
    """A program's process, one after another."""

    def __init__(self, program: Program, folder: Path, tell: Callable[[str], None]) -> None:
        self.program = program
        self.log = ProcessLog(folder / f"{program.name}.log")
        self.restarts = 0
        self._tell = tell
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._start_at: float | None = time.monotonic()
        self._quick_deaths = 0
        self._obstacle_since: float | None = None
        self._trouble_since = 0.0
        self._trouble_lines = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def output(self) -> int | None:
        """The descriptor its output comes from, while there is any to come."""
        if self._process is None or self._process.stdout is None or self._process.stdout.closed:
            return None
        return self._process.stdout.fileno()

    def tend(self) -> None:
        """Take its output, notice its death, start it (again) when its time has come."""
        self.take_output()
        if self._process and self._process.poll() is not None:
            self._bury()
        if self._start_at is not None and time.monotonic() >= self._start_at:
            self._start()

    def take_output(self) -> None:
        """Move what it has written into its log; trouble is also told. One that never stops talking has to wait."""
        for _ in range(_CHUNKS_AT_ONCE):
            if (source := self.output) is None:
                return
            try:
                chunk = os.read(source, 65536)
            except BlockingIOError:
                return
            if not chunk:
                self._close_output()
            for line in self.log.take(chunk):
                self._tell_trouble(line)

    def ask_to_stop(self) -> None:
        """SIGTERM, and no more restarts."""
        self._start_at = None
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def has_ended(self) -> bool:
        """Is there no process (any more)?"""
        self.take_output()
        return self._process is None or self._process.poll() is not None

    def end(self) -> None:
        """SIGKILL to what is left of its group, and no more restarts."""
        self._start_at = None
        if self._process:
            self.take_output()
            _end_group(self._process.pid)
            self._process.wait()
            self._close_output()
            self._process = None

    def _tell_trouble(self, line: str) -> None:
        now = time.monotonic()
        if now - self._trouble_since > _TROUBLE_WINDOW_SECONDS:
            self._trouble_since, self._trouble_lines = now, 0
        self._trouble_lines += 1
        if self._trouble_lines <= _TROUBLE_LINES:
            self._tell(f"{self.program.name}: {line[:500]}")
        elif self._trouble_lines == _TROUBLE_LINES + 1:
            self._tell(f"{self.program.name}: more trouble, all of it in {self.log.path}")

    def _close_output(self) -> None:
        if self._process and self._process.stdout:
            self._process.stdout.close()

    def _start(self) -> None:
        obstacle = self.program.may_start()
        if obstacle:
            self._wait_for(obstacle)
            return
        self._obstacle_since = None
        self._start_at = None
        self._started_at = time.monotonic()
        try:
            self._process = _open(self.program)
        except OSError as error:
            self._plan_restart(f"can't be started ({error.strerror})")

    def _wait_for(self, obstacle: str) -> None:
        now = time.monotonic()
        self._obstacle_since = self._obstacle_since or now
        self._start_at = now + _RETRY_SECONDS
        if now - self._obstacle_since > _PATIENCE_SECONDS:
            self._tell(f"{self.program.name} waits: {obstacle}")
            self._obstacle_since = now + _PATIENCE_SECONDS * 9

    def _bury(self) -> None:
        dead = self._process
        assert dead is not None
        self.take_output()
        _end_group(dead.pid)
        self._close_output()
        self._process = None
        self._plan_restart(_how_it_ended(dead.returncode))

    def _plan_restart(self, how: str) -> None:
        alive_seconds = time.monotonic() - self._started_at
        self._quick_deaths = self._quick_deaths + 1 if alive_seconds < QUICK_DEATH_SECONDS else 0
        pause = pause_seconds(self._quick_deaths)
        self._start_at = time.monotonic() + pause
        self.restarts += 1
        last = f" Its last line: {self.log.last_line[:300]}" if self.log.last_line else ""
        again = f"again in {pause:g} s" if pause else "started again"
        self._tell(f"{self.program.name} {how}, {again}.{last} (all of it: {self.log.path})")


def pause_seconds(quick_deaths: int) -> float:
    """How long to wait before the next start, after so many deaths in a row within 2 s of their start."""
    if quick_deaths < QUICK_DEATHS:
        return 0.0
    return float(min(LONGEST_PAUSE_SECONDS, 0.5 * 2 ** min(quick_deaths - QUICK_DEATHS, 10)))


def _open(program: Program) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        program.command,
        env={**os.environ, **program.environment, SWITCH: "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        start_new_session=True,
        preexec_fn=arm_child(os.getpid()),
    )
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    return process


def _end_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"
