"""A load generator of few lines: kept-alive connections that send one prepared request over and over, on loopback."""

import asyncio
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What came of it; milliseconds."""

    requests: int
    failures: int
    per_second: float
    p50: float
    p99: float

    def __str__(self) -> str:
        return f"{self.per_second:7.0f}/s   p50 {self.p50:6.1f} ms   p99 {self.p99:6.1f} ms   failures {self.failures}"


def run(port: int, request: bytes, connections: int, seconds: float, per_second: float | None = None) -> Load:
    """As fast as it goes, or at a given rate: then a request's time counts from when it was due."""
    return asyncio.run(_run(port, request, connections, seconds, per_second))


async def _run(port: int, request: bytes, connections: int, seconds: float, per_second: float | None) -> Load:
    times: list[float] = []
    failures: list[int] = []
    began = time.perf_counter()
    pause = connections / per_second if per_second else 0.0
    callers = (
        _call(port, request, began + seconds, pause, began + pause * place / connections, times, failures)
        for place in range(connections)
    )
    await asyncio.gather(*callers)
    taken = time.perf_counter() - began
    ordered = sorted(times) or [0.0]
    return Load(
        requests=len(times),
        failures=len(failures),
        per_second=len(times) / taken,
        p50=ordered[len(ordered) // 2] * 1000,
        p99=ordered[int(len(ordered) * 0.99)] * 1000,
    )


async def _call(
    port: int, request: bytes, until: float, pause: float, due: float, times: list[float], failures: list[int]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while due < until and time.perf_counter() < until:
        if pause:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        began = due if pause else time.perf_counter()
        writer.write(request)
        status = await _read_answer(reader)
        times.append(time.perf_counter() - began)
        if not 200 <= status < 300:
            failures.append(status)
        due += pause
    writer.close()


async def _read_answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])
