"""One post on the page for people, as its network shows it: text with its links, pictures, warning, poll."""

import json
import re
import sqlite3
import time
from collections.abc import Callable, Mapping

from dravo_app.sandbox import media, store
from dravo_app.sandbox.networks.mastodon_text import entities, shorten
from dravo_app.sandbox.networks.x_text import find_addresses
from dravo_app.sandbox.page_parts import here, safe, show_time
from dravo_app.sandbox.store import LogItem, LogMedium

_MARKER = re.compile(r"\[\[\s*sandbox:[^\[\]]{1,90}\]\]", re.IGNORECASE)
_NAME_OR_TAG = re.compile(r"(?<![\w&/])[@#][A-Za-z0-9_]{1,50}")
_VISIBILITIES = {
    "public": "Public", "unlisted": "Unlisted", "private": "Followers only", "direct": "Only who is mentioned",
}  # fmt: skip


def render(connection: sqlite3.Connection, sighting: store.Sighting) -> str:
    """The whole article."""
    item, body = sighting.item, json.loads(sighting.body)
    handle = _shown_handle(item)
    deleted = " · <b>deleted since</b>" if sighting.is_deleted else ""
    return (
        f"<article id='post-{item['seq']}' class='{'gone' if sighting.is_deleted else 'here'}'>"
        f"<div class=face aria-hidden=true>{safe(handle[:1].upper())}</div><div><div class=who>"
        f"<a href='{here(item['network'], item['account'])}'>{safe(item['account'])}</a>"
        f"<span>@{safe(handle)}</span>{show_time(item['at'])}{_visibility(body)}</div>{_content(connection, item, body)}"
        f"<p class=under>{safe(item['post_id'])} · row {item['seq']}{deleted}</p></div></article>"
    )


def _shown_handle(item: LogItem) -> str:
    is_bare = item["network"] == "bluesky" and "." not in item["account"]
    return item["account"] + (".test" if is_bare else "")


def _visibility(body: Mapping[str, object]) -> str:
    visibility = _VISIBILITIES.get(str(body.get("visibility")))
    return f"<span class=for>{visibility}</span>" if visibility else ""


def _content(connection: sqlite3.Connection, item: LogItem, body: Mapping[str, object]) -> str:
    """Text, pictures and poll; folded behind its warning where Mastodon would do so."""
    show: Callable[[str, Mapping[str, object]], str] = _TEXTS.get(item["network"], _plain_text)
    text = f"<p class=text>{show(item['text'], body)}</p>" if item["text"] else ""
    pictures = _pictures(connection, item["media"])
    warning = str(body.get("spoiler_text") or "") if item["network"] == "mastodon" else ""
    if warning:
        return f"<details class=warned><summary>{safe(warning)}</summary>{text}{pictures}{_poll(body)}</details>"
    if pictures and item["network"] == "mastodon" and body.get("sensitive"):
        pictures = f"<details class=warned><summary>Sensitive pictures</summary>{pictures}</details>"
    return text + pictures + _poll(body)


def _plain_text(text: str, _body: Mapping[str, object]) -> str:
    return _plain(text)


def _x_text(text: str, _body: Mapping[str, object]) -> str:
    """X links addresses, names and tags by itself, and shows an address without its scheme."""
    pieces: list[str] = []
    end = 0
    for start, stop, display in find_addresses(text):
        pieces += [_plain(text[end:start], with_names=True), f"<i>{safe(display)}</i>"]
        end = stop
    return "".join([*pieces, _plain(text[end:], with_names=True)])


def _bluesky_text(text: str, body: Mapping[str, object]) -> str:
    """Bluesky links only what the post's facets say, counted in bytes."""
    raw = text.encode("utf-8", "replace")
    pieces: list[str] = []
    end = 0
    for start, stop in _facet_ranges(body):
        if end <= start < stop <= len(raw):
            linked = raw[start:stop].decode("utf-8", "replace")
            pieces += [_plain(raw[end:start].decode("utf-8", "replace")), f"<i>{safe(linked)}</i>"]
            end = stop
    return "".join([*pieces, _plain(raw[end:].decode("utf-8", "replace"))])


def _facet_ranges(body: Mapping[str, object]) -> list[tuple[int, int]]:
    facets = body.get("facets")
    indexes = [facet["index"] for facet in facets] if isinstance(facets, list) else []
    return sorted((index["byteStart"], index["byteEnd"]) for index in indexes)


def _mastodon_text(text: str, _body: Mapping[str, object]) -> str:
    """Mastodon links addresses, names and tags, and shows thirty characters of an address."""
    pieces: list[str] = []
    end = 0
    for found in entities(text):
        shown = shorten(found.value) if found.kind == "url" else text[found.start : found.end]
        pieces += [_plain(text[end : found.start]), f"<i>{safe(shown)}</i>"]
        end = found.end
    return "".join([*pieces, _plain(text[end:])])


_TEXTS = {"x": _x_text, "bluesky": _bluesky_text, "mastodon": _mastodon_text}


def _plain(text: str, *, with_names: bool = False) -> str:
    pieces: list[str] = []
    end = 0
    for match in _MARKER.finditer(text):
        pieces += [_names(text[end : match.start()], with_names), f"<mark>{safe(match[0][2:-2])}</mark>"]
        end = match.end()
    return "".join([*pieces, _names(text[end:], with_names)])


def _names(text: str, are_linked: bool) -> str:
    return _NAME_OR_TAG.sub(r"<i>\g<0></i>", safe(text)) if are_linked else safe(text)


def _pictures(connection: sqlite3.Connection, shown: list[LogMedium]) -> str:
    figures = "".join(_picture(connection, one) for one in shown)
    return f"<div class='pictures of{min(len(shown), 4)}'>{figures}</div>" if figures else ""


def _picture(connection: sqlite3.Connection, shown: LogMedium) -> str:
    alt = safe(shown["alt_text"])
    under = f"<figcaption><b>Alt</b> {_plain(shown['alt_text'])}</figcaption>" if alt else _NO_ALT
    if not media.is_kept(connection, shown["address"].rpartition("/")[2]):
        return f"<figure><div class=lost>This picture isn't kept any more.</div>{under}</figure>"
    size = f" width={shown['width']} height={shown['height']}" if shown["width"] and shown["height"] else ""
    image = f"<img src='{safe(shown['address'])}' alt='{alt}' loading=lazy{size}>"
    label = alt or "Picture without a description"
    return f"<figure><a href='{safe(shown['address'])}' aria-label='Open: {label}'>{image}</a>{under}</figure>"


_NO_ALT = "<figcaption class=none-given>No description</figcaption>"


def _poll(body: Mapping[str, object]) -> str:
    poll = body.get("poll")
    if not isinstance(poll, dict) or "expires_at" not in poll:
        return ""
    kind = "many" if poll.get("multiple") else "one"
    choices = "".join(f"<li>{_plain(str(option))}</li>" for option in poll["options"])
    rule = "Several choices" if poll.get("multiple") else "One choice"
    return f"<ul class='poll {kind}'>{choices}</ul><p class=under>{rule} · 0 votes · {_left(float(poll['expires_at']))}</p>"


def _left(expires_at: float) -> str:
    seconds = expires_at - time.time()
    if seconds <= 0:
        return "closed"
    for name, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = round(seconds / length)
            return f"{count} {name}{'s' if count != 1 else ''} left"
    return "under a minute left"
