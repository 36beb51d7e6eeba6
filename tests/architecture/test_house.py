"""House rules that a reader relies on, held for every file: said in words, small, named after what it is."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sqlmodel import SQLModel

import dravo_app.models  # noqa: F401  # registers the tables
from dravo_app.api.app import build_api
from dravo_app.api.description import describe

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "dravo_app"
SOURCES = sorted(PACKAGE.rglob("*.py"))
LONGEST_FILE = 400
NOWHERE = {"util", "utils", "helper", "helpers", "manager", "handler"}
NOT_ALONE = {"data", "info", "process"}
OPENS_A_TRANSACTION = re.compile(r"\bdb\.(transaction|reading|grouped|insistently)\(")
OWN_TRANSACTIONS = {"tokens", "intake", "ticker", "readiness", "own_limits", "restored"}
"""Where a network call lies in between, and the worker's machinery and the health check, which are doors themselves."""
COMMITS = re.compile(r"\bsession\.(commit|rollback)\(")
WITHOUT_WORKSPACE = {"user_account", "workspace"}


def test_every_module_says_its_place_in_its_first_sentence() -> None:
    assert [_name(path) for path in SOURCES if path.read_text().strip() and not ast.get_docstring(_tree(path))] == []


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    everything = [*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "alembic").glob("*.py")]
    assert [_name(path) for path in everything if len(path.read_text().splitlines()) > LONGEST_FILE] == []


def test_nothing_is_called_by_a_name_that_says_nothing() -> None:
    named = [(_name(path), name) for path in SOURCES for name in [path.stem, *_defined(path)]]
    assert len(named) > 500
    assert [found for found in named if _says_nothing(found[1])] == []


def test_adapters_neither_sleep_nor_retry() -> None:
    adapters = [path for path in SOURCES if path.is_relative_to(PACKAGE / "providers")]
    imported = {f"{_name(path)}: {name}" for path in adapters for name in _imports(path)}
    assert [use for use in imported if use.endswith((": time", ": asyncio", ": threading", ": random"))] == []


def test_services_leave_transactions_to_the_doors() -> None:
    services = [path for path in SOURCES if path.is_relative_to(PACKAGE / "services")]
    opening = {path.stem for path in services if OPENS_A_TRANSACTION.search(path.read_text())}
    assert opening == OWN_TRANSACTIONS
    committing = {_name(path) for path in SOURCES if COMMITS.search(path.read_text())}
    assert committing == set()


def test_every_operation_is_described() -> None:
    document = describe(build_api())
    operations = [found for path in document["paths"].values() for found in path.values()]
    assert len(operations) > 10
    assert [found["operationId"] for found in operations if not found.get("description")] == []


def test_every_table_belongs_to_a_workspace() -> None:
    tables = SQLModel.metadata.tables.values()
    assert len(tables) > 10
    assert {t.name for t in tables if "workspace_key" not in t.columns} == WITHOUT_WORKSPACE
    assert [t.name for t in tables if t.name not in WITHOUT_WORKSPACE and t.columns["workspace_key"].nullable] == []


def test_models_have_no_postponed_annotations() -> None:
    """`from __future__ import annotations` breaks SQLModel's relationships."""
    models = [path for path in SOURCES if path.is_relative_to(PACKAGE / "models")]
    assert [_name(path) for path in models if "__future__" in set(_imports(path))] == []


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _defined(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def _says_nothing(name: str) -> bool:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_").split("_")
    if name in NAMED_BY_A_LIBRARY:
        return False
    return bool(NOWHERE & set(words)) or (len(words) == 1 and words[0] in NOT_ALONE)


NAMED_BY_A_LIBRARY = {"_install_signal_handlers", "get_route_handler"}
"""Methods that a library calls by these names."""


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]
