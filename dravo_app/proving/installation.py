"""An installation for one proof: its own folder, database, secret, sandbox and workers. Nothing of it is left afterwards.

Its processes end with this one, however it ends; its folder is removed at the end or, where this process was killed, by the
next proof.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from dravo_app import crypto, db, migrations, settings
from dravo_app.errors import ConfigurationError
from dravo_app.proving.pictures import serving_a_picture
from dravo_app.services import members, networks, seals
from dravo_app.settings import Engine, get_settings
from dravo_app.starting.lifeline import SWITCH, arm_child

WORKERS = 2
TIMES = Engine(
    lease_seconds=3.0,
    heartbeat_seconds=0.8,
    poll_seconds=0.1,
    sweep_seconds=0.3,
    leader_seconds=2.0,
    drain_seconds=5.0,
    backoff_seconds=0.002,
    look_up_seconds=0.3,
    settle_seconds=5.0,  # the slowest answer of this sandbox takes little more than one
    threads=16,
)
"""The engine's rules are those of every day; only its patience is shorter, so that the proof ends within a minute."""

_PREFIX = "dravo-proof-"
_START_SECONDS = 30.0
_YOUNG_SECONDS = 60.0
_TICK_SECONDS = 0.02


class CannotProve(Exception):
    """The proof can't be run; the text is the sentence why."""


class Installation:
    """`sandbox` is the address of its networks, `picture` that of the one picture it can post."""

    def __init__(self, folder: Path, picture: str) -> None:
        self.folder = folder
        self.picture = picture
        self.sandbox = ""
        self._started: list[subprocess.Popen[bytes]] = []
        self._workers: dict[int, subprocess.Popen[bytes]] = {}

    def start_sandbox(self) -> None:
        """Returns when it listens. Raises CannotProve."""
        process = self._start("sandbox", "dravo_app.sandbox", "--port", "0", "--file", str(self.folder / "sandbox.db"))
        said = self._wait_for("sandbox", process, "listening on ")
        self.sandbox = said.rpartition("listening on ")[2].split()[0]

    def start_workers(self) -> None:
        """Start the workers that aren't there; they are ready a moment later."""
        for number in range(1, WORKERS + 1):
            if number not in self._workers:
                self._workers[number] = self._start(f"worker-{number}", "dravo_app.worker")

    def has_worker(self) -> bool:
        """Has one of those that are there reported? What the killed said before counts for nobody."""
        pids = {process.pid for process in self._workers.values()}
        with db.reading() as session:
            return any(one.role == "worker" and one.pid in pids for one in members.list_members(session))

    def pid_of(self, number: int) -> int:
        return self._workers[number].pid

    def kill_worker(self, number: int) -> None:
        """As `kill -9` does it; returns when it is gone."""
        process = self._workers.pop(number)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def logs(self) -> list[Path]:
        """What the processes wrote."""
        return sorted(self.folder.glob("*.log"))

    def bury_the_dead(self) -> None:
        """Raises CannotProve where something ended that nobody has killed."""
        for number, process in self._workers.items():
            if process.poll() is not None:
                raise CannotProve(f"Worker {number} ended by itself. {self._last_words(f'worker-{number}')}")

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
        for process in self._started:
            process.wait()

    def _start(self, name: str, *module: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *module],
                env={**os.environ, "DRAVO_SANDBOX_URL": self.sandbox, SWITCH: "1", "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for this process; it ends the others itself
                preexec_fn=arm_child(os.getpid()),
            )
        self._started.append(process)
        return process

    def _wait_for(self, name: str, process: subprocess.Popen[bytes], words: str) -> str:
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            said = (self.folder / f"{name}.log").read_text(errors="replace")
            if words in said and said.endswith("\n"):
                return said
            if process.poll() is not None:
                raise CannotProve(f"The {name} did not start. {self._last_words(name)}")
            time.sleep(_TICK_SECONDS)
        raise CannotProve(f"The {name} did not start within {_START_SECONDS:g} s. {self._last_words(name)}")

    def _last_words(self, name: str) -> str:
        lines = (self.folder / f"{name}.log").read_text(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f"It said: {last[:300]}" if last else "It said nothing."


@contextmanager
def installation() -> Iterator[Installation]:
    """Everything but the workers, ready. This whole process belongs to it from now on. Raises CannotProve."""
    with ExitStack() as at_the_end:
        try:
            folder = at_the_end.enter_context(_folder())
            picture = at_the_end.enter_context(serving_a_picture())
            _settle(folder, picture)
            made = Installation(folder, picture)
            at_the_end.callback(networks.close_clients)
            at_the_end.callback(made.end)
            made.start_sandbox()
            os.environ["DRAVO_SANDBOX_URL"] = made.sandbox
            get_settings.cache_clear()
            _prepare(get_settings())
        except (OSError, ConfigurationError) as trouble:
            raise CannotProve(f"The proof's own installation can't be made: {trouble}.") from trouble
        yield made


def sweep(among: Path) -> None:
    """Remove what proofs that were killed have left there; one that is a minute old may be just beginning."""
    for folder in among.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _YOUNG_SECONDS and _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _folder() -> Iterator[Path]:
    """A new folder, held by a lock while this process lives; what killed proofs left behind is removed first."""
    sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _is_abandoned(folder: Path) -> bool:
    if not (folder / "lock").exists():
        return folder.stat().st_uid == os.getuid()
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True


def _settle(folder: Path, picture: str) -> None:
    """Nothing of the environment reaches the proof: no database, no queue, no key, no address of anybody else's."""
    for name in list(os.environ):
        if name.startswith("DRAVO_") or name in ("DATABASE_URL", "REDIS_URL"):
            del os.environ[name]
    data = folder / "data"
    data.mkdir(mode=0o700)
    os.environ["DRAVO_DATA_DIR"] = str(data)
    os.environ["DRAVO_ALLOW_PRIVATE"] = picture.split("/")[2]
    os.environ.update({f"DRAVO_ENGINE_{name.upper()}": str(value) for name, value in vars(TIMES).items()})
    get_settings.cache_clear()


def _prepare(own: settings.Settings) -> None:
    crypto.make_key_file(own)
    crypto.get_keys(own)
    migrations.upgrade(own.database_url)
    with db.transaction() as session:
        seals.check_seal(session)
