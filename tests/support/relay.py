"""Passes connections on from one network namespace to another: listens in its own, then moves to its parent's and connects there.

`relay FOLDER ADDRESS=TARGET…`; a TARGET is HOST:PORT or the path of a unix socket. While `FOLDER/hold` exists, what the last of
them (the sandbox, which answers to loopback's names only, so it is called by one) answers is held back. A socket stays in the namespace that it was made in, so no address is needed outside of it.
"""

import asyncio
import ctypes
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

from dravo_app.starting.lifeline import die_with_parent

_CLONE_NEWNET = 0x40000000
_LOOK_SECONDS = 0.01
_HOSTS = (b"Host: 10.21.0.1", b"Host: 127.0.0.1")


async def main(folder: Path, roads: list[tuple[str, str]]) -> None:
    listening = [(_listen(address), target) for address, target in roads]
    _move_to(os.getppid())
    last = listening[-1][1]
    servers = [await _serve(sock, target, folder / "hold" if target == last else None) for sock, target in listening]
    print("listening", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def _serve(sock: socket.socket, target: str, hold: Path | None) -> asyncio.Server:
    async def carry(near: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        far, there = await _open(target)
        await asyncio.gather(_pump(near, there), _pump(far, out, hold))

    return await asyncio.start_server(carry, sock=sock)


def _listen(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_server((host, int(port)), backlog=1024)


def _move_to(pid: int) -> None:
    descriptor = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "the parent's network namespace can't be entered")
    os.close(descriptor)


async def _open(target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if target.startswith("/"):
        return await asyncio.open_unix_connection(target)
    host, _, port = target.rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def _pump(source: asyncio.StreamReader, to: asyncio.StreamWriter, hold: Path | None = None) -> None:
    with suppress(OSError):
        while chunk := await source.read(65536):
            while hold is not None and hold.exists():
                await asyncio.sleep(_LOOK_SECONDS)
            to.write(chunk.replace(*_HOSTS))
            await to.drain()
    with suppress(OSError):
        to.close()


if __name__ == "__main__":
    die_with_parent()
    parted = (road.partition("=") for road in sys.argv[2:])
    asyncio.run(main(Path(sys.argv[1]), [(address, target) for address, _, target in parted]))
