"""X's uploads in pieces: announced, sent piece by piece, and made into a medium at the end."""

import json
import time
from dataclasses import dataclass
from sqlite3 import Connection

from dravo_app.sandbox.credentials import Account
from dravo_app.sandbox.forms import read_fields
from dravo_app.sandbox.networks import x_media
from dravo_app.sandbox.networks import x_problems as problems
from dravo_app.sandbox.publishing import receive
from dravo_app.sandbox.wire import Reply, Request, Step, json_reply

LARGEST_PIECE = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Started:
    """An upload in pieces: what was announced."""

    media_id: str
    category: str
    total_bytes: int


def initialize(connection: Connection, request: Request, account: Account, _name: str) -> Reply:
    """`POST /2/media/upload/initialize`: announce an upload in pieces."""
    fields = read_fields(request)
    if fields is None:
        return problems.invalid("", "", "$: the body can't be read")
    refusal = x_media.refuse_announced(fields, x_media.IN_PIECES, x_media.TYPES)
    total = _whole(fields.get("total_bytes"))
    if refusal is not None or not total:
        given = str(fields.get("total_bytes"))
        return refusal or problems.invalid("total_bytes", given, "$.total_bytes: must be a positive whole number")
    media_id, category = x_media.new_id(connection), str(fields["media_category"])
    if total > x_media.most_bytes(category):
        return problems.invalid("total_bytes", str(total), f"File size exceeds {x_media.most_bytes(category)} bytes.")
    _forget_abandoned(connection)
    connection.execute(
        "INSERT INTO uploads (network, media_id, account, details, expires_at) VALUES ('x', ?, ?, ?, ?)",
        (media_id, account.key, json.dumps([category, total]), time.time() + x_media.LIFETIME_SECONDS),
    )
    return json_reply(
        200, {"data": {**x_media.named(media_id, category), "expires_after_secs": x_media.LIFETIME_SECONDS}}
    )


def append(connection: Connection, request: Request, account: Account, media_id: str) -> Reply:
    """`POST /2/media/upload/{id}/append`: one piece, of 8 MB at most, at its place."""
    fields = read_fields(request) or {}
    content, segment = x_media.read_content(fields.get("media")), _whole(fields.get("segment_index"))
    started = _started(connection, account, media_id)
    if started is None:
        return problems.invalid("id", media_id, "The media ID is invalid or has expired.")
    if content is None or segment is None or segment > 999:
        return problems.invalid("segment_index", str(segment), "media and a segment_index from 0 to 999 are required.")
    if len(content) > min(LARGEST_PIECE, started.total_bytes):
        return problems.invalid("media", "", f"A segment may have {LARGEST_PIECE} bytes.")
    connection.execute(
        "INSERT OR REPLACE INTO upload_parts (network, media_id, segment, content) VALUES ('x', ?, ?, ?)",
        (media_id, segment, content),
    )
    return json_reply(200, {"data": {"expires_at": int(time.time()) + x_media.LIFETIME_SECONDS}})


def finalize(connection: Connection, request: Request, account: Account, media_id: str) -> Step:
    """`POST /2/media/upload/{id}/finalize`: the pieces become a medium, at once or after some processing."""
    started = _started(connection, account, media_id)
    if started is None:
        return problems.invalid("id", media_id, "The media ID is invalid or has expired.")

    def keep(connection: Connection, /, *, processing_seconds: float) -> Reply:
        pieces = connection.execute(
            "SELECT content FROM upload_parts WHERE network = 'x' AND media_id = ? ORDER BY segment", (media_id,)
        )
        content = b"".join(row[0] for row in pieces)
        if len(content) != started.total_bytes:
            message = f"Total bytes: {started.total_bytes} announced, {len(content)} received."
            return problems.invalid("id", media_id, message)
        reply = x_media.keep_medium(connection, account, media_id, content, started.category, processing_seconds)
        if reply.is_success:
            for table in ("upload_parts", "uploads"):
                connection.execute(f"DELETE FROM {table} WHERE network = 'x' AND media_id = ?", (media_id,))
        return reply

    return receive(connection, request, problems.VOICE, account.key, "", keep)


def _started(connection: Connection, account: Account, media_id: str) -> _Started | None:
    row = connection.execute(
        "SELECT details FROM uploads WHERE network = 'x' AND media_id = ? AND account = ? AND expires_at > ?",
        (media_id, account.key, time.time()),
    ).fetchone()
    return _Started(media_id, *json.loads(row[0])) if row else None


def _forget_abandoned(connection: Connection) -> None:
    now = time.time()
    connection.execute("DELETE FROM uploads WHERE network = 'x' AND expires_at <= ?", (now,))
    sql = "DELETE FROM upload_parts WHERE network = 'x' AND media_id NOT IN (SELECT media_id FROM uploads)"
    connection.execute(sql)


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not str(value).isdecimal() or len(str(value)) > 11:
        return None
    return int(str(value))
