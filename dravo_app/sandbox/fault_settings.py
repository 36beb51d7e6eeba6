"""`/sandbox/faults`: which faults wait to be played; every change answers the whole state."""

import json
import sqlite3

from dravo_app.sandbox import credentials, faults

NETWORKS = ("x", "bluesky", "mastodon")
_LIMITS = {"rate": 1.0, "latency_seconds": 60.0}
_PER_NETWORK = frozenset(("rate", "seed", "latency_seconds", "allow_duplicates"))
_SCRIPTS = {"script": "fault_scripts", "media_script": "media_scripts"}
_PER_ACCOUNT = frozenset((*_SCRIPTS, "suspended"))


class Unclear(Exception):
    """A change that makes no sense; the text is the sentence for its sender."""


def state(connection: sqlite3.Connection) -> dict[str, object]:
    """Rules per network, what is left of the scripts, suspended accounts, and the last 100 faults that were played."""
    rules = connection.execute(
        "SELECT network, rate, seed, latency_seconds, allow_duplicates FROM fault_rules ORDER BY network"
    )
    names = ("network", "rate", "seed", "latency_seconds", "allow_duplicates")
    return {
        "rules": [_rule(dict(zip(names, row, strict=True))) for row in rules],
        "scripts": [entry for name in _SCRIPTS for entry in _scripts(connection, name)],
        "suspended": [
            {"network": row[0], "account": row[1]}
            for row in connection.execute("SELECT network, handle FROM accounts WHERE is_suspended")
        ],
        "played": list_played(connection, 100),
    }


def list_played(connection: sqlite3.Connection, limit: int) -> list[dict[str, object]]:
    """The faults that were played, newest first; `post_key` is the same for every conversation about one text."""
    names = ("seq", "at", "network", "account", "post_key", "marker", "source", "request_id")
    rows = connection.execute(f"SELECT {', '.join(names)} FROM fault_plays ORDER BY seq DESC LIMIT ?", (limit,))
    return [dict(zip(names, row, strict=True)) for row in rows]


def change(connection: sqlite3.Connection, body: bytes) -> dict[str, object]:
    """One change, all or nothing. Raises Unclear."""
    wish = _read(body)
    connection.execute("BEGIN IMMEDIATE")
    try:
        _apply(connection, wish)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return state(connection)


def clear(connection: sqlite3.Connection) -> dict[str, object]:
    """No fault waits any more, and what faults did to tokens and accounts is undone. What was played stays known."""
    return change(connection, b'{"reset": true}')


def _apply(connection: sqlite3.Connection, wish: dict[str, object]) -> None:
    if "reset" in wish:
        if wish != {"reset": True}:
            raise Unclear('"reset" must be true and stand alone.')
        connection.execute("DELETE FROM fault_rules")
        for table in _SCRIPTS.values():
            connection.execute(f"DELETE FROM {table}")
        credentials.heal(connection)
        return
    _refuse_unknown(wish)
    network = _network(wish)
    if "account" in wish:
        _apply_to_account(connection, network, wish)
    else:
        _apply_to_network(connection, network, wish)


def _refuse_unknown(wish: dict[str, object]) -> None:
    known = {"network"} | ({"account"} | _PER_ACCOUNT if "account" in wish else _PER_NETWORK)
    for name in wish:
        if name not in known:
            raise Unclear(f"{name!r} isn't known here; known: {', '.join(sorted(known))}.")
    if not set(wish) & (_PER_ACCOUNT | _PER_NETWORK):
        raise Unclear("Say which fault: a script, a rate with a seed, latency_seconds, allow_duplicates or suspended.")


def _network(wish: dict[str, object]) -> str:
    network = wish.get("network")
    if network not in NETWORKS and not (network == "*" and "account" not in wish):
        raise Unclear(f'network must be one of {", ".join(NETWORKS)}, or "*" for all where no account is named.')
    return str(network)


def _apply_to_account(connection: sqlite3.Connection, network: str, wish: dict[str, object]) -> None:
    handle = wish["account"]
    if not isinstance(handle, str) or not handle.strip() or not handle.isprintable():
        raise Unclear("account must be a handle.")
    account = credentials.get_or_make_account(connection, network, handle)
    for name, table in _SCRIPTS.items():
        if name in wish:
            connection.execute(f"DELETE FROM {table} WHERE network = ? AND account = ?", (network, account.key))
            connection.executemany(
                f"INSERT INTO {table} (network, account, marker) VALUES (?, ?, ?)",
                [(network, account.key, marker) for marker in _script(wish[name], name)],
            )
    if "suspended" in wish:
        if not isinstance(wish["suspended"], bool):
            raise Unclear("suspended must be true or false.")
        connection.execute(
            "UPDATE accounts SET is_suspended = ? WHERE network = ? AND account = ?",
            (wish["suspended"], network, account.key),
        )


def _script(value: object, name: str) -> list[str]:
    if not isinstance(value, list) or len(value) > 1000:
        raise Unclear(f"{name} must be a list of at most 1000 markers.")
    markers = [faults.parse_marker(item) if isinstance(item, str) else None for item in value]
    for item, marker in zip(value, markers, strict=True):
        if marker is None:
            raise Unclear(f"{item!r} isn't a marker.")
    return [marker.written for marker in markers if marker is not None]


def _apply_to_network(connection: sqlite3.Connection, network: str, wish: dict[str, object]) -> None:
    if ("seed" in wish) and "rate" not in wish:
        raise Unclear("seed goes with a rate.")
    for name, most in _LIMITS.items():
        if name in wish:
            _put(connection, network, name, _number(wish[name], name, most))
    if "rate" in wish:
        _put(connection, network, "seed", _seed(wish.get("seed", 0)))
    if "allow_duplicates" in wish:
        if not isinstance(wish["allow_duplicates"], bool):
            raise Unclear("allow_duplicates must be true or false.")
        _put(connection, network, "allow_duplicates", wish["allow_duplicates"])


def _number(value: object, name: str, most: float) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise Unclear(f"{name} must be a number from 0 to {most:g}, or null.")
    return float(value)


def _seed(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise Unclear("seed must be a whole number.")
    return value


def _put(connection: sqlite3.Connection, network: str, name: str, value: float | bool | None) -> None:
    connection.execute(
        f"INSERT INTO fault_rules (network, {name}) VALUES (?, ?) ON CONFLICT DO UPDATE SET {name} = excluded.{name}",
        (network, value),
    )


def _rule(row: dict[str, object]) -> dict[str, object]:
    rule = {name: value for name, value in row.items() if value is not None}
    if "allow_duplicates" in rule:
        rule["allow_duplicates"] = bool(rule["allow_duplicates"])
    return rule


def _scripts(connection: sqlite3.Connection, name: str) -> list[dict[str, object]]:
    rows = connection.execute(
        "SELECT s.network, a.handle, json_group_array(s.marker) FROM"
        f" (SELECT * FROM {_SCRIPTS[name]} ORDER BY seq) s JOIN accounts a ON a.network = s.network AND a.account = s.account"
        " GROUP BY s.network, s.account"
    )
    return [{"network": row[0], "account": row[1], name: json.loads(row[2])} for row in rows]


def _read(body: bytes) -> dict[str, object]:
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unclear("The body must be JSON.") from error
    if not isinstance(value, dict) or not value:
        raise Unclear("The body must be a JSON object that says what to change.")
    return value
