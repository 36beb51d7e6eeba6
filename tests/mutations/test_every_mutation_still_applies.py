"""The mutation check is worth what its mutations are: each still finds its words in the source, each names tests that exist."""

import re
import shutil
from pathlib import Path

import pytest

from tests.mutations.__main__ import ROOT
from tests.mutations.mutation import DoesNotApply, Edit, Mutation
from tests.mutations.table import MUTATIONS


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files that are going to be changed, and no others."""
    for path in {edit.path for mutation in MUTATIONS for edit in mutation.edits}:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def test_each_finds_its_words_and_leaves_a_program(copy: Path) -> None:
    assert len(MUTATIONS) >= 6
    for mutation in MUTATIONS:
        before = mutation.apply(copy)
        for path, text in before.items():
            assert path.read_text() != text
            compile(path.read_text(), path, "exec")
            path.write_text(text)


def test_each_asks_tests_that_there_are() -> None:
    for test in {test for mutation in MUTATIONS for test in mutation.tests}:
        path, _, name = test.partition("::")
        name = name.partition("[")[0]
        assert re.search(rf"^def {name}\(", (ROOT / path).read_text(), re.MULTILINE) if name else (ROOT / path).exists()


def test_changed_words_are_an_error_and_change_nothing(copy: Path) -> None:
    edits = (*MUTATIONS[0].edits, Edit(MUTATIONS[0].edits[0].path, "what nobody has written", ""))
    before = {path: path.read_text() for path in copy.rglob("*.py")}
    with pytest.raises(DoesNotApply):
        Mutation("sense", edits, ()).apply(copy)
    assert {path: path.read_text() for path in copy.rglob("*.py")} == before
