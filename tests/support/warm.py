"""Starts Python programs quickly: a process that has imported what they need forks, and each fork becomes one of them.

To import Dravo costs a second of CPU, and the tests start hundreds of sandboxes and workers. What is forked runs the program's
own module from its first line, with an environment and arguments of its own; kill, freeze, wait and the death of the parent
work as with any process. How processes start cold is tested in `tests/start`, `tests/hosts` and `tests/sandbox`.
"""

import atexit
import json
import os
import runpy
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from dravo_app import crashpoints

ROOT = Path(__file__).resolve().parents[2]
_IMPORTED_BEFORE = (
    "dravo_app.worker",
    "dravo_app.sandbox.__main__",
    "dravo_app.cli",
    "psycopg",
    "sqlalchemy.dialects.sqlite",
)


class Process:
    """One program; the part of `subprocess.Popen` that tests need."""

    def __init__(self, pid: int, status: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._status = status

    def poll(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status. Raises subprocess.TimeoutExpired."""
        status = self._look(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _look(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._status], [], [], seconds)[0]:
            told = os.read(self._status, 16)
            os.close(self._status)
            # nothing told: the one that forks was ended, and all with it
            self.returncode = int(told or -signal.SIGKILL)
        return self.returncode


def start(
    module: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    output: int,
    errors: int,
    given: int | None = None,
) -> Process:
    """`python -m module arguments…`, with file descriptors for what it says, and for what it is given to read."""
    order = json.dumps({"module": module, "arguments": list(arguments), "environment": dict(environment)}).encode()
    status, told = os.pipe()
    with _turn:
        server = _server()
        files = [output, errors, told] if given is None else [output, errors, told, given]
        socket.send_fds(server, [len(order).to_bytes(4, "big")], files)
        server.sendall(order)
        pid = int.from_bytes(server.recv(4), "big")
    os.close(told)
    assert pid, "the process that forks has ended"
    return Process(pid, status)


_turn = threading.Lock()
_running: dict[int, tuple[socket.socket, "subprocess.Popen[bytes]"]] = {}
"""By the process that asked: after a fork of the tests' own, the other's must not be used."""


def _server() -> socket.socket:
    if os.getpid() not in _running:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "tests.support.warm", str(theirs.fileno())]
            process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
        _running[os.getpid()] = ours, process
        atexit.register(_end, ours, process)
    return _running[os.getpid()][0]


def _end(ours: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    ours.close()
    process.wait(10)


class _Forks:
    """The process that forks: takes orders until the socket closes, and tells how each of its children ended."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._events = selectors.DefaultSelector()
        self._events.register(orders, selectors.EVENT_READ)

    def run(self) -> None:
        while True:
            for key, _ in self._events.select():
                if key.fileobj is not self._orders:
                    self._bury(key.fd, *key.data)
                elif not self._take_order():
                    return

    def _take_order(self) -> bool:
        head, files, _, _ = socket.recv_fds(self._orders, 4, 4)
        if not head:
            return False
        order, length = b"", int.from_bytes(head, "big")
        while len(order) < length:
            order += self._orders.recv(length - len(order))
        output, errors, told, *given = files
        if (pid := os.fork()) == 0:
            self._events.close()
            self._orders.close()
            os.close(told)
            _become(order, [*(given or [0]), output, errors])
        for file in (output, errors, *given):
            os.close(file)
        self._events.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, told))
        self._orders.sendall(pid.to_bytes(4, "big"))
        return True

    def _bury(self, handle: int, pid: int, told: int) -> None:
        self._events.unregister(handle)
        os.close(handle)
        _, status = os.waitpid(pid, 0)
        os.write(told, str(os.waitstatus_to_exitcode(status)).encode())
        os.close(told)


def _become(order: bytes, standard: Sequence[int]) -> NoReturn:
    """`standard`: what is to be its standard input, output and error."""
    code: object = 1
    try:
        wanted = json.loads(order)
        for number, file in enumerate(standard):
            os.dup2(file, number)
        os.closerange(3, 256)
        os.environ.clear()
        os.environ.update(wanted["environment"])
        crashpoints._armed = os.environ.get("DRAVO_CRASHPOINT", "")  # read at import, which was before
        sys.argv = [wanted["module"], *wanted["arguments"]]
        for imported in (wanted["module"], f"{wanted['module']}.__main__"):
            sys.modules.pop(imported, None)
        runpy.run_module(wanted["module"], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001  # whatever it is must not lead back into the loop of the one that forks
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def _run(descriptor: int) -> None:
    for module in _IMPORTED_BEFORE:
        __import__(module)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who interrupts the tests wants them to tidy up
    _Forks(socket.socket(fileno=descriptor)).run()


if __name__ == "__main__":
    _run(int(sys.argv[1]))
