"""Harm to Dravo's own processes. Each function brings it, holds it, and leaves everything running again."""

import random
import time
from pathlib import Path

from tests.chaos import programs
from tests.chaos.ground import Ground
from tests.chaos.programs import Running
from tests.flow.test_a_killed_worker_never_posts_twice import OF_PUBLISHERS, OF_WORKERS

_DIES_WITHIN_SECONDS = 8.0


def kill_a_worker(ground: Ground, chance: random.Random) -> None:
    _replace(ground, _any(ground, chance), chance.uniform(0.0, 0.5))


def kill_at_a_crash_point(ground: Ground, chance: random.Random) -> None:
    kill_worker_at(ground, chance.choice(OF_WORKERS))


def kill_worker_at(ground: Ground, point: str) -> bool:
    """A worker more that dies at that point; did it come there?"""
    doomed = ground.add_worker(point)
    came = doomed.wait(_DIES_WITHIN_SECONDS) is not None
    doomed.kill()
    ground.bury()
    return came


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


def kill_the_door(ground: Ground, chance: random.Random) -> None:
    """While it answers."""
    if ground.door is not None:
        ground.door.kill()
        time.sleep(chance.uniform(0.0, 0.5))
        _open_again(ground)


def kill_the_door_at_a_crash_point(ground: Ground, chance: random.Random) -> None:
    """Before or after the commit of a post that somebody asks for."""
    if ground.door is not None:
        ground.door.kill()
        doomed = ground.open_door(chance.choice(OF_PUBLISHERS))
        doomed.wait(_DIES_WITHIN_SECONDS / 2)
        doomed.kill()
        _open_again(ground)


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


def _open_again(ground: Ground) -> None:
    ground.open_door()
    programs.wait_for_door(ground.door_port)


def _any(ground: Ground, chance: random.Random) -> Running:
    ground.bury()
    return chance.choice(ground.workers)


def _replace(ground: Ground, worker: Running, away_seconds: float) -> None:
    worker.kill()
    ground.bury()
    time.sleep(away_seconds)
    ground.add_worker()
