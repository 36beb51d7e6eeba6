"""Pytest plugin: which test file runs where, so that four processes keep two cores busy and disturb each other little.

A browser and what it looks at fill more than a core, most tests wait for processes now and then, and some do little but
wait: for a lease to run out, for a worker to die. So one process has the browser's files, one after the other over one Dravo;
one has those that mostly wait, and ends when they have; two take what takes longest of the rest, then whatever is left.
Folders of many quick tests fill up the end, and the real servers come late: on a fresh machine they are being installed.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

_BROWSER, _WAITING = 0, 3
_OWN = {
    _BROWSER: ("tests/ui/", "tests/peers/test_the_main_job_in_a_browser.py"),
    _WAITING: (
        "tests/flow/test_a_killed_worker_never_posts_twice.py",
        "tests/providers/test_contract.py",
        "tests/flow/test_a_zombie_does_not_post.py",
        "tests/flow/test_sigterm_loses_nothing.py",
        "tests/flow/test_after_a_restore_nothing_goes_out_twice.py",
        "tests/flow/test_the_same_words_twice_are_two_posts.py",
        "tests/services/publishing/test_tokens.py",
        "tests/start/test_supervising.py",
        "tests/outbound/test_limits.py",
    ),
}
_NEEDS_AN_INSTALL = ("tests/ui/test_accounts_of_a_real_server.py", "tests/peers/")
_LONGEST_FIRST = ("tests/flow/", "tests/hosts/", "tests/start/", "tests/chaos/", "tests/machine/", "tests/peers/")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """Only where files are to stay together, as `./dravo test` asks for."""
    return _Lanes(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _rank(item.nodeid))


def _rank(nodeid: str) -> int:
    return next((rank for rank, folder in enumerate(_LONGEST_FIRST) if nodeid.startswith(folder)), len(_LONGEST_FIRST))


class _Lanes(LoadFileScheduling):  # type: ignore[misc]  # xdist tells no types
    """`workqueue` holds the files nobody has begun, in order. A process that takes a crashed one's place takes its lane."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        self._lanes: dict[WorkerController, int] = {}

    def add_node(self, node: WorkerController) -> None:
        super().add_node(node)
        taken = {lane for other, lane in self._lanes.items() if other in self.assigned_work}
        self._lanes[node] = next(lane for lane in range(len(taken) + 1) if lane not in taken)

    def _reschedule(self, node: WorkerController) -> None:
        if self._has_waited_enough(node) and not node.shutting_down:
            node.shutdown()  # when it has done what it was given
        else:
            super()._reschedule(node)

    def _has_waited_enough(self, node: WorkerController) -> bool:
        is_alone = all(other is node or other.shutting_down for other in self.nodes)
        has_more = any(_lane_of(file) == _WAITING for file in self.workqueue)
        return self._lanes[node] == _WAITING and not has_more and not is_alone

    def _assign_work_unit(self, node: WorkerController) -> None:
        self.workqueue.move_to_end(_choose(list(self.workqueue), self._lanes[node]), last=False)
        super()._assign_work_unit(node)


def _choose(files: Sequence[str], lane: int) -> str:
    """Of the lane's own, in its order; then what is in no lane, then any."""
    own = sorted((file for file in files if _lane_of(file) == lane), key=lambda file: _place(file, lane))
    free = [file for file in files if _lane_of(file) is None]
    return [*own, *free, *files][0]


def _lane_of(file: str) -> int | None:
    return next((lane for lane, beginnings in _OWN.items() if file.startswith(beginnings)), None)


def _place(file: str, lane: int) -> tuple[bool, int]:
    place = next(place for place, beginning in enumerate(_OWN[lane]) if file.startswith(beginning))
    return file.startswith(_NEEDS_AN_INSTALL), place
