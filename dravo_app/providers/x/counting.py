"""X: how long a text is, and where its links are, by X's own rules (twitter-text, config v3)."""

import re
from unicodedata import normalize

from twitter_text import extract_urls_with_indices, parse_tweet
from twitter_text.regexp.valid_cctld import valid_cctld
from twitter_text.regexp.valid_gtld import valid_gtld

_LINK_WEIGHT = 23
_LONGEST_HOST = 253
_RUN = re.compile(r"[^\s/?#]+")
_IN_PATHS = re.compile(r"[-_\u00c0-\u024f\u0253-\u02bb\u0300-\u036f\u0400-\u04ff\u1e00-\u1eff]")
_NEVER_IN_LINKS = re.compile(r"[^\x00-\x7f\u2013]")


def weight(text: str) -> int:
    """The text's length as X counts it: links 23, emoji 2, most scripts beyond Latin 2 per character."""
    composed = normalize("NFC", text)
    found = [(start, start + len(url)) for start, _, url in _extracted(composed)]
    # What is left is counted without a search for links, which would not be tamed: no dot, no link.
    length: int = parse_tweet(_without(composed, found).replace(".", ",")).weightedLength
    return length + len(found) * (_LINK_WEIGHT - 1)


def links(text: str) -> list[tuple[int, int]]:
    """Where the links are: start and end in characters, in order."""
    return [(start, end) for start, end, _ in _extracted(text)]


def top_level_domains() -> tuple[str, ...]:
    """The endings that make a host name out of a word, for counters elsewhere."""
    lists = (str(found.pattern).removeprefix("(?:(?:").partition(")")[0] for found in (valid_gtld, valid_cctld))
    return tuple(dict.fromkeys(name for names in lists for name in names.split("|")))


def _extracted(text: str) -> list[tuple[int, int, str]]:
    return [(*found["indices"], found["url"]) for found in extract_urls_with_indices(_tamed(text))]


def _without(text: str, found: list[tuple[int, int]]) -> str:
    """The text with a plus in the place of each link: it weighs one, and no accent after it melts into it."""
    ends = [0, *(end for _, end in found)]
    starts = [*(start for start, _ in found), len(text)]
    return "+".join(text[end:start] for end, start in zip(ends, starts, strict=True))


def _tamed(text: str) -> str:
    # The rules' expressions take a minute over 5,000 characters of "a.a.a.", and seconds over as many emoji. No host name
    # is longer than 253 characters or has as many dots: in such a run nothing is left that a host name could be made of
    # from several starting points. Each replacement plays the same part in a link's path as what it replaces.
    return _RUN.sub(lambda run: _no_host(run[0]) if _is_no_host(run[0]) else run[0], text)


def _is_no_host(run: str) -> bool:
    return len(run) > _LONGEST_HOST or run.count(".") > 10


def _no_host(run: str) -> str:
    in_paths = _IN_PATHS.sub("+", run.replace(".", ",").replace("\u2013", ","))
    return _NEVER_IN_LINKS.sub(" ", in_paths)
