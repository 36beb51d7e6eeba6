"""Mastodon: what a post says, out of the HTML in which servers show it, in one spelling for comparing."""

import re
import unicodedata
from html.parser import HTMLParser

_BREAKS = frozenset({"p", "br", "div", "blockquote", "li", "ul", "ol", "pre", "h1", "h2", "h3"})
_HIDDEN = frozenset({"script", "style"})
_NAME = re.compile(r"(?<![=/\w])(@\w(?:[\w.-]*\w)?)@[\w.:-]*\w")


def plain(content: str) -> str:
    """The text of a post's HTML. Servers cut links into visible and invisible pieces; together they are the link."""
    reader = _Reader()
    reader.feed(content)
    reader.close()
    return "".join(reader.pieces)


def canonical(text: str) -> str:
    """Text for comparing: blanks, invisible characters and the server behind a name say nothing about whose post it is."""
    text = _NAME.sub(r"\1", unicodedata.normalize("NFC", text))
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        self._break(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN and self._hidden > 0
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data)

    def _break(self, tag: str) -> None:
        if tag in _BREAKS:
            self.pieces.append("\n")
