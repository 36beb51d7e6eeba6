"""Mastodon: how long a text is, by the server's own rule (StatusLengthValidator): graphemes, short links, short names."""

import re
from collections.abc import Iterator

import regex

_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = rf"(?:{_LABEL}\.)+(?:[^\W\d_]{{2,63}}|xn--[a-z0-9-]{{2,59}})(?![A-Za-z0-9@+-]|\.[^\W_])"
_LINK = rf"(?<![A-Za-z0-9@＠$#＃])(?P<link>https?://{_HOST}(?::\d{{1,5}})?)"
_NAME = r"(?<![=/\w])(?P<name>@[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(?:@[\w.-]*\w)?"
_AFTER_NO_NAME = re.compile(r"[@＠\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]|://")
_ENTITY = re.compile(f"{_LINK}|{_NAME}", re.IGNORECASE)
_PATH = re.compile(r"/[^\s<>?]*")
_QUERY = re.compile(r"\?[^\s<>]*")
_NEVER_LAST = "?!*\"'「」;:=,.$%[]~&|@"


def length(text: str, url_characters: int) -> int:
    """The text's length: each link counts `url_characters`, of @user@server only @user."""
    pieces, end = [], 0
    for start, stop, shown in _entities(text, "x" * url_characters):
        pieces += [text[end:start], shown]
        end = stop
    return graphemes("".join([*pieces, text[end:]]))


def graphemes(text: str) -> int:
    """How many characters people see."""
    return len(regex.findall(r"\X", text))


def _entities(text: str, link: str) -> Iterator[tuple[int, int, str]]:
    """Where links and names are, and what is counted in their place; of two that overlap the first is one."""
    found = _ENTITY.search(text)
    while found:
        if found["name"] and _AFTER_NO_NAME.match(text, found.end()):
            found = _ENTITY.search(text, found.start() + 1)  # a link may begin in what only looked like a name
            continue
        stop = found.end() if found["name"] else _end_of_link(text, found.end())
        yield found.start(), stop, found["name"] or link
        found = _ENTITY.search(text, stop)


def _end_of_link(text: str, end: int) -> int:
    """After the host: a path and a query, each only as far as it can be one."""
    for part in (_PATH, _QUERY):
        if found := part.match(text, end):
            end += _length_without_tail(found[0])
    return end


def _length_without_tail(part: str) -> int:
    """Not the punctuation at its end, and nothing from a bracket without a partner on."""
    opened: list[int] = []
    stop = len(part)
    for position, character in enumerate(part):
        if character == "(":
            opened.append(position)
        elif character == ")" and not opened:
            stop = position
            break
        elif character == ")":
            opened.pop()
    return len(part[: opened[0] if opened else stop].rstrip(_NEVER_LAST))
