"""Hosts with links of their own, in network namespaces that are gone afterwards: `with hosts_apart(tmp_path, world) as net:`.

In the middle stands a host with the database, the queue and the sandbox: a relay there passes on to the test's own. The
addresses exist inside the namespaces only; nothing outside of them is touched.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url

from dravo_app.settings import Engine, get_settings
from tests.support.hosts import WORKER, Host
from tests.support.world import ROOT

MIDDLE = "10.21.0.1"
SANDBOX_PORT = 8080
_PORTS = {"database": 5432, "queue": 6379, "sandbox": SANDBOX_PORT}


@cache
def why_impossible() -> str | None:
    """Why this machine can't make network namespaces, tried for real; None where it can."""
    name = f"dravo-try-{os.getpid()}"
    try:
        _ip("netns", "add", name)
        try:
            _ip("-n", name, "link", "add", "name", "br0", "type", "bridge")
            _ip("-n", name, "link", "add", "name", "here", "type", "veth", "peer", "name", "there")
        finally:
            _ip("netns", "del", name)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "") or error
        return f"this machine can't make network namespaces: {str(said).strip()}"
    return None


class HostsApart:
    """`names` are hosts with a link each to the middle, which can be cut and healed."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        self.folder = folder
        self._names = names
        self._own = f"dravo-{os.getpid()}-{os.urandom(2).hex()}"
        self._relay: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        middle = self._space("middle")
        _ip("netns", "add", middle)
        _ip("-n", middle, "link", "add", "name", "br0", "type", "bridge")
        _ip("-n", middle, "address", "add", f"{MIDDLE}/24", "dev", "br0")
        for number, name in enumerate(self._names):
            space = self._space(name)
            _ip("netns", "add", space)
            _ip("-n", middle, "link", "add", "name", name, "type", "veth", "peer", "name", "eth0", "netns", space)
            _ip("-n", middle, "link", "set", "dev", name, "master", "br0")
            _ip("-n", space, "address", "add", f"10.21.0.{number + 2}/24", "dev", "eth0")
            for where, device in ((middle, name), (space, "eth0"), (space, "lo")):
                _ip("-n", where, "link", "set", "dev", device, "up")
        for device in ("br0", "lo"):
            _ip("-n", middle, "link", "set", "dev", device, "up")
        self._start_relay(middle)

    def worker(self, name: str, engine: Engine, **variables: str) -> Host:
        """A worker on that host."""
        known = {
            "DATABASE_URL": make_url(get_settings().database_url)
            .set(host=MIDDLE, port=_PORTS["database"], query={})
            .render_as_string(hide_password=False),
            "REDIS_URL": f"redis://{MIDDLE}:{_PORTS['queue']}",
            "DRAVO_SANDBOX_URL": f"http://{MIDDLE}:{_PORTS['sandbox']}",
        }
        return Host(
            *WORKER, folder=self.folder / name, engine=engine, inside=self.inside(name), **{**known, **variables}
        )

    def inside(self, name: str) -> tuple[str, ...]:
        """What runs a command on that host."""
        return ("ip", "netns", "exec", self._space(name))

    def cut(self, name: str) -> None:
        """From now on nothing comes through, in either direction, and nobody is told."""
        _ip("-n", self._space("middle"), "link", "set", "dev", name, "down")

    def heal(self, name: str) -> None:
        _ip("-n", self._space("middle"), "link", "set", "dev", name, "up")

    def hold_answers(self) -> None:
        """What the sandbox answers from now on is kept back, until `pass_answers`."""
        (self.folder / "hold").touch()

    def pass_answers(self) -> None:
        (self.folder / "hold").unlink(missing_ok=True)

    def close(self) -> None:
        if self._relay is not None:
            self._relay.kill()
            self._relay.wait()
        for name in (*self._names, "middle"):
            with suppress(subprocess.CalledProcessError):
                _ip("netns", "del", self._space(name))

    def _space(self, name: str) -> str:
        return f"{self._own}-{name}"

    def _start_relay(self, middle: str) -> None:
        roads = [f"{MIDDLE}:{_PORTS[name]}={target}" for name, target in _targets().items()]
        command = ["ip", "netns", "exec", middle, sys.executable, "-m", "tests.support.relay", str(self.folder), *roads]
        environment = {**os.environ, "DRAVO_DIE_WITH_PARENT": "1"}
        with tempfile.TemporaryFile() as trouble:
            self._relay = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=trouble)
            assert self._relay.stdout is not None
            with self._relay.stdout as said:
                line = said.readline()
            trouble.seek(0)
            assert line == b"listening\n", trouble.read().decode()


@contextmanager
def hosts_apart(folder: Path, *names: str) -> Iterator[HostsApart]:
    """Made, and removed whatever happens."""
    folder.mkdir(exist_ok=True)
    apart = HostsApart(folder, names)
    try:
        apart.start()
        yield apart
    finally:
        apart.close()


def _targets() -> dict[str, str]:
    settings = get_settings()
    database = make_url(settings.database_url)
    folder = str(database.query.get("host", ""))
    port = database.port or 5432
    return {
        "database": f"{folder}/.s.PGSQL.{port}" if folder else f"{database.host}:{port}",
        "queue": settings.redis_url.removeprefix("unix://"),
        "sandbox": urlsplit(settings.sandbox_url).netloc,
    }


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
