"""Documents lead where they say, and the first page stays short."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_every_file_that_a_decision_names_is_there(page: Path) -> None:
    named = re.findall(r"`((?:tests|alembic|services|providers|dravo_app)/[\w/]+(?:\.py|/))`", page.read_text())
    assert [name for name in named if not any((top / name).exists() for top in (ROOT, ROOT / "dravo_app"))] == []


def test_every_decision_says_what_holds_it() -> None:
    assert [page.name for page in DECISIONS if not re.search("held by|holds it", page.read_text(), re.IGNORECASE)] == []
    assert len({page.name[:4] for page in DECISIONS}) == len(DECISIONS)  # a number is given once


def test_the_first_page_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150
