"""X's uploads: in one request for photos, in pieces for anything; then a description, and an id that a post can name."""

import base64
import binascii
import json
import time
from dataclasses import dataclass
from sqlite3 import Connection

from dravo_app.sandbox import media, pictures
from dravo_app.sandbox.credentials import Account
from dravo_app.sandbox.forms import Fields, Upload, read_fields
from dravo_app.sandbox.media import Medium
from dravo_app.sandbox.networks import x_problems as problems
from dravo_app.sandbox.pictures import Picture
from dravo_app.sandbox.publishing import receive
from dravo_app.sandbox.wire import Reply, Request, Step, json_reply

LARGEST_PHOTO = 5 * 1024 * 1024
LARGEST_GIF = 15 * 1024 * 1024
LARGEST_PIECE = 8 * 1024 * 1024
LONGEST_ALT_TEXT = 1000
LIFETIME_SECONDS = 86_400
GIF_SECONDS = 0.5
"""How long X works on an animation after its last piece."""

_ONE_SHOT = ("tweet_image", "dm_image", "subtitles")
_IN_PIECES = (*_ONE_SHOT, "amplify_video", "tweet_gif", "tweet_video", "dm_gif", "dm_video")
_PHOTO_TYPES = (
    "image/jpeg",
    "image/pjpeg",
    "image/bmp",
    "image/png",
    "image/webp",
    "image/tiff",
    "text/srt",
    "text/vtt",
)
_TYPES = (*_PHOTO_TYPES, "image/gif", "video/mp4", "video/webm", "video/mp2t", "video/quicktime", "model/gltf-binary")
_EPOCH_MILLISECONDS = 1_288_834_974_657


@dataclass(frozen=True, slots=True)
class _Started:
    """An upload in pieces: what was announced."""

    media_id: str
    category: str
    total_bytes: int


class _Refused(Exception):
    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def upload(connection: Connection, request: Request, account: Account, _name: str) -> Step:
    """`POST /2/media/upload`: a photo in one request, as a form or as JSON with base64."""
    fields = read_fields(request)
    if fields is None:
        return problems.invalid("media", "", "$: the body can't be read")
    content = _content(fields.get("media"))
    refusal = _refuse_announced(fields, _ONE_SHOT, _PHOTO_TYPES)
    if refusal is not None or content is None:
        return refusal or problems.invalid("media", "", "$.media: is missing but it is required")

    def keep(connection: Connection, /, *, processing_seconds: float) -> Reply:
        return _keep(
            connection, account, _new_id(connection), content, str(fields["media_category"]), processing_seconds
        )

    return receive(connection, request, problems.VOICE, account.key, "", keep)


def initialize(connection: Connection, request: Request, account: Account, _name: str) -> Reply:
    """`POST /2/media/upload/initialize`: announce an upload in pieces."""
    fields = read_fields(request)
    if fields is None:
        return problems.invalid("", "", "$: the body can't be read")
    refusal = _refuse_announced(fields, _IN_PIECES, _TYPES)
    total = _whole(fields.get("total_bytes"))
    if refusal is not None or not total:
        given = str(fields.get("total_bytes"))
        return refusal or problems.invalid("total_bytes", given, "$.total_bytes: must be a positive whole number")
    media_id, category = _new_id(connection), str(fields["media_category"])
    if total > _most_bytes(category):
        return problems.invalid("total_bytes", str(total), f"File size exceeds {_most_bytes(category)} bytes.")
    _forget_abandoned(connection)
    connection.execute(
        "INSERT INTO uploads (network, media_id, account, details, expires_at) VALUES ('x', ?, ?, ?, ?)",
        (media_id, account.key, json.dumps([category, total]), time.time() + LIFETIME_SECONDS),
    )
    return json_reply(200, {"data": {**_named(media_id, category), "expires_after_secs": LIFETIME_SECONDS}})


def append(connection: Connection, request: Request, account: Account, media_id: str) -> Reply:
    """`POST /2/media/upload/{id}/append`: one piece, of 8 MB at most, at its place."""
    fields = read_fields(request) or {}
    content, segment = _content(fields.get("media")), _whole(fields.get("segment_index"))
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
    return json_reply(200, {"data": {"expires_at": int(time.time()) + LIFETIME_SECONDS}})


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
        reply = _keep(connection, account, media_id, content, started.category, processing_seconds)
        if reply.is_success:
            for table in ("upload_parts", "uploads"):
                connection.execute(f"DELETE FROM {table} WHERE network = 'x' AND media_id = ?", (media_id,))
        return reply

    return receive(connection, request, problems.VOICE, account.key, "", keep)


def status(connection: Connection, request: Request, account: Account, _name: str) -> Reply:
    """`GET /2/media/upload?command=STATUS&media_id=`."""
    media_id = request.query.get("media_id", "")
    if request.query.get("command", "STATUS") != "STATUS":
        return problems.invalid("command", request.query["command"], "command must be STATUS")
    medium = media.find(connection, "x", account.key, media_id)
    if medium is None or medium.is_past:
        return problems.invalid("media_id", media_id, "The media ID is invalid or has expired.")
    return json_reply(200, {"data": _about(medium)})


