"""Has one program of Debian's in the cache of peers, without root: fetched by apt from the machine's own mirror, unpacked.

Nothing is installed into the system: apt works on folders of its own here, and the package is only unpacked.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.peers.node_app import PeerUnavailable, cache_folder

LIMIT_SECONDS = 120.0
_TARGETS = "$(CREATED_BY)\t$(REPO_URI)\t$(RELEASE)\t$(COMPONENT)"
_KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True)
class DebApp:
    """One `package` at a pinned `version`, from `suite`, for machines that run `codename`; `program` is what is started."""

    package: str
    version: str
    codename: str
    suite: str
    program: str
    needs: str

    @property
    def folder(self) -> Path:
        return cache_folder() / f"{self.package}-{self.version}"

    @property
    def path(self) -> Path:
        return self.folder / "root" / self.program


def is_installed(app: DebApp) -> bool:
    """The last step is a rename, so what is there is whole."""
    return os.access(app.path, os.X_OK)


def install(app: DebApp, announce: Callable[[str], None]) -> None:
    """Have `app` when this returns, in a few seconds where it isn't there. Raises PeerUnavailable with the reason."""
    if is_installed(app):
        return
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise PeerUnavailable("it comes from Debian, and there is no apt here")
    if codename() != app.codename:
        raise PeerUnavailable(f"its package is for Debian {app.codename}, and this is another system")
    announce(f"fetching {app.package} {app.version} into {app.folder} …")
    with _lock(app):
        if not is_installed(app):
            _fetch(app)


def _fetch(app: DebApp) -> None:
    work = app.folder.with_name(app.folder.name + ".part")
    shutil.rmtree(work, ignore_errors=True)
    for name in ("lists/partial", "archives/partial", "sources"):
        (work / name).mkdir(parents=True)
    (work / "sources" / "peer.sources").write_text(_source(app))
    apt = ["apt-get", "-q", *_private(work)]
    _run("apt can't read its mirror", [*apt, "update"], work)
    _run("apt can't fetch it", [*apt, "download", f"{app.package}={app.version}"], work)
    [package] = work.glob("*.deb")
    _run("it can't be unpacked", ["dpkg-deb", "-x", str(package), str(work / "root")], work)
    _check_libraries(app, work / "root" / app.program)
    shutil.rmtree(app.folder, ignore_errors=True)
    work.rename(app.folder)


def _private(work: Path) -> list[str]:
    """apt's folders in ours; proxies and keys stay the machine's."""
    options = {
        "Dir::State::lists": work / "lists",
        "Dir::Cache": work,
        "Dir::Cache::archives": work / "archives",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": work / "sources",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        "Acquire::http::Timeout": "20",
        "APT::Update::Error-Mode": "any",
        "Debug::NoLocking": "1",
    }
    return [part for name, value in options.items() for part in ("-o", f"{name}={value}")]


def _source(app: DebApp) -> str:
    """The suite on the mirror from which this machine has its own packages, signed with Debian's key."""
    listed = _run(
        "apt doesn't say where its packages come from", ["apt-get", "indextargets", "--format", _TARGETS], None
    )
    for line in listed.splitlines():
        kind, address, release, component = (line.split("\t") + [""] * 4)[:4]
        if (kind, release, component) == ("Packages", app.codename, "main"):
            signed = f"Signed-By: {_KEYS}\n" if _KEYS.exists() else ""
            return f"Types: deb\nURIs: {address}\nSuites: {app.suite}\nComponents: main\n{signed}"
    raise PeerUnavailable(f"apt has no source for {app.codename} main to find the mirror by")


def _check_libraries(app: DebApp, program: Path) -> None:
    found = _run("its libraries can't be listed", ["ldd", str(program)], None)
    if "not found" in found:
        raise PeerUnavailable(f"a library that it needs is not there (Debian: apt install {app.needs})")


def codename() -> str:
    """What this machine runs, in Debian's word for it; "" where it doesn't say."""
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition("=")[2].strip('"') for line in lines if line.startswith("VERSION_CODENAME=")), "")


def _run(complaint: str, command: list[str], cwd: Path | None) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=os.environ | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerUnavailable(f"{complaint}: {error}") from None
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if line.startswith(("E:", "Err"))] or ["it said nothing"]
        raise PeerUnavailable(f"{complaint}: {' / '.join(lines[:2])[:300]}")
    return done.stdout


@contextlib.contextmanager
def _lock(app: DebApp) -> Iterator[None]:
    """One fetch at a time; several test processes may want it at once."""
    app.folder.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + LIMIT_SECONDS
    with app.folder.with_name(app.folder.name + ".lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise PeerUnavailable(f"another process has been fetching it for too long ({lock.name})") from None
                time.sleep(0.1)
        yield
