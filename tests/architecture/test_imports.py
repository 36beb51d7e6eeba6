"""What the import linter can't see: packages used before anything is installed, and adapters nobody placed."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "dravo_app"
BARE = [*(PACKAGE / "starting").glob("*.py"), PACKAGE / "settings.py", PACKAGE / "errors.py"]


def test_starting_settings_and_errors_need_a_bare_python_only() -> None:
    foreign = {f"{path.name} imports {name}" for path in BARE for name in _imported(path)}
    assert len(BARE) > 8
    assert foreign == set()


def test_every_adapter_is_placed_in_the_import_rules() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    placed = next(set(contract["modules"]) for contract in contracts if contract["type"] == "independence")
    adapters = {f"dravo_app.providers.{made.parent.name}" for made in PACKAGE.glob("providers/*/__init__.py")}
    assert placed == adapters


def test_there_is_no_module_outside_the_package() -> None:
    """What lies beside `dravo_app` escapes every rule, so nothing but configuration may lie there."""
    assert {path.name for path in ROOT.glob("*.py")} == {"rxconfig.py"}


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (_top(alias.name) for alias in node.names if _is_foreign(alias.name))
        elif isinstance(node, ast.ImportFrom) and (node.level or _is_foreign(node.module or "")):
            yield node.module or "."


def _is_foreign(name: str) -> bool:
    return _top(name) not in sys.stdlib_module_names and _top(name) != "dravo_app"


def _top(name: str) -> str:
    return name.partition(".")[0]
