"""START: what one `up` needs for itself before any process starts: the data folder, its lock, a free port."""

import errno
import fcntl
import json
import os
import secrets
import shutil
import socket
import tempfile
from pathlib import Path

from dravo_app.starting.trouble import CannotStart

_SOCKET_PATH_BYTES = 107  # the kernel's limit for a unix socket's address
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def prepare_data_folder(folder: Path) -> None:
    """Make the data folder and what belongs in it, for its owner only. Raises CannotStart where it can't be written."""
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o700)
        for name in ("run", "logs", "redis"):
            (folder / name).mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CannotStart(
            f"Dravo can't write its data folder {folder} ({error.strerror}): "
            "set DRAVO_DATA_DIR to a folder that you may write."
        ) from None


def take_folder(folder: Path) -> int:
    """Lock the data folder for this `up`; the descriptor holds the lock. Raises CannotStart where another has it."""
    descriptor = os.open(folder / "run" / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
        os.close(descriptor)
        raise CannotStart(
            f"Dravo already runs on {folder}{f' (process {owner})' if owner else ''}: "
            "stop it, or set DRAVO_DATA_DIR and DRAVO_PORT for a second copy."
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def why_port_is_taken(host: str, port: int) -> str | None:
    """One sentence where the web server could not listen there, else None.

    Granian shares a port without an error (SO_REUSEPORT), so two servers could answer by turns: this bind doesn't share.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        return f"DRAVO_HOST {host!r} is not an address of this machine."
    except OSError as error:
        return _port_sentence(host, port, error)
    return None


def _port_sentence(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by another program: set DRAVO_PORT to a free one."
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than you have: set DRAVO_PORT to one above 1023."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"DRAVO_HOST {host!r} is not an address of this machine."
    return f"Dravo can't listen on {host} port {port}: {error.strerror}."


def choose_port() -> int:
    """A port on loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def make_socket_folder() -> Path:
    """A new private folder whose path is short enough for a unix socket."""
    for base in (os.environ.get("XDG_RUNTIME_DIR"), "/tmp"):
        if base and len(os.fsencode(base)) + len("/dravo-12345678/redis.sock") <= _SOCKET_PATH_BYTES:
            try:
                return Path(tempfile.mkdtemp(prefix="dravo-", dir=base))
            except OSError:
                continue
    raise CannotStart("Dravo found no folder for its queue's socket: /tmp can't be written.")


def write_runtime(folder: Path, found: dict[str, str | int]) -> None:
    """Tell the operator's verbs where everything is; the file is complete or not there."""
    path = _runtime(folder)
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(found))
    os.replace(new, path)


def clear_runtime(folder: Path) -> None:
    """Remove the runtime file, and the socket folder a killed `up` left behind."""
    try:
        left = json.loads(_runtime(folder).read_text()).get("redis_url", "")
    except (OSError, ValueError, AttributeError):
        left = ""
    if isinstance(left, str) and left.startswith("unix://") and Path(left[7:]).parent.name.startswith("dravo-"):
        shutil.rmtree(Path(left[7:]).parent, ignore_errors=True)
    _runtime(folder).unlink(missing_ok=True)


def first_run_code(folder: Path) -> str:
    """The one-time code the first run asks for where a stranger could reach it; made once, kept until it is used."""
    path = _code(folder)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text("-".join("".join(secrets.choice(_CODE_LETTERS) for _ in range(4)) for _ in range(3)))
    return path.read_text().strip()


def drop_first_run_code(folder: Path) -> None:
    """Somebody has signed up: there is nothing left to ask the code for."""
    _code(folder).unlink(missing_ok=True)


def _code(folder: Path) -> Path:
    return folder / "run" / "first_run_code"


def _runtime(folder: Path) -> Path:
    return folder / "run" / "runtime.json"
