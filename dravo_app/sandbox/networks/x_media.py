"""X's uploads: a photo in one request, a description for it, and an id that a post can name; `x_pieces` takes the rest."""

import base64
import binascii
import time
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
LONGEST_ALT_TEXT = 1000
LIFETIME_SECONDS = 86_400
GIF_SECONDS = 0.5
"""How long X works on an animation after its last piece."""

_ONE_SHOT = ("tweet_image", "dm_image", "subtitles")
IN_PIECES = (*_ONE_SHOT, "amplify_video", "tweet_gif", "tweet_video", "dm_gif", "dm_video")
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
TYPES = (*_PHOTO_TYPES, "image/gif", "video/mp4", "video/webm", "video/mp2t", "video/quicktime", "model/gltf-binary")
_EPOCH_MILLISECONDS = 1_288_834_974_657


class _Refused(Exception):
    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def upload(connection: Connection, request: Request, account: Account, _name: str) -> Step:
    """`POST /2/media/upload`: a photo in one request, as a form or as JSON with base64."""
    fields = read_fields(request)
    if fields is None:
        return problems.invalid("media", "", "$: the body can't be read")
    content = read_content(fields.get("media"))
    refusal = refuse_announced(fields, _ONE_SHOT, _PHOTO_TYPES)
    if refusal is not None or content is None:
        return refusal or problems.invalid("media", "", "$.media: is missing but it is required")

    def keep(connection: Connection, /, *, processing_seconds: float) -> Reply:
        return keep_medium(
            connection, account, new_id(connection), content, str(fields["media_category"]), processing_seconds
        )

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
    return named(medium.media_id, "tweet_gif" if medium.is_animated else "tweet_image")["media_key"]


def keep_medium(
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
    most = most_bytes(category)
    if len(content) > most:
        raise _Refused(problems.invalid("media", "", f"File size exceeds {most} bytes."))
    return picture


def most_bytes(category: str) -> int:
    return LARGEST_PHOTO if category in _ONE_SHOT else LARGEST_GIF


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


def refuse_announced(fields: Fields, categories: tuple[str, ...], types: tuple[str, ...]) -> Reply | None:
    category, kind = fields.get("media_category"), fields.get("media_type")
    if category not in categories:
        message = f"$.media_category: does not have a value in the enumeration [{', '.join(categories)}]"
        return problems.invalid("media_category", str(category), message)
    if kind is not None and kind not in types:
        message = f"$.media_type: does not have a value in the enumeration [{', '.join(types)}]"
        return problems.invalid("media_type", str(kind), message)
    return None


def read_content(given: object) -> bytes | None:
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


def named(media_id: str, category: str) -> dict[str, str]:
    kind = {"tweet_gif": "16", "tweet_video": "7"}.get(category, "3")
    return {"id": media_id, "media_key": f"{kind}_{media_id}"}


def new_id(connection: Connection) -> str:
    made = (int(time.time() * 1000) - _EPOCH_MILLISECONDS) << 22
    tables = ("media_items", "uploads")
    last = max(
        int(connection.execute(f"SELECT max(media_id) FROM {t} WHERE network = 'x'").fetchone()[0] or 0) for t in tables
    )
    return str(max(made, last + 1))
