"""One picture for the composer: fetched as it would be for a post, looked at, shown small."""

import base64
from dataclasses import dataclass
from functools import cache
from threading import BoundedSemaphore

from dravo_app.errors import MediaUnreachable
from dravo_app.services.media import fetching, pictures

WHOLE_SECONDS = 8.0
SIDE = 320
MAX_BYTES = 22_000  # as text, a third more: the browser gets it in one message
_AT_ONCE = 8


@dataclass(frozen=True)
class Preview:
    """What a picture is, with a small one as `data:` address of up to 30 KB; `width` and `height` are of the original."""

    content_type: str
    width: int
    height: int
    size_bytes: int
    is_animated: bool
    thumbnail: str


def look_at(url: str) -> Preview:
    """Fetch and look, for up to about ten seconds: off the event loop, outside of any transaction.

    Raises AddressRefused, MediaUnreachable, MediaUnusable.
    """
    if not _turns().acquire(timeout=WHOLE_SECONDS):
        raise MediaUnreachable("Dravo is looking at too many pictures just now; try again in a moment.")
    try:
        with fetching.get_store().scratch() as path:
            fetching.fetch(url, path, WHOLE_SECONDS)
            seen = pictures.look(path)
            small = pictures.thumbnail(path, SIDE, MAX_BYTES)
    finally:
        _turns().release()
    data = base64.b64encode(small).decode()
    return Preview(
        seen.content_type, seen.width, seen.height, seen.size_bytes, seen.is_animated, f"data:image/webp;base64,{data}"
    )


@cache
def _turns() -> BoundedSemaphore:
    return BoundedSemaphore(_AT_ONCE)
