"""Bluesky: the post as a record, the same on every repeat: its key and date come from the first attempt, not from now."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from dravo_app.providers.bluesky import facts
from dravo_app.providers.types import Json, Publication

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"


def record_key(publication: Publication) -> str:
    """A TID: 53 bits of microseconds, then 10 bits of the delivery; sorts by time, 13 characters."""
    microseconds = (publication.started_at - _EPOCH) // timedelta(microseconds=1)
    number = (microseconds & (2**53 - 1)) << 10 | _ten_bits(publication.delivery_id)
    return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def record(publication: Publication, facets: list[Json], embed: Json = None) -> dict[str, Json]:
    """The record of `app.bsky.feed.post`."""
    made: dict[str, Json] = {
        "$type": facts.COLLECTION,
        "text": publication.text,
        "createdAt": created_at(publication),
    }
    if facets:
        made["facets"] = facets
    if embed:
        made["embed"] = embed
    if languages := publication.options.get("langs"):
        made["langs"] = languages
    return made


def created_at(publication: Publication) -> str:
    """The first attempt's start, as atproto writes dates."""
    return publication.started_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def post_uri(did: str, key: str) -> str:
    """The record's address in the network."""
    return f"at://{did}/{facts.COLLECTION}/{key}"


def _ten_bits(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:2]) & 1023
