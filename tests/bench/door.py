"""Row of the bench: `POST /v1/publish` beside a bare FastAPI route that authenticates, inserts one row and enqueues one task.

Both are served by Granian with one worker process, from the same database and Redis, under the same load. No worker runs,
so that what is measured is the door.
"""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench import load, places
from tests.bench.figures import Bar, Figure
from tests.support.world import ROOT

CONNECTIONS = 16


def measure(servers: places.Servers, kind: str, *, quick: bool) -> list[Figure]:
    """Throughput of both in turns, then each one's times at half of what it can."""
    seconds, rounds = (1.0, 1) if quick else (6.0, 3)
    with places.standing(servers, kind) as place:
        key = _command("key", "create", "--name", "bench", "--environment", "test")
        account = place.world.connect("door")
        body = json.dumps({"account_ids": [account], "text": "How fast is the door?"})
        with _served("tests.bench.ours:app") as ours, _served("tests.bench.bare:app") as bare:
            doors = {
                "publish": (ours, _request("/v1/publish", key, body)),
                "bare route": (bare, _request("/publish", key, body)),
            }
            return list(_compare(kind, doors, seconds, rounds))


def _compare(kind: str, doors: dict[str, tuple[int, bytes]], seconds: float, rounds: int) -> Iterator[Figure]:
    best = dict.fromkeys(doors, 0.0)
    failures = 0
    for _ in range(rounds):  # in turns, so that a slow moment of the machine meets both
        for name, (port, request) in doors.items():
            found = load.run(port, request, CONNECTIONS, seconds)
            best[name] = max(best[name], found.per_second)
            failures += found.failures
    for name, (port, request) in doors.items():
        yield Figure(f"{kind}: {name}, full load", best[name], "requests/s")
        calm = load.run(port, request, CONNECTIONS, seconds, best[name] / 2)
        failures += calm.failures
        yield Figure(f"{kind}: {name}, half load, p50", calm.p50, "ms")
        bar = Bar(at_most=50) if name == "publish" else None
        yield Figure(f"{kind}: {name}, half load, p99", calm.p99, "ms", bar)
    yield Figure(f"{kind}: publish ÷ bare route", best["publish"] / best["bare route"], "", Bar(at_least=0.6))
    yield Figure(f"{kind}: refused or failed requests", failures, "", Bar(at_most=0))


def _request(path: str, key: str, body: str) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def _command(*words: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "dravo_app.cli", *words], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return run.stdout.strip()


@contextmanager
def _served(app: str) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--workers", "1", "--http", "1"]
    process = subprocess.Popen([*command, "--log-level", "warning", "--port", str(port), app], cwd=ROOT)
    try:
        _wait_for(port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _wait_for(port: int) -> None:
    """Until it answers: a listening socket alone may still be without an application behind it."""
    deadline = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/nothing", timeout=5)
        except urllib.error.HTTPError:
            return
        except OSError:
            assert time.monotonic() < deadline, "the server doesn't answer"
            time.sleep(0.05)
