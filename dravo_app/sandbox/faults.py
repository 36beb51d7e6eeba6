"""What goes wrong, on demand: by a marker in the text, by an account's script, or at random with a seed."""

import hashlib
import json
import random
import re
import sqlite3
from dataclasses import dataclass
from typing import Literal

from dravo_app.sandbox.wire import Request, iso_time

Kind = Literal[
    "ok", "slow", "429", "500 before", "500 after", "answer lost", "refuse connect", "rejected", "token expired",
    "token revoked", "quota", "processing", "html", "empty", "huge",
]  # fmt: skip

ONCE: frozenset[Kind] = frozenset(
    ("429", "500 before", "500 after", "answer lost", "refuse connect", "token expired", "token revoked")
)
"""Played once per post. An expired or revoked token then stays so until a refresh or a new consent."""

AT_RANDOM = (
    "slow 1s", "429 retry-after 1", "500 before", "500 after", "answer lost", "refuse connect", "html", "empty",
)  # fmt: skip
"""What chance may pick: all that a patient publisher can come through."""

LONGEST_WAIT_SECONDS = 600.0

_IN_TEXT = re.compile(r"\[\[\s*sandbox:\s*([^\[\]]{1,80}?)\s*\]\]", re.IGNORECASE)
_WORDS = re.compile(
    r"(?P<timed>slow|processing)\s+(?P<seconds>\d{1,4}(?:\.\d{1,3})?)\s*s"
    r"|(?P<throttled>429)\s+retry-after\s+(?P<after>\d{1,6})"
    r"|(?P<plain>ok|500 before|500 after|answer lost|refuse connect|rejected|token expired|token revoked|quota|html"
    r"|empty|huge)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Marker:
    """One fault as written, e.g. "429 retry-after 3"; `seconds` is 0 where it has none."""

    written: str
    kind: Kind
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What this conversation meets: first a wait, then `kind` ("ok" is no fault)."""

    kind: Kind
    seconds: float = 0.0
    delay_seconds: float = 0.0
    processing_seconds: float = 0.0


def parse_marker(written: str) -> Marker | None:
    """The marker that `written` (without the brackets) names, None when there is no such."""
    written = " ".join(written.split())
    match = _WORDS.fullmatch(written)
    if match is None:
        return None
    if match["timed"]:
        seconds = min(float(match["seconds"]), LONGEST_WAIT_SECONDS)
        return Marker(written, "slow" if match["timed"].lower() == "slow" else "processing", seconds)
    if match["throttled"]:
        return Marker(written, "429", float(match["after"]))
    plain: Kind = match["plain"].lower()  # type: ignore[assignment]  # the pattern lists only kinds
    return Marker(written, plain)


def markers_in(text: str) -> list[Marker]:
    """The markers in a post's text, in order; unknown ones are just text."""
    found = (parse_marker(match[1]) for match in _IN_TEXT.finditer(text))
    return [marker for marker in found if marker is not None]


def take(connection: sqlite3.Connection, request: Request, account: str, text: str) -> Fault:
    """The fault for this publish conversation, noted as played. A script goes before the text, the text before chance."""
    post_key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    scripted = _next_of_script(connection, "fault_scripts", request.network, account)
    if scripted is not None:
        return _play(connection, request, account, post_key, "script", [scripted])
    markers = _unplayed(connection, request.network, account, post_key, markers_in(text))
    if markers:
        return _play(connection, request, account, post_key, "text", markers)
    drawn = _draw(connection, request.network, account, post_key)
    if drawn is not None:
        return _play(connection, request, account, post_key, "random", [drawn])
    return Fault("ok")


def take_for_media(connection: sqlite3.Connection, request: Request, account: str, alt_text: str) -> Fault:
    """The fault for this upload: by the account's script for media, or by a marker in the description. Chance plays none."""
    post_key = hashlib.sha256(b"media " + alt_text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    scripted = _next_of_script(connection, "media_scripts", request.network, account)
    if scripted is not None:
        return _play(connection, request, account, post_key, "script", [scripted])
    markers = _unplayed(connection, request.network, account, post_key, markers_in(alt_text))
    return _play(connection, request, account, post_key, "text", markers) if markers else Fault("ok")


def latency_seconds(connection: sqlite3.Connection, network: str) -> float:
    """How long every call to this network takes, by the network's own rule or else by that for all ("*")."""
    sql = (
        "SELECT latency_seconds FROM fault_rules WHERE network IN (?, '*') AND latency_seconds IS NOT NULL"
        " ORDER BY network DESC LIMIT 1"
    )
    row = connection.execute(sql, (network,)).fetchone()
    return float(row[0]) if row else 0.0


def allows_duplicates(connection: sqlite3.Connection, network: str) -> bool:
    """Whether the network's own duplicate check is switched off, so that a double send becomes visible."""
    sql = (
        "SELECT allow_duplicates FROM fault_rules WHERE network IN (?, '*') AND allow_duplicates IS NOT NULL"
        " ORDER BY network DESC LIMIT 1"
    )
    row = connection.execute(sql, (network,)).fetchone()
    return bool(row and row[0])


def _next_of_script(connection: sqlite3.Connection, table: str, network: str, account: str) -> Marker | None:
    row = connection.execute(
        f"SELECT seq, marker FROM {table} WHERE network = ? AND account = ? ORDER BY seq LIMIT 1",
        (network, account),
    ).fetchone()
    if row is None:
        return None
    connection.execute(f"DELETE FROM {table} WHERE seq = ?", (row[0],))
    return parse_marker(row[1])


def _unplayed(
    connection: sqlite3.Connection, network: str, account: str, post_key: str, markers: list[Marker]
) -> list[Marker]:
    if not any(marker.kind in ONCE for marker in markers):
        return markers
    rows = connection.execute(
        "SELECT marker FROM fault_plays WHERE network = ? AND account = ? AND post_key = ? AND source = 'text'",
        (network, account, post_key),
    )
    played = {row[0] for row in rows}
    return [marker for marker in markers if marker.kind not in ONCE or marker.written not in played]


def _draw(connection: sqlite3.Connection, network: str, account: str, post_key: str) -> Marker | None:
    """Chance that doesn't depend on the order of arrival: the n-th try of one post always draws the same."""
    rule = connection.execute(
        "SELECT rate, seed FROM fault_rules WHERE network IN (?, '*') AND rate IS NOT NULL ORDER BY network DESC LIMIT 1",
        (network,),
    ).fetchone()
    if rule is None:
        return None
    held = connection.execute(
        "INSERT INTO conversations (network, account, post_key, held) VALUES (?, ?, ?, 1)"
        " ON CONFLICT DO UPDATE SET held = held + 1 RETURNING held",
        (network, account, post_key),
    ).fetchone()[0]
    chance = random.Random(json.dumps([rule[1], network, account, post_key, held]))
    return parse_marker(chance.choice(AT_RANDOM)) if chance.random() < rule[0] else None


def _play(
    connection: sqlite3.Connection, request: Request, account: str, post_key: str, source: str, markers: list[Marker]
) -> Fault:
    main = next((marker for marker in markers if marker.kind not in ("slow", "processing")), Marker("ok", "ok"))
    waits = [marker for marker in markers if marker.kind in ("slow", "processing")]
    for marker in [*waits, main] if main.kind != "ok" else waits:
        connection.execute(
            "INSERT INTO fault_plays (at, network, account, post_key, marker, source, request_id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (iso_time(), request.network, account, post_key, marker.written, source, request.request_id),
        )
    return Fault(
        main.kind,
        main.seconds,
        delay_seconds=sum(marker.seconds for marker in waits if marker.kind == "slow"),
        processing_seconds=sum(marker.seconds for marker in waits if marker.kind == "processing"),
    )
