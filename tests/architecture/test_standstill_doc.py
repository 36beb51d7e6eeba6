"""The page's table of standstills has every code that the code has, and no other."""

import re
from pathlib import Path

from dravo_app.services.publishing.standstill import Code

PAGE = Path(__file__).resolve().parents[2] / "docs" / "lifecycle.md"


def test_every_code_has_its_row() -> None:
    table = PAGE.read_text().partition("## Standstill")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert sorted(code for row in rows for code in re.findall(r"`(\w+)`", row)) == sorted(Code)
