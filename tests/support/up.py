"""A real `./dravo up` for tests: a data folder and a port of its own, and everything it started ends with it."""

import json
import os
import re
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support import warm

ROOT = Path(__file__).parent.parent.parent
_READY_SECONDS = 150.0  # the first one builds the dashboard


class Up:
    """`address` is where it answers."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self._environment = _environment(folder, variables)
        self.address = f"http://127.0.0.1:{self._environment['DRAVO_PORT']}"
        self._said = folder / "up.log"
        self._key: str | None = None
        folder.mkdir(parents=True, exist_ok=True)
        with self._said.open("w") as said:
            self.process = subprocess.Popen(
                ["./dravo", "up"], cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )

    def wait_until_ready(self) -> None:
        """Return when it has printed its address. Raises AssertionError with what it said instead."""
        end = time.monotonic() + _READY_SECONDS
        while f"ready at {self.address}" not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.1)

    def said(self) -> str:
        """What it has printed so far."""
        return self._said.read_text()

    def verb(self, *arguments: str, stdin: str = "") -> str:
        """Run an operator's verb beside it; the answer is what it printed."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as wrong:
            given.write(stdin.encode())
            given.seek(0)
            files = [file.fileno() for file in (said, wrong, given)]
            code = warm.start("dravo_app.cli", arguments, self._environment, *files).wait(60)
            for file in (said, wrong):
                file.seek(0)
            assert code == 0, wrong.read().decode()
            return said.read().decode().strip()

    def test_key(self) -> str:
        """The API key of the test environment, made when it is first asked for."""
        if self._key is None:
            self._key = self.verb("key", "create", "--name", "tests", "--environment", "test")
        return self._key

    def call(self, key: str, method: str, path: str, body: dict[str, object] | None = None) -> dict[str, Any]:
        """Ask /v1."""
        request = urllib.request.Request(f"{self.address}/v1{path}", method=method)
        request.add_header("Authorization", f"Bearer {key}")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def stop(self) -> None:
        """SIGTERM, and wait until all is down."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            raise


@contextmanager
def running_up(folder: Path, **variables: str) -> Iterator[Up]:
    """A ready one, stopped afterwards."""
    up = Up(folder, **variables)
    try:
        up.wait_until_ready()
        yield up
    finally:
        up.stop()


def _environment(folder: Path, variables: dict[str, str]) -> dict[str, str]:
    ours = re.compile(r"DRAVO_(?!CHROMIUM|TEST_)|DATABASE_URL$|REDIS_URL$")
    kept = {name: value for name, value in os.environ.items() if not ours.match(name)}
    return {**kept, "DRAVO_DATA_DIR": str(folder / "data"), "DRAVO_PORT": str(_free_port()), **variables}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
