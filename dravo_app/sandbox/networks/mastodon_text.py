"""Mastodon's view of a text: where it sees addresses, names and tags, how long it is, and the HTML it makes of it."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dravo_app.sandbox.graphemes import count_graphemes

DOMAIN = "mastodon.example"
ADDRESS_LENGTH = 23
_SHOWN_OF_ADDRESS = 30

_HOST = r"(?:[^\W_](?:[\w\-]{0,61}[^\W_])?\.)+(?:[^\W\d_]{2,63}|xn--[a-z0-9\-]{2,59})(?![A-Za-z0-9@+\-]|\.[^\W_])"
_GROUP = r"\([^()\s<>]{0,200}\)"
_LAST = r"[^\s<>()?!*\"'「」;:=,.$%\[\]~&|@]"
_PATH = rf"(?:/(?:(?:[^\s<>()?]|{_GROUP})*(?:{_LAST}|{_GROUP}))?)?"
_WIDE = "\u00a0-\ud7ff\uf900-\U000efffd"
_QUERY = rf"(?:\?[a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@^{_WIDE}]*[a-z0-9_&=#/\-{_WIDE}])?"
_ADDRESS = rf"(?<![A-Za-z0-9@＠$#＃])(?P<url>https?://{_HOST}(?::[0-9]{{1,5}})?{_PATH}{_QUERY})"
_NAME = r"(?<![=/\w])@(?P<name>[A-Za-z0-9_]+(?:[A-Za-z0-9_.\-]*[A-Za-z0-9_])?)(?:@(?P<domain>[\w.\-]*\w))?"
_TAG = r"(?<![\w/)=&])[#＃](?P<tag>\w*[^\W\d]\w*)"
_AFTER_NO_NAME = re.compile(r"[@＠\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]|://")
_PATTERNS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in (_ADDRESS, _NAME, _TAG))
_PREFIX = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entity:
    """Something in a text that becomes a link; `value` is the address, the tag, or the name with its domain."""

    kind: Literal["url", "name", "tag"]
    start: int
    end: int
    value: str


def entities(text: str, *, with_tags: bool = True) -> list[Entity]:
    """What Mastodon links in a text, in order; of two that overlap, the first."""
    patterns = _PATTERNS if with_tags else _PATTERNS[:2]
    found = [_entity(match) for pattern in patterns for match in pattern.finditer(text)]
    apart: list[Entity] = []
    for entity in sorted(found, key=lambda one: one.start):
        is_no_name = entity.kind == "name" and _AFTER_NO_NAME.match(text, entity.end)
        if not is_no_name and (not apart or apart[-1].end <= entity.start):
            apart.append(entity)
    return apart


def length(text: str, spoiler_text: str = "") -> int:
    """Characters as readers see them; every address counts 23, and a name only up to its domain."""
    pieces: list[str] = [spoiler_text]
    end = 0
    for found in entities(text, with_tags=False):
        pieces.append(text[end : found.start])
        is_address = found.kind == "url"
        pieces.append("x" * ADDRESS_LENGTH if is_address else "@" + found.value.partition("@")[0])
        end = found.end
    return count_graphemes("".join([*pieces, text[end:]]))


def render(text: str, find_profile: Callable[[str], str | None]) -> str:
    """The text as HTML: paragraphs, line breaks, links. `find_profile` gives a name's page, None where nobody has it."""
    if not text:
        return ""
    pieces: list[str] = []
    end = 0
    for found in entities(text):
        pieces += [_safe(text[end : found.start]), _link(found, text[found.start : found.end], find_profile)]
        end = found.end
    return _paragraphs("".join([*pieces, _safe(text[end:])]))


def shorten(url: str) -> str:
    """What Mastodon's own pages show of an address."""
    _, shown, hidden = _cut(url)
    return shown + "…" if hidden else shown


def _entity(match: re.Match[str]) -> Entity:
    groups = match.groupdict()
    if groups.get("url"):
        return Entity("url", match.start(), match.end(), match["url"])
    if groups.get("name"):
        domain = f"@{match['domain']}" if match["domain"] else ""
        return Entity("name", match.start(), match.end(), match["name"] + domain)
    return Entity("tag", match.start(), match.end(), match["tag"])


def _link(found: Entity, written: str, find_profile: Callable[[str], str | None]) -> str:
    match found.kind:
        case "url":
            return _address(found.value)
        case "tag":
            page = f"https://{DOMAIN}/tags/{found.value.lower()}"
            return f'<a href="{_safe(page)}" class="mention hashtag" rel="tag">#<span>{_safe(found.value)}</span></a>'
    profile = find_profile(found.value)
    if profile is None:
        return _safe(written)
    name = _safe(found.value.partition("@")[0])
    link = f'<a href="{_safe(profile)}" class="u-url mention">@<span>{name}</span></a>'
    return f'<span class="h-card" translate="no">{link}</span>'


def _address(url: str) -> str:
    """Three spans: without styles the whole address is there, with Mastodon's only its first thirty characters."""
    prefix, shown, hidden = _cut(url)
    return (
        f'<a href="{_safe(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{_safe(prefix)}</span><span class="{"ellipsis" if hidden else ""}">{_safe(shown)}</span>'
        f'<span class="invisible">{_safe(hidden)}</span></a>'
    )


def _cut(url: str) -> tuple[str, str, str]:
    match = _PREFIX.match(url)
    prefix = match[0] if match else ""
    rest = url[len(prefix) :]
    return prefix, rest[:_SHOWN_OF_ADDRESS], rest[_SHOWN_OF_ADDRESS:]


def _paragraphs(content: str) -> str:
    content = re.sub(r"\r\n?", "\n", content)
    paragraphs = [re.sub(r"(?<=[^\n])\n(?=[^\n])", "<br />", part) for part in re.split(r"\n\n+", content)]
    return "".join(f"<p>{part}</p>" for part in paragraphs).replace("\n", "")


def _safe(text: str) -> str:
    return html.escape(text).replace("&#x27;", "&#39;")
