"""Pytest plugin for `./dravo chaos`: keeps the tests of the databases that were asked for, and tells each one's end as a line of JSON.

A line is `{"test", "database", "outcome", "why"}`. `outcome` is `chosen` before the first test runs, so that one that never came to
its end is missed, or `left out` where it belongs to another database, then `passed`, `failed` or `skipped`.
"""

import json
from pathlib import Path

import pytest

LEFT_OUT = "left out"
ANY = "any"
"""The database of a test that doesn't choose one."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--told", type=Path, help="the file that gets the lines")
    parser.addoption("--on", action="append", default=[], help="sqlite or postgres; both where it is given twice")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("told"):
        config.pluginmanager.register(_Teller(config.getoption("told"), config.getoption("on")), "teller")


def database_of(item: pytest.Item) -> str:
    """`sqlite`, `postgres` or `any`. What needs both needs PostgreSQL."""
    if item.get_closest_marker("postgres"):
        return "postgres"
    given = getattr(item, "callspec", None)
    names = {str(value) for value in given.params.values()} if given else set()
    return "sqlite" if "sqlite" in names | set(getattr(item, "fixturenames", ())) else ANY


class _Teller:
    def __init__(self, file: Path, databases: list[str]) -> None:
        self._file = file
        self._wanted = {*databases, ANY}
        self._databases: dict[str, str] = {}

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        self._databases = {item.nodeid: database_of(item) for item in items}
        for test, database in self._databases.items():
            self._tell(test, "chosen" if database in self._wanted else LEFT_OUT)
        config.hook.pytest_deselected(items=[item for item in items if database_of(item) not in self._wanted])
        items[:] = [item for item in items if database_of(item) in self._wanted]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            self._tell(report.nodeid, report.outcome, _why(report))

    def _tell(self, test: str, outcome: str, why: str = "") -> None:
        line = {"test": test, "database": self._databases[test], "outcome": outcome, "why": why}
        with self._file.open("a") as told:
            told.write(json.dumps(line) + "\n")


def _why(report: pytest.TestReport) -> str:
    """One line: the reason of a skip, or what pytest says first of a failure."""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    said = crash.message if crash else report.longreprtext
    return said.strip().partition("\n")[0]
