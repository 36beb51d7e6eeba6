"""Starts a real queue server for a test, as `up` starts it: `with running_redis(tmp_path) as redis:`."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from dravo_app.starting import places, queue_server


class RedisServer:
    """A server of the test's own. `freeze()` keeps its connections open and answers nothing."""

    def __init__(self, sockets: Path, folder: Path) -> None:
        self._program, self.url = queue_server.redis_program(sockets, folder)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, or start again on the same socket; returns when it listens."""
        bundled, *options = self._program.command
        command = [os.environ.get("DRAVO_TEST_REDIS_SERVER", bundled), *options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert queue_server.wait_for_server(self.url, 10), "the queue server doesn't listen"

    def flush(self) -> None:
        """FLUSHALL."""
        with Redis.from_url(self.url) as client:
            client.flushall()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait(timeout=5)

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)


@contextmanager
def running_redis(folder: Path) -> Iterator[RedisServer]:
    """A server that keeps its files in `folder`, ended afterwards."""
    (folder / "redis").mkdir(exist_ok=True)
    sockets = places.make_socket_folder()
    server = RedisServer(sockets, folder)
    server.start()
    try:
        yield server
    finally:
        server.close()
        shutil.rmtree(sockets, ignore_errors=True)
