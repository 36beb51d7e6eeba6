"""`docs/operating.md` names every setting and every verb."""

import re
from pathlib import Path

from dravo_app.settings import read_settings
from dravo_app.starting.__main__ import HELP, HOST_VERBS, OPERATOR_VERBS

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "operating.md").read_text()


class _Watched(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.asked.add(name)
        return super().get(name, default)


def test_every_setting_has_its_row() -> None:
    watched = _Watched()
    read_settings(watched)
    rows = set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE))
    assert rows == {name for name in watched.asked if not name.startswith("DRAVO_ENGINE_")}


def test_every_setting_that_the_help_names_has_its_row() -> None:
    named = set(re.findall(r"\b(?:DRAVO_[A-Z_]+|[A-Z]+_URL)\b", HELP))
    assert len(named) > 8
    assert {name for name in named if f"| `{name}` |" not in PAGE} == set()


def test_the_help_names_every_setting() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE)
    assert [name for name in rows if not re.search(rf"\b{name}\b", HELP)] == []


def test_the_page_says_from_when_on_a_post_is_late() -> None:
    seconds = read_settings({}).late_after_seconds
    assert f"| `DRAVO_LATE_AFTER_SECONDS` | `{seconds}` |" in PAGE
    assert "Up to five minutes everybody puts up with" in PAGE and seconds == 5 * 60


def test_every_verb_is_told() -> None:
    verbs = {*OPERATOR_VERBS, *HOST_VERBS, "test", "check", "bench", "chaos", "prove"}
    told = {
        verb
        for row in re.findall(r"^\| (`\./dravo .*?) \|", PAGE, re.MULTILINE)
        for verb in re.findall(r"`\./dravo ([a-z-]+)", row)
    }
    assert told == verbs
