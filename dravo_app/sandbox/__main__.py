"""START sandbox: `python -m dravo_app.sandbox --port P --file F`; P = 0 picks a free port and says which."""

import argparse
import asyncio
import ctypes
import os
import resource
import signal
import sqlite3
import sys
from pathlib import Path

from dravo_app.sandbox.server import Exchange, Sandbox

_PR_SET_PDEATHSIG = 1
_DRAIN_SECONDS = 3.0


def main() -> int:
    """Serve until SIGTERM or SIGINT. 0 after a clean stop, 1 when the port or the file can't be had."""
    options = _options()
    _die_with_parent()
    _allow_many_sockets()
    try:
        asyncio.run(_serve(options.port, options.file))
    except (OSError, OverflowError, sqlite3.Error) as error:
        print(f"The sandbox can't start on port {options.port} with {options.file}: {error}", file=sys.stderr)
        return 1
    return 0


async def _serve(port: int, file: Path) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    sandbox = Sandbox(file)
    busy: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = loop.create_task(Exchange(sandbox, reader, writer).serve())
        busy.add(task)
        task.add_done_callback(busy.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", port, backlog=4096)
    print(f"sandbox listening on http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await stop.wait()
    server.close()
    if busy:
        for task in busy:
            task.cancel()
        await asyncio.wait(busy, timeout=_DRAIN_SECONDS)
    sandbox.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m dravo_app.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 picks a free one")
    parser.add_argument("--file", type=Path, required=True, help="the SQLite file, made when it isn't there")
    return parser.parse_args()


def _die_with_parent() -> None:
    """With DRAVO_DIE_WITH_PARENT=1: no sandbox outlives the process that started it (Linux).

    SIGKILL, because nothing is lost by it: what was answered is on disk.
    """
    if os.environ.get("DRAVO_DIE_WITH_PARENT") != "1" or sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(0)


def _allow_many_sockets() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    sys.exit(main())
