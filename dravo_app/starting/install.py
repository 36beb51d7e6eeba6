"""START: makes `.venv` and puts the locked packages into it, once; safe to interrupt at any moment and to run twice.

A stamp per lock file is written last. Where pip was cut off in the middle (`installing` is still there) the whole
environment is made anew, because a half-copied package looks installed to pip.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dravo_app.starting.lifeline import arm_child

RUN_LOCK, TEST_LOCK = "requirements.txt", "requirements-dev.txt"
_CUT_OFF = "dravo-installing"


class NotInstalled(Exception):
    """The environment can't be made; the message is one sentence for people."""


def ensure_installed(root: Path, with_tests: bool) -> Path:
    """The environment's Python, after installing what the locks ask for. Raises NotInstalled with what to do."""
    locks = [RUN_LOCK, TEST_LOCK] if with_tests else [RUN_LOCK]
    venv = root / ".venv"
    if not _missing(venv, root, locks):
        return _python(venv)
    try:
        with _only_one(root) as lock:
            _install(venv, root, locks, lock)
    except OSError as error:
        raise NotInstalled(f"Dravo can't write its environment {venv}: {error.strerror or error}.") from None
    return _python(venv)


def _missing(venv: Path, root: Path, locks: list[str]) -> list[str]:
    if (venv / _CUT_OFF).exists() or not os.access(_python(venv), os.X_OK):
        return locks
    return [lock for lock in locks if _read(_stamp(venv, lock)) != _wanted(root, lock)]


def _install(venv: Path, root: Path, locks: list[str], lock: int) -> None:
    if (venv / _CUT_OFF).exists() or (venv.exists() and not _fits(venv)):
        _say("Making the environment anew: the last installation didn't finish.")
        shutil.rmtree(venv)
    if not venv.exists():
        _say("Making Dravo's own Python environment (.venv)")
        _make(venv, lock)
    for name in _missing(venv, root, locks):
        count = sum(1 for line in _read(root / name).splitlines() if line and not line.startswith("#"))
        _say(f"Installing {count} packages ({name}); this takes about half a minute, once")
        (venv / _CUT_OFF).touch()
        _run_pip(venv, root / name, lock)
        _compile(venv, lock)
        _stamp(venv, name).write_text(_wanted(root, name))
        (venv / _CUT_OFF).unlink()


def _fits(venv: Path) -> bool:
    """Does the environment run, and with this Python's version?"""
    asked = [str(_python(venv)), "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        found = subprocess.run(asked, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return found.stdout.split() == [str(part) for part in sys.version_info[:2]] and _has_pip(venv)


def _has_pip(venv: Path) -> bool:
    return any(venv.glob("lib/python*/site-packages/pip"))


def _make(venv: Path, lock: int) -> None:
    made = _child([sys.executable, "-m", "venv", str(venv)], lock)
    if made.returncode == 0:
        return
    shutil.rmtree(venv, ignore_errors=True)
    if "ensurepip" in made.stdout or "No module named venv" in made.stdout:
        version = ".".join(str(part) for part in sys.version_info[:2])
        raise NotInstalled(
            f"This Python ({version}) has no venv module: install it (Debian: apt install python3-venv) "
            "and run ./dravo again."
        )
    raise NotInstalled(f"Dravo can't make its environment {venv}: {_last_line(made.stdout)}")


def _run_pip(venv: Path, names: Path, lock: int) -> None:
    """pip as the user has set it up: index, certificates, proxies, and cache come from their own settings."""
    options = ["--quiet", "--no-deps", "--no-compile", "--no-input", "--disable-pip-version-check"]
    done = _child([str(_python(venv)), "-m", "pip", "install", *options, "-r", str(names)], lock)
    if done.returncode == 0:
        return
    if done.returncode > 0:  # pip ended by itself: it has put back what it had begun
        (venv / _CUT_OFF).unlink()
    log = venv / "dravo-pip.log"
    log.write_text(done.stdout)
    raise NotInstalled(
        f"The packages can't be installed: {_last_line(done.stdout)} Check the network (or pip's index settings) "
        f"and run ./dravo again; pip's whole answer is in {log}."
    )


def _compile(venv: Path, lock: int) -> None:
    """All byte code at once on all cores: faster than pip's, and no process has to write any later."""
    _child([str(_python(venv)), "-m", "compileall", "-q", "-j", "0", str(venv / "lib")], lock)


def _child(command: list[str], lock: int) -> subprocess.CompletedProcess[str]:
    """Run with the lock's descriptor: a child that outlives a killed parent still keeps others out."""
    return subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        check=False,
        pass_fds=(lock,),
        preexec_fn=arm_child(os.getpid()),
    )


@contextmanager
def _only_one(root: Path) -> Iterator[int]:
    descriptor = os.open(root / ".venv.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another ./dravo is installing; waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _wanted(root: Path, lock: str) -> str:
    """What the stamp must say: this lock, this Python, this place (scripts in it carry absolute paths)."""
    version = ".".join(str(part) for part in sys.version_info[:2])
    return f"{hashlib.sha256((root / lock).read_bytes()).hexdigest()} {version} {root}"


def _stamp(venv: Path, lock: str) -> Path:
    return venv / f"dravo-{lock}.stamp"


def _python(venv: Path) -> Path:
    return venv / "bin" / "python"


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _last_line(text: str) -> str:
    lines = [line.removeprefix("ERROR: ").strip() for line in text.splitlines() if line.startswith("ERROR: ")]
    lines = lines or [line.strip() for line in text.splitlines() if line.strip()] or ["no reason was given"]
    return lines[-1].rstrip(".")[:300] + "."


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
