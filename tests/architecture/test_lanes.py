"""Who gets which file when tests run at once: nothing is left out, and a process that dies is replaced in its lane."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.support import lanes
from tests.support.world import ROOT

BROWSER = [f"tests/ui/test_{name}.py" for name in "abc"]
WAITING = ["tests/flow/test_a_zombie_does_not_post.py", "tests/outbound/test_limits.py"]
REST = [f"tests/services/test_{name}.py" for name in "abcdefgh"]
EACH = 3


class Process:
    """One that runs what it is given, a test whenever it is asked to."""

    def __init__(self, number: int) -> None:
        self.gateway = SimpleNamespace(id=f"gw{number}")
        self.shutting_down = False
        self.given: list[int] = []
        self.done: list[str] = []

    def send_runtest_some(self, indices: list[int]) -> None:
        assert not self.shutting_down, "what it is given now it never runs"
        self.given += indices

    def shutdown(self) -> None:
        self.shutting_down = True


def _begun(number: int) -> tuple[Any, list[Process], list[str]]:
    tests = [f"{file}::test_{n}" for file in [*REST, *BROWSER, *WAITING] for n in range(EACH)]
    config: Any = SimpleNamespace(
        getvalue=lambda _: ["popen"] * number, option=SimpleNamespace(loadscopereorder=False), hook=None
    )
    scheduler: Any = lanes._Lanes(config)
    processes = [Process(n) for n in range(number)]
    for process in processes:
        scheduler.add_node(process)
    for process in processes:
        scheduler.add_node_collection(process, tests)
    scheduler.schedule()
    return scheduler, processes, tests


def _run(scheduler: Any, processes: list[Process], tests: list[str]) -> None:
    """One test each, in turns, until nobody has any."""
    while any(process.given for process in processes):
        for process in processes:
            if process.given:
                index = process.given.pop(0)
                process.done.append(tests[index])
                scheduler.mark_test_complete(process, index)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 8])
def test_every_test_runs_once_however_many_processes_there_are(number: int) -> None:
    scheduler, processes, tests = _begun(number)
    _run(scheduler, processes, tests)

    assert sorted(test for process in processes for test in process.done) == sorted(tests)
    assert all(process.shutting_down for process in processes)


def test_the_browser_and_the_waiting_ones_have_processes_of_their_own() -> None:
    scheduler, processes, tests = _begun(4)
    _run(scheduler, processes, tests)
    files = [list(dict.fromkeys(test.partition("::")[0] for test in process.done)) for process in processes]

    assert files[0][: len(BROWSER)] == BROWSER
    assert files[3] == WAITING
    assert [file for file in (*files[1], *files[2]) if file not in REST] == []


def test_who_replaces_a_process_that_died_goes_on_with_its_file() -> None:
    scheduler, processes, tests = _begun(4)
    for process in processes[:3]:
        _run(scheduler, [process], tests)  # they do all the rest, and end
    dead = processes[3]
    assert scheduler.remove_node(dead) == tests[dead.given[0]]
    successor = Process(4)
    scheduler.add_node(successor)
    scheduler.add_node_collection(successor, tests)
    scheduler.schedule()
    _run(scheduler, [successor], tests)

    everybody = [*processes[:3], successor]
    assert sorted(test for process in everybody for test in process.done) == sorted(tests)


def test_every_file_that_has_a_lane_of_its_own_is_there() -> None:
    named = [beginning for beginnings in lanes._OWN.values() for beginning in beginnings]
    assert [name for name in (*named, *lanes._NEEDS_AN_INSTALL) if not (ROOT / name).exists()] == []
