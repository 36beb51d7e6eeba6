"""START: `./dravo up`: prepares everything, starts the processes, restarts what dies, stops in order when asked.

Redis first and last; the worker stops before everything it uses, with time to finish what it has begun.
"""

import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType

from dravo_app.errors import ConfigurationError
from dravo_app.settings import Settings, read_settings
from dravo_app.starting import places
from dravo_app.starting.children import Child, Program
from dravo_app.starting.dashboard import serving_environment
from dravo_app.starting.lifeline import arm_child
from dravo_app.starting.queue_server import redis_program, wait_for_server
from dravo_app.starting.readiness import Readiness, say
from dravo_app.starting.trouble import CannotStart

_WEB = "dravo_app.dravo_app:app"
_GRANIAN = ["--interface", "asgi", "--factory", "--workers", "1", "--http", "1", "--ws", "--log-level", "warning"]
_HAS_SAID_WHY = 3  # the exit code of a preparation that has told its one sentence itself
_TICK_SECONDS = 0.1


class Signals:
    """How often we were asked to stop; a signal wakes a sleeping `wait_for_news`."""

    def __init__(self) -> None:
        self.requests = 0
        self.wakeup, waker = os.pipe()
        os.set_blocking(self.wakeup, False)
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._count)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)

    def _count(self, number: int, frame: FrameType | None) -> None:
        self.requests += 1


def main() -> int:
    """Run until asked to stop. Exit codes: 0 stopped as asked, 1 with one sentence where it can't start."""
    signals = Signals()
    try:
        settings = read_settings(dict(os.environ))
        places.prepare_data_folder(settings.data_dir)
        lock = places.take_folder(settings.data_dir)
        taken = places.why_port_is_taken(settings.host, settings.port)
        if taken:
            raise CannotStart(taken)
        with ExitStack() as at_the_end:
            at_the_end.callback(os.close, lock)
            _run(settings, signals, at_the_end)
    except (CannotStart, ConfigurationError) as trouble:
        if str(trouble):
            print(trouble, file=sys.stderr)
        return 1
    return 0


def _run(settings: Settings, signals: Signals, at_the_end: ExitStack) -> None:
    places.clear_runtime(settings.data_dir)
    at_the_end.callback(places.clear_runtime, settings.data_dir)
    environment = {"DRAVO_DATA_DIR": str(settings.data_dir), "PYTHONUNBUFFERED": "1"}
    children: list[Child] = []
    environment["REDIS_URL"] = os.environ.get("REDIS_URL") or _start_redis(settings, children, signals, at_the_end)
    prepared = _prepare(environment, signals)
    if prepared is None:
        return
    environment["DRAVO_SANDBOX_URL"] = f"http://127.0.0.1:{places.choose_port()}" if settings.sandbox else ""
    places.write_runtime(settings.data_dir, _runtime(settings, environment))
    programs = _programs(settings, environment, prepared.dashboard)
    children.extend(Child(program, settings.data_dir / "logs", say) for program in programs)
    at_the_end.callback(stop, children, signals)
    supervise(children, signals, Readiness(settings, prepared.is_first_run).look)
    say("Stopping")


def web_command(settings: Settings) -> list[str]:
    """The web server; it needs `serving_environment`."""
    address = ["--host", settings.host, "--port", str(settings.port)]
    return [sys.executable, "-m", "granian", *_GRANIAN, *address, _WEB]


def supervise(children: list[Child], signals: Signals, each_round: Callable[[], None] = lambda: None) -> None:
    """Tend the children until asked to stop."""
    while not signals.requests:
        for child in children:
            child.tend()
        each_round()
        wait_for_news(children, signals)


def stop(children: list[Child], signals: Signals) -> None:
    """Stop the children, last to first, each with its own time to end; another signal hastens."""
    asked = signals.requests
    for child in reversed(children):
        child.ask_to_stop()
        deadline = time.monotonic() + child.program.stop_seconds
        while not child.has_ended() and time.monotonic() < deadline and signals.requests <= asked:
            wait_for_news(children, signals)
        child.end()


def wait_for_news(children: Iterable[Child], signals: Signals) -> None:
    """Sleep until a child writes or ends, a signal arrives, or a tick has passed."""
    with selectors.DefaultSelector() as selector:
        selector.register(signals.wakeup, selectors.EVENT_READ)
        for child in children:
            if (source := child.output) is not None:
                selector.register(source, selectors.EVENT_READ)
        selector.select(_TICK_SECONDS)
    with suppress(BlockingIOError):
        os.read(signals.wakeup, 4096)
    for child in children:
        child.take_output()


def _start_redis(settings: Settings, children: list[Child], signals: Signals, at_the_end: ExitStack) -> str:
    folder = places.make_socket_folder()
    at_the_end.callback(shutil.rmtree, folder, ignore_errors=True)
    program, url = redis_program(folder, settings.data_dir)
    redis = Child(program, settings.data_dir / "logs", say)
    children.append(redis)
    at_the_end.callback(stop, [redis], signals)
    redis.tend()
    wait_for_server(url, seconds=5.0)
    return url


@dataclass(frozen=True)
class Prepared:
    """What the preparation found: the dashboard's folder; has nobody signed up yet?"""

    dashboard: Path
    is_first_run: bool


def _prepare(environment: Mapping[str, str], signals: Signals) -> Prepared | None:
    """Secrets and database, and the dashboard, at the same time; None where we were asked to stop."""
    database = _begin(["dravo_app.cli_prepare", "prepare"], environment)
    dashboard = _begin(["dravo_app.starting.dashboard"], environment)
    try:
        while database.poll() is None or dashboard.poll() is None:
            if signals.requests:
                return None
            if database.poll() or dashboard.poll():
                break
            wait_for_news([], signals)
        for name, process in (("database", database), ("dashboard", dashboard)):
            if process.poll():
                raise CannotStart("" if process.returncode == _HAS_SAID_WHY else f"Preparing the {name} failed.")
        is_first_run = '"first_run": false' not in database.communicate()[0]
        return Prepared(Path(dashboard.communicate()[0].strip()), is_first_run)
    finally:
        for process in (database, dashboard):
            _end(process)


def _begin(module: list[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *module],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=arm_child(os.getpid()),
    )


def _end(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout:
        process.stdout.close()


def _programs(settings: Settings, environment: Mapping[str, str], dashboard: Path) -> list[Program]:
    """In the order of starting; they stop in the opposite one."""
    python = sys.executable
    port = environment["DRAVO_SANDBOX_URL"].rpartition(":")[2]
    file = str(settings.data_dir / "sandbox.db")
    sandbox = Program("sandbox", [python, "-m", "dravo_app.sandbox", "--port", port, "--file", file], environment)
    web = Program(
        "web",
        web_command(settings),
        {**environment, **serving_environment(dashboard)},
        stop_seconds=10.0,
        may_start=partial(places.why_port_is_taken, settings.host, settings.port),
    )
    worker = Program("worker", [python, "-m", "dravo_app.worker"], environment, stop_seconds=30.0)
    return [sandbox, web, worker] if settings.sandbox else [web, worker]


def _runtime(settings: Settings, environment: Mapping[str, str]) -> dict[str, str | int]:
    return {
        "pid": os.getpid(),
        "address": settings.public_url,
        "redis_url": environment["REDIS_URL"],
        "sandbox_url": environment["DRAVO_SANDBOX_URL"],
        "started_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


if __name__ == "__main__":
    sys.exit(main())
