"""Cuts text into words once, in our code, so that search finds the same on SQLite and on PostgreSQL.

NFKD, casefold, combining marks below U+0900 dropped (é → e; marks of Indic scripts stay, they are letters there), NFC,
then runs of letters and digits; scripts written without spaces become overlapping pairs. Both databases index the words.
"""

import unicodedata
from collections.abc import Iterator

import regex

_RUN = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}]"
_PIECE = regex.compile(rf"{_UNSPACED}+|(?:(?!{_UNSPACED})[\p{{L}}\p{{M}}\p{{N}}])+")
_IS_UNSPACED = regex.compile(_UNSPACED)
_LAST_FOLDED_MARK = "ऀ"
_LONGEST_WORD = 64  # an index entry has a size limit; nobody types more


def normalise(content: str) -> str:
    """The words of a text, each followed by one space; kept in `publish_job.search_text`."""
    return " ".join(_words(content))


def find_expression(query: str, *, on_sqlite: bool) -> str | None:
    """The database's own expression for: all words, the last by its beginning. None where the query has no word at all."""
    words = list(_words(query))
    if not words:
        return None
    whole, last = list(dict.fromkeys(words[:-1])), words[-1]
    if on_sqlite:
        return " ".join([*(f'"{word}"' for word in whole), f'"{last}"*'])
    return " & ".join([*(_quote(word) for word in whole), f"{_quote(last)}:*"])


def _words(content: str) -> Iterator[str]:
    for run in _RUN.findall(_fold(content)):
        for piece in _PIECE.findall(run):
            yield from _pairs(piece) if _IS_UNSPACED.match(piece) else [piece[:_LONGEST_WORD]]


def _fold(content: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", content).casefold())
    kept = (c for c in decomposed if not (unicodedata.combining(c) and c < _LAST_FOLDED_MARK))
    return unicodedata.normalize("NFC", "".join(kept))


def _pairs(piece: str) -> list[str]:
    return [piece[i : i + 2] for i in range(len(piece) - 1)] + [piece[-1]]


def _quote(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"
