"""The sandbox's memory: one SQLite file; a post is visible exactly when its row in `log` is committed."""

import json
import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TypedDict

from dravo_app.sandbox.wire import Reply, Request, Step, iso_time

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
  network TEXT NOT NULL, account TEXT NOT NULL, handle TEXT NOT NULL, native_id TEXT NOT NULL,
  created_at TEXT NOT NULL, is_suspended INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (network, account)) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS accounts_native ON accounts (network, native_id);
CREATE TABLE IF NOT EXISTS tokens (
  network TEXT NOT NULL, token TEXT NOT NULL, kind TEXT NOT NULL, account TEXT NOT NULL, grant_id TEXT NOT NULL,
  state TEXT NOT NULL, by_fault INTEGER NOT NULL DEFAULT 0, expires_at REAL, details TEXT NOT NULL DEFAULT '{}',
  PRIMARY KEY (network, kind, token)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tokens_account ON tokens (network, account);
CREATE TABLE IF NOT EXISTS posts (
  network TEXT NOT NULL, post_id TEXT NOT NULL, account TEXT NOT NULL, text TEXT NOT NULL, body TEXT NOT NULL,
  posted_at REAL NOT NULL, deleted_at REAL, PRIMARY KEY (network, post_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS posts_account ON posts (network, account, post_id);
CREATE INDEX IF NOT EXISTS posts_text ON posts (network, account, text);
CREATE TABLE IF NOT EXISTS log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, network TEXT NOT NULL, account TEXT NOT NULL,
  post_id TEXT NOT NULL, text TEXT NOT NULL, media TEXT NOT NULL, permalink TEXT, request_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS log_account ON log (network, account, seq);
CREATE INDEX IF NOT EXISTS log_network ON log (network, seq);
CREATE TRIGGER IF NOT EXISTS log_keeps_rows BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS log_keeps_text BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'log is append-only'); END;
CREATE TABLE IF NOT EXISTS requests (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, request_id TEXT NOT NULL UNIQUE, at TEXT NOT NULL, network TEXT NOT NULL,
  method TEXT NOT NULL, path TEXT NOT NULL, headers TEXT NOT NULL, size INTEGER NOT NULL, status INTEGER,
  ending TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fault_rules (
  network TEXT PRIMARY KEY, rate REAL, seed INTEGER, latency_seconds REAL, allow_duplicates INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fault_scripts (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, network TEXT NOT NULL, account TEXT NOT NULL, marker TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS fault_scripts_account ON fault_scripts (network, account, seq);
CREATE TABLE IF NOT EXISTS media_scripts (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, network TEXT NOT NULL, account TEXT NOT NULL, marker TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS media_scripts_account ON media_scripts (network, account, seq);
CREATE TABLE IF NOT EXISTS fault_plays (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, network TEXT NOT NULL, account TEXT NOT NULL,
  post_key TEXT NOT NULL, marker TEXT NOT NULL, source TEXT NOT NULL, request_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS fault_plays_post ON fault_plays (network, account, post_key, source);
CREATE TABLE IF NOT EXISTS conversations (
  network TEXT NOT NULL, account TEXT NOT NULL, post_key TEXT NOT NULL, held INTEGER NOT NULL,
  PRIMARY KEY (network, account, post_key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pictures (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL UNIQUE, content_type TEXT NOT NULL,
  size_bytes INTEGER NOT NULL, content BLOB);
CREATE INDEX IF NOT EXISTS pictures_kept ON pictures (seq, size_bytes) WHERE content IS NOT NULL;
CREATE TABLE IF NOT EXISTS media_items (
  network TEXT NOT NULL, media_id TEXT NOT NULL, account TEXT NOT NULL, digest TEXT NOT NULL, content_type TEXT NOT NULL,
  declared_type TEXT NOT NULL, size_bytes INTEGER NOT NULL, width INTEGER, height INTEGER, is_animated INTEGER NOT NULL, alt_text TEXT NOT NULL,
  post_id TEXT NOT NULL, ready_at REAL NOT NULL, expires_at REAL, PRIMARY KEY (network, account, media_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS media_items_post ON media_items (network, post_id);
CREATE TABLE IF NOT EXISTS uploads (
  network TEXT NOT NULL, media_id TEXT NOT NULL, account TEXT NOT NULL, details TEXT NOT NULL, expires_at REAL NOT NULL,
  PRIMARY KEY (network, media_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS upload_parts (
  network TEXT NOT NULL, media_id TEXT NOT NULL, segment INTEGER NOT NULL, content BLOB NOT NULL,
  PRIMARY KEY (network, media_id, segment));
CREATE TABLE IF NOT EXISTS remembered (
  network TEXT NOT NULL, account TEXT NOT NULL, key TEXT NOT NULL, answer TEXT NOT NULL, expires_at REAL NOT NULL,
  PRIMARY KEY (network, account, key)) WITHOUT ROWID;
"""

_SECRET_VALUE = re.compile(r"([?&][^=&]*(?:token|secret|password|code|verifier)[^=&]*=)[^&]+", re.IGNORECASE)
_SECRET_WORDS = ("authorization", "cookie", "token", "secret", "password", "dpop", "api-key", "signature")


class LogMedium(TypedDict):
    """One picture of a post; `address` shows it, for as long as it is kept."""

    content_type: str
    size_bytes: int
    width: int | None
    height: int | None
    alt_text: str
    address: str


class LogItem(TypedDict):
    seq: int
    at: str
    network: str
    account: str
    post_id: str
    text: str
    media: list[LogMedium]
    permalink: str | None
    request_id: str


class RequestItem(TypedDict):
    seq: int
    request_id: str
    at: str
    network: str
    method: str
    path: str
    headers: dict[str, str]
    size: int
    status: int | None
    ending: str


class Sighting(NamedTuple):
    """One post of a timeline; `body` is what was sent, as JSON."""

    item: LogItem
    body: str
    is_deleted: bool


def connect(file: Path | str) -> sqlite3.Connection:
    """A connection that commits only when told to, and whose commits survive a crash of the machine."""
    connection = sqlite3.connect(file, timeout=5, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA busy_timeout=5000")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def prepare(file: Path | str) -> None:
    """Make the file, for its owner only, and its tables when they aren't there yet."""
    if str(file) != ":memory:":
        Path(file).touch(mode=0o600)
    connection = connect(file)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(SCHEMA)
    finally:
        connection.close()


def append_to_log(
    connection: sqlite3.Connection,
    request: Request,
    handle: str,
    post_id: str,
    text: str,
    permalink: str,
    media: Sequence[LogMedium] = (),
) -> None:
    """The moment a post becomes visible. `handle` is the account as people know it."""
    connection.execute(
        "INSERT INTO log (at, network, account, post_id, text, media, permalink, request_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (iso_time(), request.network, handle, post_id, text, _json(list(media)), permalink, request.request_id),
    )


def record_request(connection: sqlite3.Connection, request: Request, step: Step) -> None:
    """Note that a request came in and how it ended, with no secret and no body."""
    status = step.status if isinstance(step, Reply) and step.ending in ("answer", "stream") else None
    ending = step.ending if isinstance(step, Reply) else "waiting"
    headers = {name: value for name, value in request.headers.items() if not _is_secret(name)}
    connection.execute(
        "INSERT INTO requests (request_id, at, network, method, path, headers, size, status, ending)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (request_id) DO UPDATE SET status = excluded.status, ending = excluded.ending",
        (
            request.request_id, iso_time(), request.network, request.method, _SECRET_VALUE.sub(r"\1…", request.target),
            json.dumps(headers), len(request.body), status, ending,
        ),
    )  # fmt: skip


def list_log(
    connection: sqlite3.Connection, after: int, limit: int, network: str | None = None, accounts: tuple[str, ...] = ()
) -> list[LogItem]:
    """What became visible after `after`, oldest first. `accounts` are the spellings of one handle."""
    where, values = _log_filter(network, accounts)
    rows = connection.execute(
        "SELECT seq, at, network, account, post_id, text, media, permalink, request_id FROM log"
        f" WHERE seq > ?{where} ORDER BY seq LIMIT ?",
        (after, *values, limit),
    )
    return [_log_item(row) for row in rows]


def list_timeline(
    connection: sqlite3.Connection, network: str, limit: int, before: int | None, accounts: tuple[str, ...] = ()
) -> list[Sighting]:
    """What became visible at one network, newest first, and what has become of it since."""
    where, values = _log_filter(network, accounts)
    rows = connection.execute(
        "SELECT seq, at, log.network, log.account, log.post_id, log.text, media, permalink, request_id, body, deleted_at"
        " FROM log LEFT JOIN posts ON posts.network = log.network AND posts.post_id = log.post_id"
        f" WHERE seq < ?{where} ORDER BY seq DESC LIMIT ?",
        (2**63 - 1 if before is None else before, *values, limit),
    )
    return [Sighting(_log_item(row[:9]), row[9] or "{}", row[10] is not None) for row in rows]


def list_requests(
    connection: sqlite3.Connection, after: int, limit: int, network: str | None = None
) -> list[RequestItem]:
    """The requests that came in after `after`, oldest first."""
    rows = connection.execute(
        "SELECT seq, request_id, at, network, method, path, headers, size, status, ending FROM requests"
        " WHERE seq > ? AND (? IS NULL OR network = ?) ORDER BY seq LIMIT ?",
        (after, network, network, limit),
    )
    return [
        RequestItem(
            seq=row[0], request_id=row[1], at=row[2], network=row[3], method=row[4], path=row[5],
            headers=json.loads(row[6]), size=row[7], status=row[8], ending=row[9],
        )
        for row in rows
    ]  # fmt: skip


def _log_filter(network: str | None, accounts: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    where = " AND log.network = ?" if network else ""
    if accounts:
        where += f" AND log.account IN ({', '.join('?' * len(accounts))})"
    return where, ((network,) if network else ()) + accounts


def _log_item(row: tuple[int, str, str, str, str, str, str, str | None, str]) -> LogItem:
    return LogItem(
        seq=row[0], at=row[1], network=row[2], account=row[3], post_id=row[4], text=row[5],
        media=json.loads(row[6]), permalink=row[7], request_id=row[8],
    )  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _is_secret(name: str) -> bool:
    return any(word in name for word in _SECRET_WORDS)
