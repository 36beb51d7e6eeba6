"""`docs/chaos.md` lists every fault as the table has it, and every test that the table names exists."""

import re
from pathlib import Path

from tests.chaos.fault import Fault
from tests.chaos.table import FAULTS
from tests.support.world import ROOT

PAGE = ROOT / "docs" / "chaos.md"
_ROW = re.compile(r"^\| (?!Fault|---)(.+) \|$", re.MULTILINE)


def row_of(fault: Fault) -> str:
    """As it stands on the page."""
    where = "" if len(fault.databases) == 2 else f" ({'SQLite' if fault.databases == ('sqlite',) else 'PostgreSQL'})"
    shown_by = [f"`{name.removeprefix('tests/').partition('::')[0]}`" for name in fault.tests]
    shown_by = (["`chaos`"] if fault.harm else []) + list(dict.fromkeys(shown_by))
    return f"{fault.name}{where} | {fault.does} | {fault.ends} | {fault.bound_seconds:g} s | {', '.join(shown_by)}"


def test_the_page_has_the_tables_rows() -> None:
    assert _ROW.findall(PAGE.read_text()) == [row_of(fault) for fault in FAULTS]


def test_every_fault_is_shown_by_something() -> None:
    assert not [fault.name for fault in FAULTS if not (fault.harm or fault.tests)]
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert not [fault.name for fault in FAULTS if fault.lane and not fault.harm]


def test_the_page_says_what_the_walk_leaves_out_and_the_readme_counts_right() -> None:
    walked, brought = sum(fault.lane is not None for fault in FAULTS), sum(fault.harm is not None for fault in FAULTS)
    page, readme = (" ".join(path.read_text().split()) for path in (PAGE, ROOT / "README.md"))
    assert f"{walked} of the {len(FAULTS)} rows" in page
    assert f"{', '.join(fault.name for fault in FAULTS if fault.harm and not fault.lane)}." in page
    for part in (f"{len(FAULTS)} faults", f"{brought} of them", f"{walked} of them"):
        assert part in readme


def test_every_test_that_is_named_exists() -> None:
    missing = [name for fault in FAULTS for name in fault.tests if not _exists(name)]
    assert missing == []


def _exists(name: str) -> bool:
    path, _, function = name.partition("::")
    file = ROOT / path
    return file.is_file() and bool(re.search(rf"^(async )?def {re.escape(function)}\(", file.read_text(), re.MULTILINE))


def test_no_row_is_left_out_by_a_typing_mistake() -> None:
    assert isinstance(PAGE, Path) and len(_ROW.findall(PAGE.read_text())) == len(FAULTS) > 30
