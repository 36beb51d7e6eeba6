"""A PDS's blobs: anything may be uploaded; what it is and how large is looked at when a record refers to it."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from sqlite3 import Connection

from dravo_app.sandbox import media, pictures
from dravo_app.sandbox.credentials import Account
from dravo_app.sandbox.media import Medium
from dravo_app.sandbox.networks import bluesky_errors as errors
from dravo_app.sandbox.pictures import Picture
from dravo_app.sandbox.publishing import receive
from dravo_app.sandbox.wire import Reply, Request, Step, json_reply

NETWORK = "bluesky"
LARGEST_BLOB = 5 * 1024 * 1024
LARGEST_IMAGE = 2_000_000
MOST_IMAGES = 4

_IMAGES = "app.bsky.embed.images"
_PLACE = "$.record.embed"
_CID = re.compile("b[a-z2-7]{58}")


def upload(connection: Connection, request: Request, account: Account) -> Step:
    """com.atproto.repo.uploadBlob: the bytes as they are, under the type that they have, or that their sender says."""
    declared = request.headers.get("content-type", "").partition(";")[0].strip()
    if not declared:
        return errors.invalid("Request encoding (Content-Type) required but not provided")
    if len(request.body) > LARGEST_BLOB:
        return errors.error(413, "PayloadTooLarge", "request entity too large")

    def keep(connection: Connection, /, *, processing_seconds: float) -> Reply:
        seen = pictures.look(request.body)
        picture = seen or Picture("application/octet-stream", None, None)
        kind = seen.content_type if seen else declared  # a PDS believes its own eyes first
        medium = media.keep(
            connection, NETWORK, content_id(request.body), account.key, request.body, picture, declared_type=kind
        )
        return json_reply(200, {"blob": _reference(medium)})

    return receive(connection, request, errors.VOICE, account.key, "", keep)


def get(connection: Connection, account: Account, cid: str) -> Reply:
    """com.atproto.sync.getBlob."""
    medium = media.find(connection, NETWORK, account.key, cid)
    kept = media.read_picture(connection, medium.digest) if medium else None
    if medium is None or kept is None:
        return errors.error(400, "BlobNotFound", "Blob not found")
    headers = (
        ("content-type", medium.declared_type), ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("content-disposition", f'attachment; filename="{cid}"'),
    )  # fmt: skip
    return Reply(200, kept[1], headers)


def content_id(content: bytes) -> str:
    """CIDv1, raw, sha2-256, in base32: the name that any server gives these bytes."""
    raw = bytes((0x01, 0x55, 0x12, 0x20)) + hashlib.sha256(content).digest()
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


def find_fraction(value: object, place: str) -> str | None:
    """A record knows no fractions. What a PDS says of the first one."""
    if isinstance(value, float) and not value.is_integer():
        kinds = "null, boolean, integer, string, cid, bytes, array or object"
        return f"Expected one of {kinds} value type (got {value}) at {place}"
    inner: list[tuple[str, object]] = []
    if isinstance(value, dict):
        inner = [(f"{place}.{name}", item) for name, item in value.items()]
    elif isinstance(value, list):
        inner = [(f"{place}[{number}]", item) for number, item in enumerate(value)]
    return next(filter(None, (find_fraction(item, where) for where, item in inner)), None)


def about_embed(embed: object) -> str | None:
    """Why the lexicon refuses what a post embeds; kinds that aren't known here pass, as on a PDS."""
    if embed is None:
        return None
    if not isinstance(embed, dict) or not isinstance(embed.get("$type"), str):
        return f'Expected an object which includes the "$type" property value type (got {_brief(embed)}) at {_PLACE}'
    if embed["$type"] != _IMAGES:
        return None
    if "images" not in embed:
        return f'Missing required key "images" at {_PLACE}'
    images = embed["images"]
    if not isinstance(images, list):
        return f"Expected array value type (got {_brief(images)}) at {_PLACE}.images"
    if len(images) > MOST_IMAGES:
        return f"array too big (maximum {MOST_IMAGES}, got {len(images)}) at {_PLACE}.images"
    found = (_about_image(image, f"{_PLACE}.images[{number}]") for number, image in enumerate(images))
    return next(filter(None, found), None)


