"""Row of the bench: RQ as it comes, one task per delivery, with the same HTTP call to the same sandbox; no database at all."""

import os
import subprocess
import sys
import time

from redis import Redis
from rq import Queue

from tests.bench import places, plain_task
from tests.bench.delivery import LATENCY_SECONDS
from tests.bench.figures import Figure
from tests.support.world import ROOT, wait_for

QUEUE = "plain"
WORKERS = {"forking worker": "rq.worker.Worker", "SimpleWorker": "rq.worker.SimpleWorker"}


def measure(servers: places.Servers, kind: str, *, quick: bool) -> list[Figure]:
    """One worker process of each sort, all tasks due at once. `kind` is of no account: RQ keeps everything in Redis."""
    count = 4 if quick else 60
    figures = []
    with places.standing(servers, kind) as place:
        place.sandbox.faults(network="*", latency_seconds=LATENCY_SECONDS)
        for name, worker_class in WORKERS.items():
            took = _run(place, worker_class, count, prefix=name.split()[0].lower())
            figures.append(
                Figure(f"RQ's {name}: deliveries per second", count / took, "/s", note=f"{count} tasks at once")
            )
            figures.append(
                Figure(f"RQ's {name}: 3,000 would take", took / count * 3000, "s", note="by calculation, not measured")
            )
    return figures


def _run(place: places.Place, worker_class: str, count: int, prefix: str) -> float:
    with Redis.from_url(place.redis_url) as connection:
        queue = Queue(QUEUE, connection=connection)
        for number in range(count):
            queue.enqueue(
                plain_task.post, place.sandbox.x, f"{prefix}{number}", f"Plain {prefix} {number}", result_ttl=0
            )
        seen = len(place.sandbox.log())
        command = [sys.executable, "-m", "rq.cli", "worker", "--url", place.redis_url, "--worker-class", worker_class]
        quiet = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen([*command, QUEUE], env={**os.environ, "PYTHONPATH": str(ROOT)}, **quiet)  # type: ignore[call-overload]
        try:
            wait_for(lambda: len(place.sandbox.log()) > seen, seconds=60)
            began = time.monotonic()
            wait_for(lambda: len(place.sandbox.log()) >= seen + count, seconds=count * 5 + 60)
            return (time.monotonic() - began) * count / (count - 1)  # the first is where the clock starts
        finally:
            process.terminate()
            process.wait()
