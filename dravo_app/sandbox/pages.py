"""The page for people: a timeline per network and the faults that were played; single posts are in `page_posts`."""

import json
import sqlite3

from dravo_app.sandbox import fault_settings, page_posts, store
from dravo_app.sandbox.page_parts import here, safe, show_time
from dravo_app.sandbox.page_style import STYLE

POSTS_PER_PAGE = 25
PLAYED_SHOWN = 20

_NAMES = {"x": "X", "bluesky": "Bluesky", "mastodon": "Mastodon"}


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
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>Sandbox: what the world saw</title>'
        f"<style>{STYLE}</style></head><body><div class=wrap>{_top(network, account)}"
        f"<main><div class='timelines{' alone' if network else ''}'>{timelines}</div>{_faults(connection)}</main></div></body></html>"
    )


def _top(network: str | None, account: str | None) -> str:
    tabs = [_tab("Every network", None, network, account)]
    tabs += [_tab(label, name, network, account) for name, label in _NAMES.items()]
    whose = f"<p>Only <b>@{safe(account)}</b>. <a href='{here(network)}'>Show everybody</a></p>" if account else ""
    return (
        "<header><h1>What the world saw</h1>"
        "<p>The sandbox stands in for the networks. A post is here exactly when it became visible; nothing leaves this"
        f" machine.</p>{whose}</header><nav aria-label='Networks'>{''.join(tabs)}<span class=gap></span>"
        "<a class=plain href='/sandbox/log'>Log</a><a class=plain href='/sandbox/requests'>Requests</a>"
        "<a class=plain href='/sandbox/faults'>Faults</a></nav>"
    )


def _tab(label: str, name: str | None, current: str | None, account: str | None) -> str:
    mark = " aria-current='page'" if name == current else ""
    return f"<a href='{here(name, account)}'{mark}>{label}</a>"


def _timeline(
    connection: sqlite3.Connection, network: str, account: str | None, accounts: tuple[str, ...], before: int | None
) -> str:
    sightings = store.list_timeline(connection, network, POSTS_PER_PAGE + 1, before, accounts)
    posts = "".join(page_posts.render(connection, sighting) for sighting in sightings[:POSTS_PER_PAGE])
    if len(sightings) > POSTS_PER_PAGE:
        last = sightings[POSTS_PER_PAGE - 1].item["seq"]
        posts += f"<a class=more href='{here(network, account, last)}'>Older posts</a>"
    nothing = "<p class=none>Nothing is visible here yet.</p>"
    name = _NAMES[network]
    return f"<section class={network} aria-label='{name}'><h2>{name}</h2><div class=posts>{posts or nothing}</div></section>"


def _faults(connection: sqlite3.Connection) -> str:
    played = fault_settings.list_played(connection, PLAYED_SHOWN)
    rows = "".join(
        f"<tr><td>{show_time(str(row['at']))}</td><td>{_NAMES.get(str(row['network']), '')}</td>"
        f"<td>@{safe(str(row['account']))}</td><td><code>{safe(str(row['marker']))}</code></td>"
        f"<td>{_SOURCES.get(str(row['source']), '')}</td></tr>"
        for row in played
    )
    table = (
        "<div class=scroll tabindex=0 role=region aria-label='Faults that were played'><table><thead><tr><th>When</th><th>Network</th><th>Account</th><th>Fault</th><th>Asked for by"
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
    lines = "".join(f"<li><code>{safe(json.dumps(entry, ensure_ascii=False))}</code></li>" for entry in entries)
    return f"<p>Set up now:</p><ul class=waiting>{lines}</ul>" if lines else ""


def _entries(value: object) -> list[object]:
    return value if isinstance(value, list) else []
