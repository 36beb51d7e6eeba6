"""The installation's own proof: one at a time, kept in `<data>/proof/` so that every page, tab and reload finds the same one.

A run is a program of its own (`python -m dravo_app.proving --keep FOLDER`) that writes what it says into the folder and holds
its lock meanwhile. It ends with the process that started it: its standard input is a pipe from there.
"""

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from dravo_app.errors import Unavailable
from dravo_app.services.proofs.record import Books, Kind, Line
from dravo_app.settings import get_settings

FEWEST, MOST, USUAL = 4, 200, 40
"""Posts in a proof."""
BEGINS = "The proof begins."

_LOCK, _LINES, _BOOKS, _LOG, _TROUBLE = "lock", "lines.jsonl", "books.json", "log.json", "trouble.log"
_TAKE_SECONDS = 2.0  # who only looks holds the lock for a moment
_run: subprocess.Popen[bytes] | None = None  # kept: the run ends when its pipe to here does
_beginning = threading.Lock()


@dataclass(frozen=True)
class Standing:
    """`lines` are those of the run under way, or of the last one where it ended without books; `books` the last there are.

    `trouble` says why the last run has no books, "" where it has.
    """

    is_running: bool = False
    lines: list[Line] = field(default_factory=list)
    books: Books | None = None
    trouble: str = ""


class AlreadyRunning(Exception):
    """Another process holds the folder's lock."""


def begin(seed: int | None = None, posts: int = USUAL) -> None:
    """Start a proof, or join the one under way. Blocks for a moment. Raises Unavailable where no program can be started."""
    with _beginning:
        if not is_running():
            _begin(seed, posts)


def is_running() -> bool:
    """Is a proof under way, begun by this process or by another one of this installation?"""
    return (_run is not None and _run.poll() is None) or _is_locked(_folder() / _LOCK)


def look() -> Standing:
    """How the proof stands. Blocks for some milliseconds."""
    folder = _folder()
    is_under_way = is_running()
    lines = _read_lines(folder) if not is_under_way or _is_locked(folder / _LOCK) else []
    if is_under_way:
        return Standing(True, lines or [Line(kind=Kind.STEP, words=BEGINS)])
    ending = lines[-1] if lines else None
    trouble = "" if ending and ending.kind is Kind.BOOKS else _why_broken(folder, ending)
    return Standing(False, lines if trouble else [], _read_books(folder), trouble)


def read_log() -> bytes | None:
    """What the sandbox's log said at the end of the last proof that has books, as JSON; None where there is none yet."""
    try:
        return (_folder() / _LOG).read_bytes()
    except FileNotFoundError:
        return None


class Kept:
    """A run's side of the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / _LINES).write_bytes(b"")

    def say(self, line: Line) -> None:
        """One more line; the books are kept until there are new ones."""
        if line.kind is Kind.BOOKS and line.books:
            _replace(self._folder / _BOOKS, line.books.model_dump_json().encode())
        with (self._folder / _LINES).open("ab") as lines:
            lines.write(line.to_json().encode() + b"\n")

    def keep_log(self, items: list[dict[str, object]]) -> None:
        rows = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
        _replace(self._folder / _LOG, f'{{"items": [\n{rows}\n]}}\n'.encode())


@contextmanager
def keeping(folder: Path) -> Iterator[Kept]:
    """Hold the folder for one run. Raises AlreadyRunning."""
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(lock)
        yield Kept(folder)
    finally:
        os.close(lock)


def _begin(seed: int | None, posts: int) -> None:
    global _run
    folder = _folder()
    wanted = [] if seed is None else ["--seed", str(seed)]
    program = [sys.executable, "-m", "dravo_app.proving", "--keep", str(folder), "--posts", str(posts), *wanted]
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / _LINES).write_bytes(b"")
        with (folder / _TROUBLE).open("wb") as trouble:
            _run = subprocess.Popen(
                program, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=trouble, start_new_session=True
            )
    except OSError as error:
        raise Unavailable(f"The proof can't be started: {error.strerror or error}.") from None


def _take(lock: int) -> None:
    end = time.monotonic() + _TAKE_SECONDS
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise AlreadyRunning from None
        time.sleep(0.02)


def _is_locked(path: Path) -> bool:
    try:
        lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _read_lines(folder: Path) -> list[Line]:
    try:
        written = (folder / _LINES).read_bytes()
    except FileNotFoundError:
        return []
    try:
        # the last one is empty, or not yet whole
        return [Line.model_validate_json(line) for line in written.split(b"\n")[:-1]]
    except ValidationError:  # another version's
        return []


def _read_books(folder: Path) -> Books | None:
    with suppress(FileNotFoundError, ValidationError):  # books of another version are no books of ours
        return Books.model_validate_json((folder / _BOOKS).read_bytes())
    return None


def _why_broken(folder: Path, ending: Line | None) -> str:
    if ending is not None and ending.kind is Kind.BROKEN:
        return ending.words
    said = _last_words(folder)
    if said:
        return f"The proof ended before its books were drawn up. It said: {said}"
    if ending is not None:
        return "The proof was broken off: Dravo was stopped or restarted meanwhile."
    if _run is not None and _run.poll() not in (None, 0, 1):
        return f"The proof ended at once and without a word (exit code {_run.returncode})."
    return ""


def _last_words(folder: Path) -> str:
    try:
        lines = (folder / _TROUBLE).read_text(errors="replace").split("\n")
    except FileNotFoundError:
        return ""
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


def _replace(path: Path, content: bytes) -> None:
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(content)
    os.replace(new, path)


def _folder() -> Path:
    return get_settings().data_dir / "proof"