def describe(connection: Connection, request: Request, account: Account, _name: str) -> Step:
    """`POST /2/media/metadata`: the alt text. A marker in it hits this call."""
    fields = read_fields(request) or {}
    media_id, alt_text = str(fields.get("id") or ""), _alt_text(fields)
    if alt_text is None or not 0 < len(alt_text) <= LONGEST_ALT_TEXT:
        message = f"$.metadata.alt_text.text: must be from 1 to {LONGEST_ALT_TEXT} characters long"
        return problems.invalid("metadata.alt_text.text", alt_text or "", message)

    def keep(connection: Connection, /, *, processing_seconds: float) -> Reply:
        medium = media.find(connection, "x", account.key, media_id)
        if medium is None or medium.is_past:
            return problems.invalid("id", media_id, "The media ID is invalid or has expired.")
        media.describe(connection, medium, alt_text)
        return json_reply(200, {"data": {"id": media_id, "associated_metadata": {"alt_text": {"text": alt_text}}}})

    return receive(connection, request, problems.VOICE, account.key, alt_text, keep)


def media_key(medium: Medium) -> str:
    return _named(medium.media_id, "tweet_gif" if medium.is_animated else "tweet_image")["media_key"]


def _keep(
    connection: Connection, account: Account, media_id: str, content: bytes, category: str, processing_seconds: float
) -> Reply:
    try:
        picture = _check(content, category)
    except _Refused as refusal:
        return refusal.reply
    now, working = time.time(), max(processing_seconds, GIF_SECONDS if picture.is_animated else 0)
    medium = media.keep(
        connection, "x", media_id, account.key, content, picture, ready_at=now + working,
        expires_at=now + LIFETIME_SECONDS,
    )  # fmt: skip
    return json_reply(200, {"data": _about(medium)})


def _check(content: bytes, category: str) -> Picture:
    picture = pictures.look(content)
    is_gif = category == "tweet_gif"
    if picture is None or picture.width is None or picture.height is None or (picture.is_animated and not is_gif):
        raise _Refused(problems.invalid("media", "", "media type unrecognized."))
    if is_gif and (picture.content_type != "image/gif" or picture.width > 1280 or picture.height > 1080):
        raise _Refused(problems.invalid("media", "", "media type unrecognized or GIF larger than 1280x1080."))
    most = _most_bytes(category)
    if len(content) > most:
        raise _Refused(problems.invalid("media", "", f"File size exceeds {most} bytes."))
    return picture


def _most_bytes(category: str) -> int:
    return LARGEST_PHOTO if category in _ONE_SHOT else LARGEST_GIF


def _forget_abandoned(connection: Connection) -> None:
    now = time.time()
    connection.execute("DELETE FROM uploads WHERE network = 'x' AND expires_at <= ?", (now,))
    sql = "DELETE FROM upload_parts WHERE network = 'x' AND media_id NOT IN (SELECT media_id FROM uploads)"
    connection.execute(sql)


def _about(medium: Medium) -> dict[str, object]:
    lasts = int((medium.expires_at or 0) - time.time())
    about = {
        "id": medium.media_id,
        "media_key": media_key(medium),
        "size": medium.size_bytes,
        "expires_after_secs": lasts,
    }
    if not medium.is_ready:
        waits = max(1, round(medium.ready_at - time.time()))
        return {**about, "processing_info": {"state": "in_progress", "check_after_secs": waits, "progress_percent": 50}}
    if medium.is_animated:
        return {**about, "processing_info": {"state": "succeeded", "progress_percent": 100}}
    return about


def _refuse_announced(fields: Fields, categories: tuple[str, ...], types: tuple[str, ...]) -> Reply | None:
    category, kind = fields.get("media_category"), fields.get("media_type")
    if category not in categories:
        message = f"$.media_category: does not have a value in the enumeration [{', '.join(categories)}]"
        return problems.invalid("media_category", str(category), message)
    if kind is not None and kind not in types:
        message = f"$.media_type: does not have a value in the enumeration [{', '.join(types)}]"
        return problems.invalid("media_type", str(kind), message)
    return None


def _started(connection: Connection, account: Account, media_id: str) -> _Started | None:
    row = connection.execute(
        "SELECT details FROM uploads WHERE network = 'x' AND media_id = ? AND account = ? AND expires_at > ?",
        (media_id, account.key, time.time()),
    ).fetchone()
    return _Started(media_id, *json.loads(row[0])) if row else None


def _content(given: object) -> bytes | None:
    """A file of a form, or base64 in JSON."""
    if isinstance(given, Upload):
        return given.content or None
    try:
        return base64.b64decode(given, validate=True) or None if isinstance(given, str) else None
    except (binascii.Error, ValueError):
        return None


def _alt_text(fields: Fields) -> str | None:
    metadata = fields.get("metadata")
    alt = metadata.get("alt_text") if isinstance(metadata, dict) else None
    text = alt.get("text") if isinstance(alt, dict) else None
    return text if isinstance(text, str) else None


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not str(value).isdecimal() or len(str(value)) > 11:
        return None
    return int(str(value))


def _named(media_id: str, category: str) -> dict[str, str]:
    kind = {"tweet_gif": "16", "tweet_video": "7"}.get(category, "3")
    return {"id": media_id, "media_key": f"{kind}_{media_id}"}


def _new_id(connection: Connection) -> str:
    made = (int(time.time() * 1000) - _EPOCH_MILLISECONDS) << 22
    tables = ("media_items", "uploads")
    last = max(
        int(connection.execute(f"SELECT max(media_id) FROM {t} WHERE network = 'x'").fetchone()[0] or 0) for t in tables
    )
    return str(max(made, last + 1))
