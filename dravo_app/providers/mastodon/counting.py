"""Mastodon: how long a text is, by the server's own rule (StatusLengthValidator): graphemes, short links, short names."""

import re

import regex

_LINK = re.compile(
    r"(?<![A-Za-z0-9@＠$#＃])https?://([\w-]+(?:\.[\w-]+)+)(?::\d{1,5})?(?:[/?][^\s<>]*)?", re.IGNORECASE
)
_NAME = re.compile(r"(?<![=/\w])(@\w(?:[\w.-]*\w)?)@[\w.-]*\w", re.ASCII | re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]{2,}|xn--[a-z0-9-]+", re.IGNORECASE)
_NEVER_LAST = "?!*\"'「」<>;:=,.$%[]~&|@"


def length(text: str, url_characters: int) -> int:
    """The text's length: each link counts `url_characters`, of @user@server only @user."""
    found = links(text)
    starts = [*(start for start, _ in found), len(text)]
    ends = [0, *(end for _, end in found)]
    pieces = [text[end:start] for end, start in zip(ends, starts, strict=True)]
    # The placeholder keeps what stands beside a link from melting into it, or into each other.
    return graphemes(("x" * url_characters).join(_NAME.sub(r"\1", piece) for piece in pieces))


def graphemes(text: str) -> int:
    """How many characters people see."""
    return len(regex.findall(r"\X", text))


def links(text: str) -> list[tuple[int, int]]:
    """Where the links are: start and end in characters, in order."""
    found = []
    for match in _LINK.finditer(text):
        if _LETTERS.fullmatch(match[1].rpartition(".")[2]):
            found.append((match.start(), match.start() + len(_without_tail(match[0]))))
    return found


def _without_tail(link: str) -> str:
    """A link ends before a bracket that it didn't open, and not in punctuation."""
    depth = 0
    for position, character in enumerate(link):
        depth += (character == "(") - (character == ")")
        if depth < 0:
            link = link[:position]
            break
    return link.rstrip(_NEVER_LAST)
