"""The page for people: a timeline per network, posts as that network shows them, and the faults that were played."""

import html
import json
import re
import sqlite3
from datetime import datetime
from urllib.parse import urlencode

from dravo_app.sandbox import fault_settings, store
from dravo_app.sandbox.networks.x_text import find_addresses
from dravo_app.sandbox.page_style import STYLE

POSTS_PER_PAGE = 25
PLAYED_SHOWN = 20

_NAMES = {"x": "X", "bluesky": "Bluesky", "mastodon": "Mastodon"}
_MARKER = re.compile(r"\[\[\s*sandbox:[^\[\]]{1,90}\]\]", re.IGNORECASE)
_NAME_OR_TAG = re.compile(r"(?<![\w&/])[@#][A-Za-z0-9_]{1,50}")


def render(
    connection: sqlite3.Connection,
    network: str | None,
    account: str | None,
    accounts: tuple[str, ...],
    before: int | None,
) -> str:
    """The whole page. `accounts` are the spellings of the handle that is looked at, `before` a log row to start below."""
    shown = [network] if network else list(_NAMES)
    timelines = "".join(_timeline(connection, name, account, accounts, before) for name in shown)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>Sandbox: what the world saw</title>'
        f"<style>{STYLE}</style></head><body><div class=wrap>{_top(network, account)}"
        f"<main><div class=timelines>{timelines}</div>{_faults(connection)}</main></div></body></html>"
    )


def _top(network: str | None, account: str | None) -> str:
    tabs = [_tab("Every network", None, network, account)]
    tabs += [_tab(label, name, network, account) for name, label in _NAMES.items()]
    whose = f"<p>Only <b>@{_safe(account)}</b>. <a href='{_here(network)}'>Show everybody</a></p>" if account else ""
    return (
        "<header><h1>What the world saw</h1>"
        "<p>The sandbox stands in for the networks. A post is here exactly when it became visible; nothing leaves this"
        f" machine.</p>{whose}</header><nav aria-label='Networks'>{''.join(tabs)}<span class=gap></span>"
        "<a class=plain href='/sandbox/log'>Log</a><a class=plain href='/sandbox/requests'>Requests</a>"
        "<a class=plain href='/sandbox/faults'>Faults</a></nav>"
    )


def _tab(label: str, name: str | None, current: str | None, account: str | None) -> str:
    mark = " aria-current='page'" if name == current else ""
    return f"<a href='{_here(name, account)}'{mark}>{label}</a>"


def _here(network: str | None, account: str | None = None, before: int | None = None) -> str:
    given = {"network": network, "account": account, "before": before}
    query = urlencode({name: value for name, value in given.items() if value is not None})
    return _safe("/sandbox/" + (f"?{query}" if query else ""))


def _timeline(
    connection: sqlite3.Connection, network: str, account: str | None, accounts: tuple[str, ...], before: int | None
) -> str:
    sightings = store.list_timeline(connection, network, POSTS_PER_PAGE + 1, before, accounts)
    posts = "".join(_post(sighting) for sighting in sightings[:POSTS_PER_PAGE])
    if len(sightings) > POSTS_PER_PAGE:
        last = sightings[POSTS_PER_PAGE - 1].item["seq"]
        posts += f"<a class=more href='{_here(network, account, last)}'>Older posts</a>"
    nothing = "<p class=none>Nothing is visible here yet.</p>"
    name = _NAMES[network]
    return f"<section class={network} aria-label='{name}'><h2>{name}</h2><div class=posts>{posts or nothing}</div></section>"


def _post(sighting: store.Sighting) -> str:
    item = sighting.item
    handle = _shown_handle(item)
    deleted = " · <b>deleted since</b>" if sighting.is_deleted else ""
    text = _bluesky_text(item["text"], sighting.body) if item["network"] == "bluesky" else _x_text(item["text"])
    return (
        f"<article id='post-{item['seq']}' class='{'gone' if sighting.is_deleted else 'here'}'>"
        f"<div class=face aria-hidden=true>{_safe(handle[:1].upper())}</div><div><div class=who>"
        f"<a href='{_here(item['network'], item['account'])}'>{_safe(item['account'])}</a>"
        f"<span>@{_safe(handle)}</span>{_time(item['at'])}</div><p class=text>{text}</p>"
        f"<p class=under>{_safe(item['post_id'])} · row {item['seq']}{deleted}</p></div></article>"
    )


