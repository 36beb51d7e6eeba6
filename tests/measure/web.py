"""Publish and history beside a bare FastAPI route, in one run: `.venv/bin/python -m tests.measure.web [postgres-url]`.

Both are served by Granian with one worker process, from the same database and Redis, under the same load. No worker runs,
so that what is measured is the door: what a published post costs behind it is another figure.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.measure import load
from tests.support.redis_server import running_redis
from tests.support.sandbox_server import running_sandbox

SECONDS = 6.0
CONNECTIONS = 16


def main() -> None:
    """Print the figures."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = stack.enter_context(running_redis(folder))
        sandbox = stack.enter_context(running_sandbox(folder))
        os.environ.update(
            DRAVO_DATA_DIR=str(folder / "data"),
            DATABASE_URL=sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder / 'data' / 'dravo.db'}",
            REDIS_URL=redis.url,
            DRAVO_SANDBOX_URL=sandbox.url,
        )
        _command("prepare")
        key = _command("key", "create", "--name", "measure", "--environment", "test")
        ours = stack.enter_context(_served("tests.measure.ours:app"))
        bare = stack.enter_context(_served("tests.measure.bare:app"))
        account = _connect(ours, key)
        body = json.dumps({"account_ids": [account], "text": "How fast is the door?"})
        publishing = {
            "publish": (ours, _request("POST", "/v1/publish", key, body)),
            "bare publish": (bare, _request("POST", "/publish", key, body)),
        }
        reading = {
            "history": (ours, _request("GET", "/v1/publish?limit=50", key)),
            "bare history": (bare, _request("GET", "/publish", key)),
        }
        for pair in (publishing, reading):
            _compare(pair)


def _compare(pair: dict[str, tuple[int, bytes]]) -> None:
    best: dict[str, float] = {}
    for _ in range(2):  # in turns, so that a slow moment of the machine meets both
        for name, (port, request) in pair.items():
            found = load.run(port, request, CONNECTIONS, SECONDS)
            best[name] = max(best.get(name, 0.0), found.per_second)
            print(f"{name:14} full load  {found}", flush=True)
    for name, (port, request) in pair.items():
        print(f"{name:14} half load  {load.run(port, request, CONNECTIONS, SECONDS, best[name] / 2)}", flush=True)
    ours, bare = list(best.values())
    print(f"ratio {ours / bare:.2f}\n", flush=True)


def _request(method: str, path: str, key: str, body: str = "") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def _connect(port: int, key: str) -> str:
    body = {
        "provider": "x",
        "platform_account_id": "measure",
        "handle": "measure",
        "credentials": {"access_token": "sandbox_measure"},
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/accounts",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return str(json.load(answer)["id"])


def _command(*words: str) -> str:
    run = subprocess.run([sys.executable, "-m", "dravo_app.cli", *words], check=True, capture_output=True, text=True)
    return run.stdout.strip()


@contextmanager
def _served(app: str) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--workers", "1", "--http", "1"]
    process = subprocess.Popen([*command, "--log-level", "warning", "--port", str(port), app])
    try:
        _wait_for(port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


if __name__ == "__main__":
    main()
