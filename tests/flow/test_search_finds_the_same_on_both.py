"""300 texts of every script, words cut and broken in every way: SQLite and PostgreSQL find the same, and what a reader would."""

import random
import sys
import unicodedata

import pytest

from dravo_app import db
from dravo_app.models import Environment, Role
from dravo_app.services import history_pages, search
from dravo_app.services.caller import Caller
from dravo_app.services.history_pages import HistoryFilter
from tests.conftest import Settle
from tests.support import databases
from tests.support.jobs import add_job

SEED = 20260701
_OWNER = Caller(workspace_key=1, environment=Environment.TEST, actor="usr_tester", role=Role.OWNER)
WORDS = [
    "café",
    "naïve",
    "Ångström",
    "straße",
    "İstanbul",
    "ﬁnance",
    "coöperate",
    "jalapeño",
    "dravo",
    "don't",
    "re-post",
    "3,14",
    "v2.0",
    "C++",
    "foo_bar",
    "e-mail",
    "x",
    "y",
    "東京",
    "東京都庁",
    "日本語テキスト",
    "サーバー",
    "ﾊﾝｶｸ",
    "서울",
    "한국어",
    "สวัสดี",
    "ภาษาไทย",
    "नमस्ते",
    "हिन्दी",
    "বাংলা",
    "தமிழ்",
    "مرحبا",
    "שלום",
    "ελληνικά",
    "Ωmega",
    "Привет",
    "ёлка",
    "👩\u200d👩\u200d👧",
    "🇩🇪",
    "❤️",
    "1️⃣",
    "#tag",
    "@name",
    "https://example.com/a?b=c",
    "NEAR",
    "AND",
    "OR",
    "NOT",
    "col:x",
    "*",
    "^",
    "(",
    ")",
    '"',
    "'",
    "--",
    ";",
    "%",
    "_",
    "②",
    "ⅷ",
    "⁵",
    "𝒳",
    "𞤀𞤁",
    "𑜀",
]
CLASSES = ("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd", "Nl", "No")
RARE = [chr(point) for point in range(0x80, sys.maxunicode) if unicodedata.category(chr(point)) in CLASSES]


@pytest.mark.postgres
def test_both_databases_find_what_the_words_say(sqlite: str, postgres: databases.Postgres, settle: Settle) -> None:
    chance = random.Random(SEED)
    texts = [_text(chance) for _ in range(300)]
    queries = [query for text in texts for query in _queries(chance, text)]
    on_sqlite = _found(settle, sqlite, texts, queries)
    with postgres.fresh() as url:
        on_postgres = _found(settle, url, texts, queries)
    expected = {query: _matching(texts, query) for query in queries}
    differing = [query for query in queries if not on_sqlite[query] == on_postgres[query] == expected[query]]
    assert not differing, [(q, search.normalise(q), on_sqlite[q], on_postgres[q], expected[q]) for q in differing[:5]]
    print(f"{len(texts)} texts, {len(queries)} queries, {sum(map(len, expected.values()))} matches")
    assert sum(bool(found) for found in expected.values()) > len(queries) // 2


def _found(settle: Settle, url: str, texts: list[str], queries: list[str]) -> dict[str, set[int]]:
    settle(DATABASE_URL=url)
    with db.transaction() as session:
        keys = {add_job(session, text).key: number for number, text in enumerate(texts)}
    found: dict[str, set[int]] = {}
    with db.reading() as session:
        for query in queries:
            chosen = history_pages.search_keys(session, _OWNER, HistoryFilter(q=query))
            found[query] = set() if chosen is None else {keys[key] for key in session.scalars(chosen)}
    return found


def _matching(texts: list[str], query: str) -> set[int]:
    """Every word of the query is a word of the text; the last may be a beginning."""
    words = search.normalise(query).split(" ")
    cut = [set(search.normalise(text).split(" ")) for text in texts]
    return {
        number
        for number, of_text in enumerate(cut)
        if words[-1] and set(words[:-1]) <= of_text and any(word.startswith(words[-1]) for word in of_text)
    }


def _text(chance: random.Random) -> str:
    rare = ["".join(chance.choices(RARE, k=chance.randint(1, 5))) for _ in range(2)]
    return chance.choice([" ", " ", "-", ", ", "\n"]).join(chance.choices(WORDS + rare, k=chance.randint(1, 9)))


def _queries(chance: random.Random, text: str) -> list[str]:
    start = chance.randrange(len(text))
    piece = text[start : start + chance.randint(1, 12)]
    words = text.split()
    return [
        chance.choice((piece, piece.upper(), f'"{piece}"', f"{piece}*")),
        " ".join(chance.sample(words, min(2, len(words)))),
    ]
