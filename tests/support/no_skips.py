"""Pytest plugin: where every tool is present (`DRAVO_TEST_NO_SKIP=1`, set by .ci/run), a skipped test is a failed one."""

import os
from collections.abc import Generator
from typing import TypeVar

import pytest

R = TypeVar("R", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _strict((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _strict((yield))


def _strict(report: R) -> R:
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("DRAVO_TEST_NO_SKIP") == "1":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"A skip is a failure here (DRAVO_TEST_NO_SKIP=1): {reason}"
    return report