def _shown_handle(item: store.LogItem) -> str:
    is_bare = item["network"] == "bluesky" and "." not in item["account"]
    return item["account"] + (".test" if is_bare else "")


def _x_text(text: str) -> str:
    """X links addresses, names and tags by itself, and shows an address without its scheme."""
    pieces: list[str] = []
    end = 0
    for start, stop, display in find_addresses(text):
        pieces += [_plain(text[end:start], with_names=True), f"<i>{_safe(display)}</i>"]
        end = stop
    return "".join([*pieces, _plain(text[end:], with_names=True)])


def _bluesky_text(text: str, body: str) -> str:
    """Bluesky links only what the post's facets say, counted in bytes."""
    raw = text.encode("utf-8", "replace")
    pieces: list[str] = []
    end = 0
    for start, stop in _facet_ranges(body):
        if end <= start < stop <= len(raw):
            linked = raw[start:stop].decode("utf-8", "replace")
            pieces += [_plain(raw[end:start].decode("utf-8", "replace")), f"<i>{_safe(linked)}</i>"]
            end = stop
    return "".join([*pieces, _plain(raw[end:].decode("utf-8", "replace"))])


def _facet_ranges(body: str) -> list[tuple[int, int]]:
    record = json.loads(body)
    indexes = [facet["index"] for facet in record.get("facets", [])]
    return sorted((index["byteStart"], index["byteEnd"]) for index in indexes)


def _plain(text: str, *, with_names: bool = False) -> str:
    pieces: list[str] = []
    end = 0
    for match in _MARKER.finditer(text):
        pieces += [_names(text[end : match.start()], with_names), f"<mark>{_safe(match[0][2:-2])}</mark>"]
        end = match.end()
    return "".join([*pieces, _names(text[end:], with_names)])


def _names(text: str, are_linked: bool) -> str:
    return _NAME_OR_TAG.sub(r"<i>\g<0></i>", _safe(text)) if are_linked else _safe(text)


def _faults(connection: sqlite3.Connection) -> str:
    played = fault_settings.list_played(connection, PLAYED_SHOWN)
    rows = "".join(
        f"<tr><td>{_time(str(row['at']))}</td><td>{_NAMES.get(str(row['network']), '')}</td>"
        f"<td>@{_safe(str(row['account']))}</td><td><code>{_safe(str(row['marker']))}</code></td>"
        f"<td>{_SOURCES.get(str(row['source']), '')}</td></tr>"
        for row in played
    )
    table = (
        "<div class=scroll><table><thead><tr><th>When</th><th>Network</th><th>Account</th><th>Fault</th><th>Asked for by"
        f"</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
    nothing = "<div class=posts><p class=none>No fault was played yet.</p></div>"
    return (
        f"<section class=faults><h2>Faults that were played <small>the last {PLAYED_SHOWN}</small></h2>"
        f"{_waiting(connection)}{table if played else nothing}</section>"
    )


_SOURCES = {"text": "the post's text", "script": "the account's script", "random": "chance"}


def _waiting(connection: sqlite3.Connection) -> str:
    """What is set up and can still go wrong."""
    state = fault_settings.state(connection)
    kinds = ("rules", "scripts", "suspended")
    entries = [entry for kind in kinds for entry in _entries(state[kind])]
    lines = "".join(f"<li><code>{_safe(json.dumps(entry, ensure_ascii=False))}</code></li>" for entry in entries)
    return f"<p>Set up now:</p><ul class=waiting>{lines}</ul>" if lines else ""


def _entries(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _time(at: str) -> str:
    moment = datetime.fromisoformat(at)
    return f"<time datetime='{_safe(at)}'>{moment.day} {moment:%b %H:%M:%S} UTC</time>"


def _safe(text: str | None) -> str:
    return html.escape(text or "").encode("utf-8", "replace").decode()
