"""Mastodon's uploads: a picture and its description, ready at once or after a while; only a ready one can be posted."""

import time
from sqlite3 import Connection

from dravo_app.sandbox import media, pictures
from dravo_app.sandbox.credentials import Account
from dravo_app.sandbox.forms import Upload, read_fields
from dravo_app.sandbox.media import Medium
from dravo_app.sandbox.networks import mastodon_errors as errors
from dravo_app.sandbox.networks import mastodon_instance as instance
from dravo_app.sandbox.networks.mastodon_entities import NETWORK, media_entity
from dravo_app.sandbox.networks.mastodon_errors import Refused
from dravo_app.sandbox.networks.mastodon_posting import next_id
from dravo_app.sandbox.pictures import Picture
from dravo_app.sandbox.publishing import receive
from dravo_app.sandbox.wire import Reply, Request, Step, json_reply


def upload(connection: Connection, request: Request, account: Account, version: str) -> Step:
    """`POST /api/v2/media`: 200, or 202 while it is processed; v1 always waits for the end of that."""
    fields = read_fields(request)
    if fields is None:
        return errors.unreadable()
    given, description = fields.get("file"), str(fields.get("description") or "").strip()

    def keep(connection: Connection, /, *, processing_seconds: float) -> Reply:
        try:
            picture = _check(given, description)
        except Refused as refusal:
            return refusal.reply
        assert isinstance(given, Upload)
        now = time.time()
        medium = media.keep(
            connection, NETWORK, next_id(connection, "media_items", "media_id", now), account.key, given.content, picture,
            alt_text=description, ready_at=now + (processing_seconds if version == "v2" else 0),
        )  # fmt: skip
        return json_reply(200 if medium.is_ready else 202, media_entity(request, medium))

    return receive(connection, request, errors.VOICE, account.key, description, keep)


def get_medium(connection: Connection, request: Request, account: Account, name: str) -> Reply:
    """`GET /api/v1/media/:id`: 206 until it is processed; gone once a post shows it."""
    return _show(request, _find(connection, account, name))


def change_medium(connection: Connection, request: Request, account: Account, name: str) -> Reply:
    """`PUT /api/v1/media/:id`: another description."""
    medium, fields = _find(connection, account, name), read_fields(request)
    if fields is None:
        return errors.unreadable()
    if "description" in fields:
        description = str(fields["description"] or "").strip()
        _check_description(description)
        medium = media.describe(connection, medium, description)
    return _show(request, medium)


def _find(connection: Connection, account: Account, media_id: str) -> Medium:
    medium = media.find(connection, NETWORK, account.key, media_id)
    if medium is None or medium.post_id:
        raise Refused(errors.not_found())
    return medium


def _show(request: Request, medium: Medium) -> Reply:
    return json_reply(200 if medium.is_ready else 206, media_entity(request, medium))


def _check(given: object, description: str) -> Picture:
    if not isinstance(given, Upload) or not given.content:
        raise Refused(errors.invalid("File can't be blank"))
    picture = pictures.look(given.content)
    if picture is None or picture.content_type not in instance.IMAGE_TYPES:
        raise Refused(errors.invalid("File content type is invalid, File is invalid"))
    if picture.width is None or picture.height is None:
        raise Refused(errors.unprocessable("File type of uploaded media could not be verified"))
    _check_size(picture.content_type, picture.width, picture.height, len(given.content))
    _check_description(description)
    return picture


def _check_size(content_type: str, width: int, height: int, size_bytes: int) -> None:
    is_gif = content_type == "image/gif"
    if is_gif and width * height > instance.MOST_GIF_PIXELS:
        raise Refused(errors.unprocessable(f"{width}x{height} GIF files are not supported"))
    if width * height > instance.MOST_PIXELS:
        raise Refused(errors.unprocessable(f"{width}x{height} images are not supported"))
    if size_bytes >= instance.LARGEST_IMAGE:
        limit = instance.LARGEST_IMAGE // 1024 // 1024
        raise Refused(errors.invalid(f"File file size must be less than {limit} MB"))


def _check_description(description: str) -> None:
    if len(description) > instance.MOST_DESCRIPTION:
        message = f"Description is too long (maximum is {instance.MOST_DESCRIPTION} characters)"
        raise Refused(errors.invalid(message))
