"""A process that arms itself ends with the process that started it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.start.conftest import ROOT, is_alive, read_pids, wait_until

FORKS = """
import multiprocessing, os, sys, time
def work(path):
    from dravo_app.starting.lifeline import die_with_parent
    die_with_parent()
    with open(path, "a") as file: file.write(f"{os.getpid()}\\n")
    time.sleep(100)
if __name__ == "__main__":
    multiprocessing.Process(target=work, args=(sys.argv[1],)).start()
    time.sleep(100)
"""


@pytest.mark.parametrize(("switch", "lives_on"), [("1", False), ("", True)])
def test_a_servers_own_worker_ends_with_its_killed_master(tmp_path: Path, switch: str, lives_on: bool) -> None:
    pids, script = tmp_path / "pids", tmp_path / "master.py"
    script.write_text(FORKS)
    environment = {**os.environ, "DRAVO_DIE_WITH_PARENT": switch, "PYTHONPATH": str(ROOT)}
    master = subprocess.Popen([sys.executable, str(script), str(pids)], env=environment)
    wait_until(lambda: read_pids(pids))
    worker = read_pids(pids)[0]
    master.kill()
    master.wait()
    if lives_on:
        assert is_alive(worker)
        os.kill(worker, signal.SIGKILL)
    wait_until(lambda: not is_alive(worker), seconds=1)
