"""Starts a real sandbox for a test and says what the world saw: `with running_sandbox(tmp_path) as sandbox:`."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol, cast

import httpx

from tests.support import warm

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 15.0


class Started(Protocol):
    """A process, however it was started."""

    pid: int

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, number: int) -> None: ...


class Sandbox:
    """A sandbox process of the test's own. Its file, and so all that it knows, survives `kill()` and `start()`."""

    module = "dravo_app.sandbox"

    def __init__(self, file: Path) -> None:
        self.file = file
        self.url = ""
        self._process: Started | None = None
        self._client = httpx.Client(timeout=15, trust_env=False, verify=False)  # plain http: loading CAs takes 30 ms

    @property
    def pid(self) -> int:
        assert self._process is not None, "the sandbox isn't running"
        return self._process.pid

    @property
    def x(self) -> str:
        """The address that takes the place of https://api.x.com."""
        return f"{self.url}/x"

    @property
    def bluesky(self) -> str:
        """The address that takes the place of a PDS."""
        return f"{self.url}/bluesky"

    @property
    def mastodon(self) -> str:
        """The address that takes the place of an instance."""
        return f"{self.url}/mastodon"

    def start(self) -> None:
        """Start, or start again on the same port and file; returns when it listens."""
        arguments = ["--port", self.url.rpartition(":")[2] or "0", "--file", str(self.file)]
        read_end, write_end = os.pipe()
        with open(read_end, "rb", buffering=0) as said:
            self._process = self._launch(arguments, {**os.environ, "DRAVO_DIE_WITH_PARENT": "1"}, write_end)
            os.close(write_end)
            self.url = _read_address(said)

    def _launch(self, arguments: list[str], environment: dict[str, str], output: int) -> Started:
        return subprocess.Popen(
            [sys.executable, "-m", self.module, *arguments], cwd=ROOT, stdout=output, env=environment
        )

    def log(self, **filters: str | int) -> list[dict[str, Any]]:
        """Everything that became visible, oldest first (all pages); `filters` are network, account, after."""
        items: list[dict[str, Any]] = []
        after = int(filters.pop("after", 0))
        while page := self._get("/sandbox/log", {**filters, "after": after, "limit": 1000})["items"]:
            items += page
            after = page[-1]["seq"]
        return items

    def requests(self, **filters: str | int) -> list[dict[str, Any]]:
        """Every request that a network got, oldest first (all pages)."""
        items: list[dict[str, Any]] = []
        after = int(filters.pop("after", 0))
        while page := self._get("/sandbox/requests", {**filters, "after": after, "limit": 1000})["items"]:
            items += page
            after = page[-1]["seq"]
        return items

    def faults(self, **change: object) -> dict[str, Any]:
        """Set faults: `faults(network="x", account="alice", script=["answer lost"])`; answers the state."""
        answer = self._client.post(f"{self.url}/sandbox/faults", json=change)
        assert answer.status_code == 200, answer.text
        return cast(dict[str, Any], answer.json())

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any call to this sandbox, with httpx's options."""
        return self._client.request(method, f"{self.url}{path}", **options)

    def clear_faults(self) -> None:
        assert self._client.delete(f"{self.url}/sandbox/faults").status_code == 200

    def stop(self) -> int:
        """SIGTERM; answers the exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL; what was committed is there after `start()`."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()
        self._client.close()

    def _get(self, path: str, params: dict[str, str | int]) -> dict[str, Any]:
        answer = self._client.get(f"{self.url}{path}", params=params)
        assert answer.status_code == 200, answer.text
        return cast(dict[str, Any], answer.json())

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None, "the sandbox isn't running"
        self._process.send_signal(number)
        return self._process.wait(timeout=10)


class WarmSandbox(Sandbox):
    """The same program, started in a tenth of the time."""

    def _launch(self, arguments: list[str], environment: dict[str, str], output: int) -> Started:
        return warm.start(self.module, arguments, environment, output, errors=2)


@contextmanager
def running_sandbox(folder: Path, kind: type[Sandbox] = Sandbox) -> Iterator[Sandbox]:
    """A sandbox on a free port with a fresh file in `folder`, stopped at the end."""
    sandbox = kind(folder / "sandbox.db")
    try:
        sandbox.start()
        yield sandbox
    finally:
        sandbox.close()


def _read_address(said: IO[bytes]) -> str:
    deadline = time.monotonic() + START_SECONDS
    line = b""
    while time.monotonic() < deadline and not line.endswith(b"\n"):
        if select.select([said], [], [], 0.5)[0]:
            more = said.readline()
            assert more, f"the sandbox didn't start: {line!r}"
            line += more
    assert b"listening on " in line, f"the sandbox didn't listen within {START_SECONDS:g} s: {line!r}"
    return line.decode().rpartition(" ")[2].strip()
