"""Pytest plugin: which test file runs where, so that three processes keep two cores busy and disturb each other little.

A browser and what it looks at fill more than a core; most other tests wait for clocks and processes. So the first process takes
the browser's files while there are any, one after the other and over one Dravo, and the others take the rest. What takes longest
goes first, and folders of many quick tests fill up the end.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

_BROWSER = ("tests/ui/", "tests/peers/test_the_main_job_in_a_browser.py")
_LONGEST_FIRST = ("tests/peers/", "tests/flow/", "tests/hosts/", "tests/start/", "tests/chaos/", "tests/machine/")


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
        self.workqueue.move_to_end(_choose(list(self.workqueue), is_browsers=node is self.nodes[0]), last=False)
        super()._assign_work_unit(node)


def _choose(files: Sequence[str], is_browsers: bool) -> str:
    return next((file for file in files if file.startswith(_BROWSER) is is_browsers), files[0])
