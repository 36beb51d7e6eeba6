"""What a record is worth: its key, its content id, and the limits that a PDS enforces on a post."""

import base64
import hashlib
import json
import re
import secrets
import time
from datetime import datetime

from dravo_app.sandbox.graphemes import count_graphemes
from dravo_app.sandbox.networks import bluesky_blobs

POST = "app.bsky.feed.post"
MOST_GRAPHEMES = 300
MOST_BYTES = 3000

_TID_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
_TID = re.compile(f"[234567abcdefghij][{_TID_LETTERS}]{{12}}")
_RECORD_KEY = re.compile(r"[A-Za-z0-9_~.:\-]{1,512}")
_COLLECTION = re.compile(r"[a-zA-Z][a-zA-Z0-9\-]*(\.[a-zA-Z0-9\-]+)+\.[a-zA-Z][a-zA-Z0-9]*")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,20})?(Z|[+-]\d\d:\d\d)")


def new_tid() -> str:
    """A record key as the network makes them: microseconds and a clock id, sorting by time."""
    number = (time.time_ns() // 1000) << 10 | secrets.randbelow(1024)
    return "".join(_TID_LETTERS[number >> shift & 31] for shift in range(60, -1, -5))


def is_collection(name: str) -> bool:
    return _COLLECTION.fullmatch(name) is not None


def is_record_key(collection: str, key: str) -> bool:
    """Posts are keyed by a TID; other collections take any record key."""
    if collection == POST:
        return _TID.fullmatch(key) is not None
    return _RECORD_KEY.fullmatch(key) is not None and key not in (".", "..")


def content_id(record: object) -> str:
    """A CID by form: the hash is over sorted JSON, where a PDS hashes DAG-CBOR, so only equality can be relied on."""
    digest = hashlib.sha256(canonical(record).encode("utf-8", "surrogatepass")).digest()
    return "b" + base64.b32encode(bytes((0x01, 0x71, 0x12, 0x20)) + digest).decode().lower().rstrip("=")


def canonical(record: object) -> str:
    return json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def complaint_about(collection: str, record: dict[str, object]) -> str | None:
    """Why a PDS refuses this record, None when it takes it."""
    named = record.get("$type", collection)
    if named != collection:
        return f"Invalid $type: expected {collection}, got {named}"
    fraction = bluesky_blobs.find_fraction(record, "$.record")
    if fraction:
        return fraction
    if collection != POST:
        return None
    found = (
        _about_text(record.get("text"))
        or _about_moment(record.get("createdAt"))
        or _about_rest(record)
        or bluesky_blobs.about_embed(record.get("embed"))
    )
    return f"Invalid {POST} record: {found}" if found else None


def _about_text(text: object) -> str | None:
    if not isinstance(text, str):
        return (
            'Missing required key "text" at $.record' if text is None else "Expected string value type at $.record.text"
        )
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        return f"string too big (maximum {MOST_BYTES}, got {size}) at $.record.text"
    graphemes = count_graphemes(text)
    if graphemes > MOST_GRAPHEMES:
        return f"grapheme too big (maximum {MOST_GRAPHEMES}, got {graphemes}) at $.record.text"
    return None


def _about_moment(moment: object) -> str | None:
    if moment is None:
        return 'Missing required key "createdAt" at $.record'
    try:
        if isinstance(moment, str) and _MOMENT.fullmatch(moment):
            datetime.fromisoformat(moment[:19])
            return None
    except ValueError:
        pass  # a day that doesn't exist: the same answer as for any other text
    return "Invalid datetime at $.record.createdAt"


def _about_rest(record: dict[str, object]) -> str | None:
    for name, most in (("langs", 3), ("tags", 8)):
        values = record.get(name, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            return f"Expected array of strings at $.record.{name}"
        if len(values) > most:
            return f"array too big (maximum {most}, got {len(values)}) at $.record.{name}"
    facets = record.get("facets", [])
    if not isinstance(facets, list):
        return "Expected array value type at $.record.facets"
    wrong = (number for number, facet in enumerate(facets) if not _is_facet(facet))
    return next((f"Invalid facet at $.record.facets[{number}]" for number in wrong), None)


def _is_facet(facet: object) -> bool:
    """By its form only: like a PDS, this takes offsets beyond the end of the text."""
    if not isinstance(facet, dict):
        return False
    index, features = facet.get("index"), facet.get("features")
    if not isinstance(index, dict) or not isinstance(features, list):
        return False
    offsets = (index.get("byteStart"), index.get("byteEnd"))
    are_offsets = all(isinstance(offset, int) and not isinstance(offset, bool) and offset >= 0 for offset in offsets)
    return are_offsets and all(
        isinstance(feature, dict) and isinstance(feature.get("$type"), str) for feature in features
    )
