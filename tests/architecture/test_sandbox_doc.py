"""`docs/sandbox.md` lists the faults that the sandbox plays, all of them and no other."""

import re
from pathlib import Path
from typing import get_args

from dravo_app.sandbox.faults import Kind, markers_in, parse_marker

PAGE = (Path(__file__).parent.parent.parent / "docs" / "sandbox.md").read_text()
MARKERS = re.findall(r"^\| `(\[\[sandbox: [^`]+\]\])` \|", PAGE, re.MULTILINE)


def test_every_marker_of_the_page_is_one() -> None:
    assert [marker for marker in MARKERS if len(markers_in(marker)) != 1] == []


def test_every_fault_has_its_row() -> None:
    told = [found.kind for marker in MARKERS for found in markers_in(marker)]
    assert sorted(told) == sorted(set(get_args(Kind)) - {"ok"})


def test_every_script_of_the_page_can_be_played() -> None:
    scripts = re.findall(r'"script": \[([^\]]+)\]', PAGE)
    words = [word for script in scripts for word in re.findall(r'"([^"]+)"', script)]
    assert words
    assert [word for word in words if parse_marker(word) is None] == []
