"""Accounts and their tokens. `sandbox_<handle>` makes the account at first sight; the rest is handed out by us.

A tilde and any word after the handle (`sandbox_alice~2`) is another credential of the same account, so that a test can
connect an account again after its first credential was revoked.
"""

import base64
import hashlib
import json
import re
import secrets
import sqlite3
import time
from dataclasses import dataclass
from typing import Literal

from dravo_app.sandbox.wire import iso_time

Kind = Literal["access", "refresh", "password", "code"]
State = Literal["live", "expired", "revoked", "used", "unknown"]

_FIRST_SIGHT = re.compile(
    r"sandbox_(?P<refresh>refresh_)?(?P<handle>[A-Za-z0-9_.\-]{1,64})(?:~(?P<again>[\w\-]{1,32}))?"
)


@dataclass(frozen=True, slots=True)
class Account:
    """`key` finds the account, `handle` is how it was first spelled, `native_id` is the network's own id of it."""

    network: str
    key: str
    handle: str
    native_id: str
    is_suspended: bool


@dataclass(frozen=True, slots=True)
class Token:
    """What a presented token is worth now; `account` is empty when `state` is "unknown"."""

    state: State
    account: str = ""
    grant_id: str = ""
    details: str = "{}"


def account_key(network: str, handle: str) -> str:
    """One key for all spellings of a handle: case, a leading @, Bluesky's `.test` and Mastodon's `@server` don't matter."""
    key = handle.lstrip("@").lower()
    if network == "mastodon":
        return key.partition("@")[0]
    return key.removesuffix(".test") if network == "bluesky" else key


def native_id(network: str, key: str, handle: str) -> str:
    """The network's own id: a DID on Bluesky, a number on Mastodon, both made from the handle; on X the handle itself."""
    digest = hashlib.sha256(key.encode()).digest()
    match network:
        case "bluesky":
            return "did:plc:" + base64.b32encode(digest).decode().lower()[:24]
        case "mastodon":
            return str(109_000_000_000_000_000 + int.from_bytes(digest[:7], "big"))
    return handle


def find_account(connection: sqlite3.Connection, network: str, handle_or_id: str) -> Account | None:
    """The account that has this handle, in any spelling, or this native id."""
    row = connection.execute(
        "SELECT account, handle, native_id, is_suspended FROM accounts"
        " WHERE network = ? AND (account = ? OR native_id = ?) LIMIT 1",
        (network, account_key(network, handle_or_id), handle_or_id),
    ).fetchone()
    return Account(network, row[0], row[1], row[2], bool(row[3])) if row else None


def get_or_make_account(connection: sqlite3.Connection, network: str, handle: str) -> Account:
    """The account of this handle, made when it is seen for the first time."""
    key, handle = account_key(network, handle), handle.lstrip("@")
    handle = handle.partition("@")[0] if network == "mastodon" else handle
    connection.execute(
        "INSERT OR IGNORE INTO accounts (network, account, handle, native_id, created_at) VALUES (?, ?, ?, ?, ?)",
        (network, key, handle, native_id(network, key, handle), iso_time()),
    )
    account = find_account(connection, network, handle)
    assert account is not None
    return account


def handle_in(token: str) -> str | None:
    """The handle that a `sandbox_…` token or password is for, None for any other."""
    match = _FIRST_SIGHT.fullmatch(token)
    return match["handle"] if match and not match["refresh"] else None


def look_at(connection: sqlite3.Connection, network: str, kind: Kind, token: str | None) -> Token:
    """What `token` is worth as a `kind`; a `sandbox_…` token is known from its first sight on."""
    row = connection.execute(
        "SELECT state, account, grant_id, details, expires_at FROM tokens WHERE network = ? AND token = ? AND kind = ?",
        (network, token, kind),
    ).fetchone()
    if row is None:
        return _first_sight(connection, network, kind, token or "")
    is_past = row[4] is not None and row[4] <= time.time()
    return Token("expired" if row[0] in ("live", "used") and is_past else row[0], row[1], row[2], row[3])


