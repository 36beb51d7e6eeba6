"""Mastodon: how long a text is, by the server's own rule (StatusLengthValidator): graphemes, short links, short names."""

import re

import regex

_LINK = re.compile(
    r"(?<![A-Za-z0-9@＠$#＃])https?://([\w-]+(?:\.[\w-]+)+)(?![\w@])(?::\d{1,5})?(?:[/?][^\s<>]*)?", re.IGNORECASE
)
_NAME = re.compile(r"(?<![=/\w])(@[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)@[\w.-]*\w")
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
    """A link ends before a bracket that has no partner in it, and not in punctuation."""
    opened: list[int] = []
    for position, character in enumerate(link):
        if character == "(":
            opened.append(position)
        elif character == ")" and not opened:
            return link[:position].rstrip(_NEVER_LAST)
        elif character == ")":
            opened.pop()
    return link[: opened[0] if opened else None].rstrip(_NEVER_LAST)
