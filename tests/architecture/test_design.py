"""The look of the dashboard comes from one file: colours and measures are literals in `ui/theme.py` only."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from dravo_app.ui import theme

ROOT = Path(__file__).parent.parent.parent
UI = ROOT / "dravo_app" / "ui"
SOURCES = sorted(path for path in UI.rglob("*.py") if path.name != "theme.py")
LITERAL = re.compile(
    r"(?<![\w.-])\d*\.?\d+(?:px|rem|em|pt|vh|vw|ms|s)\b(?!\w)|#(?:[0-9a-fA-F]{3,4}){1,2}\b|\brgba?\(|\bhsla?\("
)
ALLOWED = {"1px", "2px", "100vh", "100vw", "100dvh"}
"""A hairline, a gap within one control, the whole window: no step of any scale."""


def test_no_colour_and_no_measure_is_written_outside_the_theme() -> None:
    found = [(str(path.relative_to(UI)), text) for path in SOURCES for text in _strings(path)]
    assert len(found) > 500
    strays = {(name, one) for name, text in found for one in LITERAL.findall(text) if one not in ALLOWED}
    assert sorted(strays) == []


def test_every_status_and_health_has_a_colour_and_a_sign() -> None:
    assert set(theme.STATUS_COLOURS) == set(theme.STATUS_ICONS)
    assert set(theme.HEALTH_COLOURS) == set(theme.HEALTH_ICONS) == set(theme.HEALTH_WORDS)
    assert set(theme.NOTE_COLOURS) == set(theme.NOTE_ICONS)


def _strings(path: Path) -> Iterator[str]:
    """Every text in a file but its docstrings."""
    tree = ast.parse(path.read_text())
    said = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value