def hand_out(
    connection: sqlite3.Connection,
    network: str,
    kind: Kind,
    account: str,
    grant_id: str,
    token: str,
    lifetime_seconds: float | None,
    details: dict[str, str] | None = None,
) -> str:
    """Store a new live token and answer it."""
    expires_at = None if lifetime_seconds is None else time.time() + lifetime_seconds
    connection.execute(
        "INSERT INTO tokens (network, token, kind, account, grant_id, state, expires_at, details)"
        " VALUES (?, ?, ?, ?, ?, 'live', ?, ?)",
        (network, token, kind, account, grant_id, expires_at, json.dumps(details or {})),
    )
    return token


def new_grant_id() -> str:
    return "grant_" + secrets.token_hex(8)


def change_state(connection: sqlite3.Connection, network: str, token: str, state: State) -> None:
    connection.execute("UPDATE tokens SET state = ? WHERE network = ? AND token = ?", (state, network, token))


def use_with_grace(connection: sqlite3.Connection, network: str, token: str, grace_seconds: float) -> None:
    """A refresh token was used, and is good for a while yet: the answer may have been lost."""
    connection.execute(
        "UPDATE tokens SET state = 'used', expires_at = min(expires_at, ?)"
        " WHERE network = ? AND token = ? AND state = 'live'",
        (time.time() + grace_seconds, network, token),
    )


def end_grant(connection: sqlite3.Connection, network: str, grant_id: str) -> None:
    """Revoke every token that came from one consent."""
    connection.execute(
        "UPDATE tokens SET state = 'revoked' WHERE network = ? AND grant_id = ? AND kind != 'code'", (network, grant_id)
    )


def expire_access(connection: sqlite3.Connection, network: str, account: str) -> None:
    """The fault: every access token of the account is past its time, until a refresh hands out another."""
    connection.execute(
        "UPDATE tokens SET state = 'expired', by_fault = 1"
        " WHERE network = ? AND account = ? AND kind = 'access' AND state = 'live'",
        (network, account),
    )


def revoke_all(connection: sqlite3.Connection, network: str, account: str) -> None:
    """The fault: the person took the app's access away; every credential that was seen so far is dead."""
    connection.execute(
        "UPDATE tokens SET state = 'revoked', by_fault = 1"
        " WHERE network = ? AND account = ? AND state IN ('live', 'expired')",
        (network, account),
    )


def heal(connection: sqlite3.Connection) -> None:
    """Undo what faults did to tokens and accounts."""
    connection.execute("UPDATE tokens SET state = 'live', by_fault = 0 WHERE by_fault = 1")
    connection.execute("UPDATE accounts SET is_suspended = 0")


def _first_sight(connection: sqlite3.Connection, network: str, kind: Kind, token: str) -> Token:
    match = _FIRST_SIGHT.fullmatch(token)
    if match is None or kind == "code" or (kind == "refresh") != bool(match["refresh"]):
        return Token("unknown")
    account = get_or_make_account(connection, network, match["handle"])
    grant_id = f"first_{account.key}" + (f"~{match['again']}" if match["again"] else "")
    hand_out(connection, network, kind, account.key, grant_id, token, None)
    return Token(_share_fate(connection, network, token, grant_id), account.key, grant_id)


def _share_fate(connection: sqlite3.Connection, network: str, token: str, grant_id: str) -> State:
    """A revoked grant is dead as a whole, also those members of it that weren't seen before."""
    sql = "SELECT by_fault FROM tokens WHERE network = ? AND grant_id = ? AND state = 'revoked' LIMIT 1"
    dead = connection.execute(sql, (network, grant_id)).fetchone()
    if dead is None:
        return "live"
    connection.execute(
        "UPDATE tokens SET state = 'revoked', by_fault = ? WHERE network = ? AND token = ? AND grant_id = ?",
        (dead[0], network, token, grant_id),
    )
    return "revoked"
