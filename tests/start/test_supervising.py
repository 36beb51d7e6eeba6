"""`up` keeps its processes running, stops them in order, and leaves nothing behind."""

import os
import signal
import statistics
import sys
import time
from pathlib import Path

import pytest

from dravo_app.starting.children import pause_seconds
from dravo_app.starting.logs import LIMIT_BYTES
from tests.start.conftest import FakeUp, is_alive, read_pids, wait_until


def test_a_killed_process_is_back_within_half_a_second(fake_up: FakeUp, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    fake_up(worker=f"echo $$ >> {pids}; exec sleep 100")
    wait_until(lambda: read_pids(pids))
    waits = []
    for kills in (1, 2, 3):
        os.kill(read_pids(pids)[-1], signal.SIGKILL)
        waits.append(wait_until(lambda: len(read_pids(pids)) == kills + 1))  # noqa: B023 - called at once
    assert statistics.median(waits) < 0.5


def test_five_quick_deaths_bring_a_pause_and_never_an_end(fake_up: FakeUp, tmp_path: Path) -> None:
    deaths = tmp_path / "deaths"
    up = fake_up(worker=f"date +%s.%N >> {deaths}; exit 7")
    wait_until(lambda: deaths.exists() and len(deaths.read_text().split()) == 7)
    times = [float(line) for line in deaths.read_text().split()]
    assert times[4] - times[0] < 1.0
    assert times[5] - times[4] > 0.45
    assert times[6] - times[5] > 0.9
    assert up.poll() is None


@pytest.mark.parametrize(("deaths", "pause"), [(0, 0), (4, 0), (5, 0.5), (6, 1), (8, 4), (9, 5), (10_000, 5)])
def test_the_pause_grows_to_five_seconds(deaths: int, pause: float) -> None:
    assert pause_seconds(deaths) == pause


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stopping_goes_from_the_worker_to_redis(fake_up: FakeUp, tmp_path: Path, asked: signal.Signals) -> None:
    order, up = tmp_path / "order", tmp_path / "up"
    names = ["redis", "sandbox", "web", "worker"]
    script = "trap 'sleep 0.1; echo {0} >> {1}; exit' TERM; echo {0} >> {2}; while :; do sleep 0.05; done"
    process = fake_up(**{name: script.format(name, order, up) for name in names})
    wait_until(lambda: up.exists() and len(up.read_text().split()) == 4)
    process.send_signal(asked)
    assert process.wait(timeout=5) == 0
    assert order.read_text().split() == ["worker", "web", "sandbox", "redis"]


def test_a_worker_gets_time_to_finish(fake_up: FakeUp, tmp_path: Path) -> None:
    up, done = tmp_path / "up", tmp_path / "done"
    process = fake_up(worker=f"trap 'sleep 1; touch {done}; exit' TERM; touch {up}; while :; do sleep 0.05; done")
    wait_until(up.exists)
    process.terminate()
    process.wait(timeout=5)
    assert done.exists()


def test_a_second_signal_hastens(fake_up: FakeUp, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    process = fake_up(worker=f"trap '' TERM; echo $$ >> {pids}; while :; do sleep 0.05; done")
    wait_until(lambda: read_pids(pids))
    process.terminate()
    time.sleep(0.3)
    assert is_alive(read_pids(pids)[0])
    process.terminate()
    process.wait(timeout=1)
    assert not is_alive(read_pids(pids)[0])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent at once")
def test_nothing_outlives_a_killed_supervisor(fake_up: FakeUp, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    process = fake_up(web=f"echo $$ >> {pids}; exec sleep 100", worker=f"echo $$ >> {pids}; exec sleep 100")
    wait_until(lambda: len(read_pids(pids)) == 2)
    process.kill()
    wait_until(lambda: not any(is_alive(pid) for pid in read_pids(pids)), seconds=1)


def test_what_a_dead_process_leaves_is_ended_before_the_next_one_starts(fake_up: FakeUp, tmp_path: Path) -> None:
    masters, workers = tmp_path / "masters", tmp_path / "workers"
    fake_up(web=f"sleep 100 & echo $! >> {workers}; echo $$ >> {masters}; wait")
    wait_until(lambda: read_pids(masters))
    first = read_pids(workers)[0]
    os.kill(read_pids(masters)[0], signal.SIGKILL)
    wait_until(lambda: len(read_pids(masters)) == 2)
    assert not is_alive(first)


def test_trouble_is_shown_and_everything_is_logged(fake_up: FakeUp, tmp_path: Path) -> None:
    process = fake_up(worker="echo all is well; echo ERROR the disk is full; exec sleep 100")
    log = tmp_path / "worker.log"
    wait_until(lambda: log.exists() and "disk" in log.read_text())
    process.terminate()
    said = process.communicate(timeout=5)[0]
    assert "worker: ERROR the disk is full" in said
    assert "all is well" not in said
    assert "all is well" in log.read_text()


def test_endless_trouble_fills_the_log_and_not_the_terminal(fake_up: FakeUp, tmp_path: Path) -> None:
    process = fake_up(worker="for i in $(seq 500); do echo ERROR $i; done; exec sleep 100")
    log = tmp_path / "worker.log"
    wait_until(lambda: log.exists() and "ERROR 500" in log.read_text())
    process.terminate()
    said = process.communicate(timeout=5)[0].splitlines()
    assert len(said) == 11
    assert said[-1] == f"worker: more trouble, all of it in {log}"


def test_a_process_that_never_stops_talking_holds_up_nobody(fake_up: FakeUp, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    fake_up(web="exec yes", worker=f"echo $$ >> {pids}; exec sleep 100")
    wait_until(lambda: read_pids(pids))
    os.kill(read_pids(pids)[0], signal.SIGKILL)
    wait_until(lambda: len(read_pids(pids)) == 2)
    assert sum(path.stat().st_size for path in tmp_path.glob("web.log*")) < 2 * LIMIT_BYTES + 1
