"""Pytest plugin: which test file runs where, so that three processes keep two cores busy and disturb each other little.

A browser and what it looks at fill more than a core, most other tests wait for clocks and processes, and a real server has to be
installed first on a fresh machine. So each process has a lane of its own: the browser's files, one after the other over one
Dravo; the real servers' files; and what takes longest of the rest. Whose lane is empty takes what is left, and folders of many
quick tests fill up the end.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

_LANES = (("tests/ui/", "tests/peers/test_the_main_job_in_a_browser.py"), ("tests/peers/",))
_LONGEST_FIRST = ("tests/flow/", "tests/hosts/", "tests/start/", "tests/chaos/", "tests/machine/")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """Only where files are to stay together, as `./dravo test` asks for."""
    return _Lanes(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _rank(item.nodeid))


def _rank(nodeid: str) -> int:
    return next((rank for rank, folder in enumerate(_LONGEST_FIRST) if nodeid.startswith(folder)), len(_LONGEST_FIRST))


class _Lanes(LoadFileScheduling):  # type: ignore[misc]  # xdist tells no types
    """`workqueue` holds the files nobody has begun, in order."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        self.workqueue.move_to_end(_choose(list(self.workqueue), self.nodes.index(node)), last=False)
        super()._assign_work_unit(node)


def _choose(files: Sequence[str], lane: int) -> str:
    """Of the lane's own, then what is in no lane, then any."""
    own = [file for file in files if _lane_of(file) == lane]
    free = [file for file in files if _lane_of(file) is None]
    return [*own, *free, *files][0]


def _lane_of(file: str) -> int | None:
    return next((lane for lane, beginnings in enumerate(_LANES) if file.startswith(beginnings)), None)
