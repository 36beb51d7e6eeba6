"""Harm to Dravo's own processes. Each function brings it, holds it, and leaves everything running again."""

import itertools
import random
import signal
import time
from pathlib import Path

from tests.chaos.books import HANDLE
from tests.chaos.ground import Ground
from tests.chaos.programs import Running
from tests.flow.test_a_killed_worker_never_posts_twice import OF_WORKERS

_DIES_WITHIN_SECONDS = 8.0
_COMES_WITHIN_SECONDS = 45.0
"""A busy machine takes seconds to start a worker, and two others take most of the posts."""


def kill_a_worker(ground: Ground, chance: random.Random) -> None:
    _replace(ground, _any(ground, chance), chance.uniform(0.0, 0.5))


def kill_at_a_crash_point(ground: Ground, chance: random.Random) -> None:
    """At one that is drawn; whether it comes there is up to what goes on."""
    doomed = ground.add_worker(chance.choice(OF_WORKERS))
    doomed.wait(_DIES_WITHIN_SECONDS)
    doomed.kill()
    ground.bury()


def kill_at_every_crash_point(ground: Ground, _chance: random.Random) -> None:
    """One after the other, and each is reached: raises AssertionError with those that weren't."""
    accounts = [ground.world.connect(f"{HANDLE}-doomed-{number}") for number in range(4)]
    missed = [point for point in OF_WORKERS if not _dies_at(ground, point, accounts)]
    assert not missed, f"no worker came to {', '.join(missed)}"


def _dies_at(ground: Ground, point: str, accounts: list[str]) -> bool:
    """A worker more, and posts until it has died there: some to be sent at once, some to be released first."""
    doomed = ground.add_worker(point)
    deadline = time.monotonic() + _COMES_WITHIN_SECONDS
    posts = itertools.count()
    while doomed.wait(0.2) is None and time.monotonic() < deadline:
        number = next(posts)
        ground.world.publish(f"{point} {number}", accounts[number % 4])
        ground.schedule(f"{point} {number}, later", accounts[(number + 2) % 4], in_seconds=0.3)
    code = doomed.wait(0)
    doomed.kill()
    ground.bury()
    return code == -signal.SIGKILL


def kill_all_workers(ground: Ground, chance: random.Random) -> None:
    number = len(ground.workers)
    for worker in ground.workers:
        worker.kill()
    ground.bury()
    time.sleep(chance.uniform(1.0, 3.0))
    for _ in range(number):
        ground.add_worker()


def freeze_a_worker(ground: Ground, chance: random.Random) -> None:
    """For two leases and more, so that another takes over what it holds."""
    worker = _any(ground, chance)
    worker.freeze()
    time.sleep(ground.engine.lease_seconds * 2.2)
    worker.thaw()


def restart_one_after_the_other(ground: Ground, _chance: random.Random) -> None:
    for worker in list(ground.workers):
        ground.add_worker()
        end_politely(ground, worker)


def end_politely(ground: Ground, worker: Running) -> int | None:
    """SIGTERM; its exit code, None where it had to be killed after its time."""
    worker.ask_to_end()
    code = worker.wait(ground.engine.drain_seconds + 5.0)
    worker.kill()
    ground.bury()
    return code


def fill_the_disk(ground: Ground, chance: random.Random) -> None:
    """No file of any worker may grow."""
    workers = [worker for worker in ground.workers if worker.is_alive]
    for worker in workers:
        worker.may_write(False)
    time.sleep(chance.uniform(1.0, 2.0))
    for worker in workers:
        if worker.is_alive:
            worker.may_write(True)


def wipe_redis(folder: Path) -> None:
    """What it has written down is gone."""
    for path in (folder / "redis").rglob("*"):
        if path.is_file():
            path.unlink()


def _any(ground: Ground, chance: random.Random) -> Running:
    ground.bury()
    return chance.choice(ground.workers)


def _replace(ground: Ground, worker: Running, away_seconds: float) -> None:
    worker.kill()
    ground.bury()
    time.sleep(away_seconds)
    ground.add_worker()
