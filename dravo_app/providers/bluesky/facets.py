"""Bluesky: which parts of a text are links, mentions and tags, as the official app marks them, by UTF-8 offsets."""

from collections.abc import Callable
from dataclasses import dataclass

import regex
from twitter_text.regexp.valid_cctld import valid_cctld
from twitter_text.regexp.valid_gtld import valid_gtld

from dravo_app.providers.bluesky import facts
from dravo_app.providers.types import Json


@dataclass(frozen=True)
class Part:
    """A marked part of a text: characters `start` to `end`, and what it is; a mention's value is a handle."""

    kind: str
    start: int
    end: int
    value: str


def parts(text: str) -> list[Part]:
    """Links, mentions and tags in order; none overlaps another."""
    found: list[Part] = []
    for part in [*_links(text), *_mentions(text), *_tags(text)]:
        if all(part.end <= other.start or other.end <= part.start for other in found):
            found.append(part)
    return sorted(found, key=lambda part: part.start)


def facets(text: str, resolve: Callable[[str], str | None]) -> list[Json]:
    """The text's facets; `resolve` turns a handle into a DID, and a mention without one stays plain text."""
    known: dict[str, str | None] = {}
    made: list[Json] = []
    for part in parts(text):
        if part.kind == "mention" and part.value not in known:
            known[part.value] = resolve(part.value)
        value = known[part.value] if part.kind == "mention" else part.value
        if value:
            made.append(_facet(text, part, value))
    return made


_FIELDS = {"link": "uri", "mention": "did", "tag": "tag"}


def _facet(text: str, part: Part, value: str) -> Json:
    feature: Json = {"$type": f"app.bsky.richtext.facet#{part.kind}", _FIELDS[part.kind]: value}
    start, end = (len(text[:index].encode()) for index in (part.start, part.end))
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


_OPENING = r"(?:^|(?<=[\s(]))"
_LINK = regex.compile(
    _OPENING + r"(?:https?://\S+|(?<host>[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+)(?![\w@])(?:(?::\d+)?[/?#]\S*)?)",
    regex.IGNORECASE,
)
_MENTION = regex.compile(_OPENING + r"@(?<handle>[a-z0-9.-]*[a-z0-9])", regex.IGNORECASE)
_HANDLE = regex.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", regex.IGNORECASE
)
_CLOSING = ".,;:!?\"'”’»。、，！？"
_INVISIBLE = r"\u00AD\u2060\u200A\u200B\u200C\u200D\u20E2"
_TAG = regex.compile(rf"(?:^|(?<=\s))[#＃](?!\uFE0F)(?<tag>[^\s{_INVISIBLE}]+)")
_TAG_END = regex.compile(r"\p{P}+$")
_TAG_LETTER = regex.compile(r"[^\d\s\p{P}]")


def _links(text: str) -> list[Part]:
    found = []
    for match in _LINK.finditer(text):
        host, written = match["host"], _without_closing(match[0])
        if host and not _is_public(host):
            continue
        if len(written) > len("https://"):
            uri = f"https://{written}" if host else written
            found.append(Part("link", match.start(), match.start() + len(written), uri))
    return found


def _is_public(host: str) -> bool:
    """Does a bare name end in a top-level domain? `readme.txt` doesn't, `readme.md` does."""
    ending = host.rpartition(".")[2].lower()
    return bool(valid_gtld.fullmatch(ending) or valid_cctld.fullmatch(ending))


def _without_closing(written: str) -> str:
    """A link without the sentence's punctuation after it; a closing bracket stays where the link opened it."""
    while written and (written[-1] in _CLOSING or (written[-1] == ")" and written.count(")") > written.count("("))):
        written = written[:-1]
    return written


def _mentions(text: str) -> list[Part]:
    return [
        Part("mention", match.start(), match.end(), match["handle"])
        for match in _MENTION.finditer(text)
        if len(match["handle"]) <= 253 and _HANDLE.fullmatch(match["handle"])
    ]


def _tags(text: str) -> list[Part]:
    found = []
    for match in _TAG.finditer(text):
        tag = _TAG_END.sub("", match["tag"])
        short = len(regex.findall(r"\X", tag)) <= facts.MAX_TAG_GRAPHEMES and len(tag.encode()) <= facts.MAX_TAG_BYTES
        if short and _TAG_LETTER.search(tag):
            found.append(Part("tag", match.start(), match.start() + 1 + len(tag), tag))
    return found
