"""The rows that tests of the suite show are run with the rest, one by one: good, bad or skipped by name, and the verdict says where."""

from pathlib import Path

import pytest

from tests.chaos.__main__ import choose
from tests.chaos.fault import Fault
from tests.chaos.report import Report
from tests.chaos.scenario import Finding
from tests.chaos.table import FAULTS
from tests.chaos.tested import run_tests

HERE = "tests/chaos/test_tests_count_as_scenarios.py"
TWICE, ONCE = f"{HERE}::test_on_both", f"{HERE}::test_on_none"


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_on_both(kind: str) -> None:
    """What the tests below choose from."""
    assert kind


def test_on_none() -> None:
    """Chooses no database."""


@pytest.mark.postgres
def test_on_postgres() -> None:
    """Not run on SQLite alone."""


def row(*tests: str) -> Fault:
    return Fault("some fault", "It comes.", "It goes.", 60, tests=tests)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_each_row_gets_its_own_tests_of_the_databases_asked_for(tmp_path: Path) -> None:
    rows = [row(TWICE), row(ONCE, TWICE), row(f"{HERE}::test_on_postgres"), row(f"{HERE}::test_on_postgres", ONCE)]
    told = [(f.database, f.tests, bool(f.skipped), len(f.left_out)) for f in run_tests(rows, ["sqlite"], tmp_path)]
    assert told == [
        ("sqlite", 1, False, 0),
        ("sqlite", 1, False, 0), ("any", 1, False, 0),
        ("sqlite", 0, True, 0),
        ("any", 1, False, 1),
    ]  # fmt: skip


def test_a_name_that_pytest_does_not_know_is_bad(tmp_path: Path) -> None:
    (finding,) = run_tests([row(f"{HERE}::test_that_was_renamed")], ["sqlite"], tmp_path)
    assert not finding.is_good and "no test ran" in finding.trouble[0]


def test_what_has_not_ended_in_time_is_bad(tmp_path: Path) -> None:
    findings = run_tests([row(TWICE)], ["sqlite", "postgres"], tmp_path, seconds=0.3)
    assert findings and not any(finding.is_good for finding in findings)


def test_the_verdict_says_on_which_database() -> None:
    done = Finding("one", "sqlite", 60, whole_after=1.0)
    there = Finding("one", "postgres", 60, shown_by="tests", tests=2)
    left_out = Finding("one", "postgres", 60, skipped="no PostgreSQL here")
    bad = Finding("one", "postgres", 60, shown_by="tests", trouble=["it failed"])
    assert [Report(1, "", list(findings)).verdict for findings in [(done, there), (done, left_out), (bad, done)]] == [
        "good", "good, on SQLite only; 1 skipped", "NOT GOOD",
    ]  # fmt: skip
    assert not Report(1, "", [left_out]).is_good and not Report(1, "", [bad, done]).is_good


def test_rows_are_chosen_by_name() -> None:
    assert [fault.name for fault in choose(["worker killed"])] == ["worker killed"]
    assert len(choose(["road to redis"])) == 7 and choose(["no such thing"]) == [] and choose([]) == FAULTS