def refuse(connection: Connection, account: Account, record: dict[str, object]) -> Reply | None:
    """A record may name only blobs of its own repository, and until one is in use, exactly as they were uploaded."""
    named = [(blob, _link(blob)) for blob in _blobs(record)]
    for blob, cid in named:
        medium = media.find(connection, NETWORK, account.key, cid)
        if medium is None:
            return errors.error(400, "BlobNotFound", f"Could not find blob: {cid}")
        if medium.post_id:
            continue
        if blob.get("size") != medium.size_bytes:
            message = f"Expected: {medium.size_bytes}, Got: {blob.get('size')}"
            return errors.error(400, "InvalidSize", f"Referenced Size does not match stored blob. {message}")
        if blob.get("mimeType") != medium.declared_type:
            message = f"Expected: {medium.declared_type}, Got: {blob.get('mimeType')}"
            return errors.error(400, "InvalidMimeType", f"Referenced Mimetype does not match stored blob. {message}")
    used = [media.find(connection, NETWORK, account.key, cid) for _, cid in named]
    media.attach(connection, [medium for medium in used if medium is not None], "in use")
    return None


def shown_by(connection: Connection, account: Account, record: dict[str, object]) -> list[Medium]:
    """The images of a post that passed every check, with their alt texts."""
    embed = record.get("embed")
    images = embed.get("images") if isinstance(embed, dict) and embed.get("$type") == _IMAGES else None
    shown = []
    for image in images if isinstance(images, list) else []:
        medium = media.find(connection, NETWORK, account.key, _link(image["image"]))
        if medium is not None:
            shown.append(replace(medium, alt_text=image["alt"]))
    return shown


def _about_image(image: object, place: str) -> str | None:
    if not isinstance(image, dict):
        return f"Expected object value type (got {_brief(image)}) at {place}"
    for name in ("image", "alt"):
        if name not in image:
            return f'Missing required key "{name}" at {place}'
    if not isinstance(image["alt"], str):
        return f"Expected string value type (got {_brief(image['alt'])}) at {place}.alt"
    return _about_blob(image["image"], f"{place}.image") or _about_ratio(
        image.get("aspectRatio"), f"{place}.aspectRatio"
    )


def _about_blob(blob: object, place: str) -> str | None:
    if not isinstance(blob, dict) or blob.get("$type") != "blob" or not _CID.fullmatch(_link(blob)):
        return f"Expected blob value type (got {_brief(blob)}) at {place}"
    size, kind = blob.get("size"), blob.get("mimeType")
    if not isinstance(size, int) or not isinstance(kind, str):
        return f"Expected blob value type (got {_brief(blob)}) at {place}"
    if not kind.startswith("image/"):
        return f'Expected "image/*" (got "{kind}") at {place}.mimeType'
    return f"blob too big (maximum {LARGEST_IMAGE}, got {size}) at {place}" if size > LARGEST_IMAGE else None


def _about_ratio(ratio: object, place: str) -> str | None:
    if ratio is None:
        return None
    if not isinstance(ratio, dict):
        return f"Expected object value type (got {_brief(ratio)}) at {place}"
    for name in ("width", "height"):
        if name not in ratio:
            return f'Missing required key "{name}" at {place}'
        side = ratio[name]
        if not isinstance(side, int) or isinstance(side, bool):
            return f"Expected integer value type (got {_brief(side)}) at {place}.{name}"
        if side < 1:
            return f"integer too small (minimum 1, got {side}) at {place}.{name}"
    return None


def _blobs(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, dict):
        if value.get("$type") == "blob":
            yield value
            return
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _blobs(item)


def _link(blob: dict[str, object]) -> str:
    reference = blob.get("ref")
    return str(reference.get("$link", "")) if isinstance(reference, dict) else ""


def _reference(medium: Medium) -> dict[str, object]:
    link = {"$link": medium.media_id}
    return {"$type": "blob", "ref": link, "mimeType": medium.declared_type, "size": medium.size_bytes}


def _brief(value: object) -> str:
    """How a PDS names a value that it didn't expect."""
    if isinstance(value, dict):
        return f"{{{json.dumps(next(iter(value)))}: ...}}" if value else "{}"
    return json.dumps(value, ensure_ascii=False)[:100]
