"""The sandbox and the adapter count Mastodon's characters each by code of its own; chance looks for a text that divides them."""

import random

import pytest

from dravo_app.providers.mastodon import counting
from dravo_app.sandbox.networks.mastodon_text import length

PIECES = [
    "https://", "http://", "example.com", "www.ex.de", "/a/b", "https://example.com?x=1&y=2 ", "#frag", "(", ")", ".", ",", "!", " ", "\n",
    " @bob", " @bob@ex.social ", " ß@bob@ex.social ", " @a.b@c.d-e.org ", "é", "e\u0301", "👨‍👩‍👧‍👦", "🇫🇷", "日本", "x", "#tag", "localhost:80",
    " foo@bar.com", "münchen.de", "'", '"', ":80", " 8080", "https://example.com/wiki/A_(b) ", "~", "…", "“", "\u200d", "\u200b", "ß",
    "//", " a..b", ".com", " xn--p1ai",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_no_text_is_longer_for_one_than_for_the_other(seed: int) -> None:
    chance = random.Random(seed)
    texts = ["".join(chance.choice(PIECES) for _ in range(chance.randint(1, 6))) for _ in range(4000)]
    assert [(text, length(text), counting.length(text, 23)) for text in texts if _differ(text)] == []


def _differ(text: str) -> bool:
    return length(text) != counting.length(text, 23)
