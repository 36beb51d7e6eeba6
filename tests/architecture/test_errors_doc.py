"""`docs/errors.md` explains every code that anybody can meet, and says the same as the code does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dravo_app.api.problems import _SENTENCES
from dravo_app.errors import DravoError, ProviderError, Verdict, error_classes
from dravo_app.services.publishing.outcome import TABLE

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "errors.md").read_text()
SECTIONS = dict(re.findall(r"^### `(\w+)`\n\n(.+?)(?=\n#|\Z)", PAGE, re.MULTILINE | re.DOTALL))
RULES = re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", PAGE, re.MULTILINE)
CODE_ARGUMENT = {"Flaw": 1, "Problem": 0, "_refusal": 0, "_flaw": 0}
"""Which argument of the calls that make a flaw is its code."""
PASSED_ON = {"code", "problem.code", "f.code"}
"""Codes that were made elsewhere."""


@pytest.mark.parametrize("error", error_classes(), ids=lambda error: error.code)
def test_every_error_has_a_section_that_agrees_with_its_class(error: type[DravoError]) -> None:
    told = SECTIONS[error.code]
    verdict = f" · verdict `{error.verdict.value}`" if issubclass(error, ProviderError) else ""
    assert re.match(rf"{error.status} · (the |an )?{error.who_acts.value} acts{verdict}\n", told)
    assert error.sentence() in told
    assert "**Do:** " in told


def test_no_section_is_about_an_error_that_is_gone() -> None:
    assert set(SECTIONS) == {error.code for error in error_classes()} | set(_of_deliveries())


def test_every_verdict_has_a_row_that_agrees_with_the_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (yes|no) \| .+ \|$", PAGE, re.MULTILINE)
    rule = {verdict: (found.to.value, "yes" if found.uses_a_try else "no") for verdict, found in TABLE.items()}
    assert {Verdict(verdict): (state, uses) for verdict, state, uses in rows} == rule
    assert set(TABLE) == set(Verdict)


def test_every_rule_that_a_request_can_break_has_a_row() -> None:
    made = set(_of_requests())
    assert len(made) > 40
    assert made - set(RULES) == set()


def test_no_row_is_about_a_rule_that_is_gone() -> None:
    assert len(RULES) == len(set(RULES))
    assert set(RULES) - set(_of_requests()) == set()


def _of_requests() -> Iterator[str]:
    yield from _SENTENCES
    for path in (ROOT / "dravo_app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield from _code_of(node, path)


def _code_of(call: ast.Call, path: Path) -> Iterator[str]:
    place = CODE_ARGUMENT.get(call.func.id) if isinstance(call.func, ast.Name) else None
    if place is None or len(call.args) <= place:
        return
    given = call.args[place]
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        if re.fullmatch(r"[a-z_]+", given.value):  # a sentence is not a code: some refusals take only one
            yield given.value
    else:
        assert ast.unparse(given) in PASSED_ON or _is_no_flaw(call), (
            f"{path}: which codes can {ast.unparse(call)} have?"
        )


def _is_no_flaw(call: ast.Call) -> bool:
    """Two of the names stand for other things elsewhere: refusals by a sentence, flaws from what Pydantic found."""
    return isinstance(call.func, ast.Name) and call.func.id in ("_refusal", "_flaw")


def _of_deliveries() -> Iterator[str]:
    """Codes that are written straight onto a delivery."""
    for path in (ROOT / "dravo_app" / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                targets = [ast.unparse(target) for target in node.targets]
                if any(target.endswith(".error_code") for target in targets):
                    yield node.value.value
