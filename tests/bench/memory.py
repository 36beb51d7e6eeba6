"""Rows of the bench: what Dravo holds in memory, at rest and while it carries large pictures."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dravo_app.settings import Engine
from tests.bench import places
from tests.bench.figures import Bar, Figure
from tests.support.picture_server import photo, running_picture_server
from tests.support.up import running_up
from tests.support.world import Worker, wait_for

_KIB = 1024
_PICTURE_BYTES = 8_000_000


def measure_idle(_: places.Servers, kind: str, *, quick: bool) -> list[Figure]:
    """All processes under one `./dravo up`, after a while without anything to do. Brings its own SQLite, whatever `kind` says."""
    with places.folder_for_a_row() as folder, running_up(folder) as up:
        time.sleep(2 if quick else 20)
        held = {pid: _rss_mib(pid) for pid in _tree(up.process.pid)}
        named = {pid: _name(pid) for pid in held}
    each = [Figure(f"of it {named[pid]}", value, "MiB") for pid, value in sorted(held.items(), key=lambda one: -one[1])]
    return [Figure("RSS of all processes", sum(held.values()), "MiB", Bar(at_most=512)), *each]


def measure_pictures(servers: places.Servers, kind: str, *, quick: bool) -> list[Figure]:
    """There are no videos yet; in their place pictures of 8 MB, fetched and uploaded by many deliveries at once."""
    count = 2 if quick else 20
    video = Figure(
        "1 GB video: the worker's RSS above idle",
        None,
        "MiB",
        Bar(at_most=256),
        "no number: Dravo carries no videos yet",
    )
    with running_picture_server() as server:
        picture = _large_photo()
        allowed = {"DRAVO_ALLOW_PRIVATE": server.host}
        with places.standing(servers, kind, **allowed) as place:
            worker = Worker(engine=Engine())
            try:
                wait_for(lambda: bool(place.world.workers()), seconds=120)
                accounts = [place.world.connect(f"pic{number}", "mastodon") for number in range(count)]
                warm = place.world.publish("Warm", place.world.connect("warm", "mastodon"))
                place.world.wait_until_final(warm, seconds=60)
                time.sleep(1)
                idle = _rss_mib(worker.process.pid)
                with _peak_of(worker.process.pid) as peak:
                    jobs = [
                        place.world.publish(
                            f"Picture {number}",
                            account,
                            media_urls=[server.put(f"{number}.jpg", picture, "image/jpeg")],
                        )
                        for number, account in enumerate(accounts)
                    ]
                    receipts = place.world.wait_until_final(*jobs, seconds=300)
                assert {receipt.status for receipt in receipts} == {"published"}, receipts[0]
                seen = len([item for item in place.sandbox.log() if item["media"]])
            finally:
                worker.end()
    return [
        video,
        Figure(
            f"{count} pictures of {len(picture) / 1e6:.1f} MB at once: the worker's RSS above idle",
            max(peak) - idle,
            "MiB",
        ),
        Figure("the worker's RSS before", idle, "MiB"),
        Figure("pictures that were not seen", count - seen, "", Bar(at_most=0)),
    ]


def _large_photo() -> bytes:
    side = 3600
    while len(made := photo((side, side * 3 // 4), quality=98)) < _PICTURE_BYTES and side < 9000:
        side = int(side * 1.15)
    return made


@contextmanager
def _peak_of(pid: int) -> Iterator[list[float]]:
    seen: list[float] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.02):
            seen.append(_rss_mib(pid))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def _rss_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / _KIB
    return 0.0


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in children for found in _tree(int(child)))]


def _name(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    modules = [word for word in words if word.startswith("dravo_app.") or word == "granian"]
    return modules[-1] if modules else Path(words[0]).name
