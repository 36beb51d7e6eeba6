"""The pictures of a draft, as the compose page shows them: looked at by the server, through the one window to strangers."""

from dataclasses import dataclass

from dravo_app.errors import DravoError
from dravo_app.services.media.preview import look_at
from dravo_app.ui.calls import ask_network

MAX_LOOKED_AT = 20
_LONGEST_SECONDS = 20.0


@dataclass(frozen=True)
class PictureRow:
    """`status` is looking, seen or refused; `words` say its kind, size and measures, or what is wrong."""

    url: str
    status: str = "looking"
    words: str = "Looking at it…"
    thumbnail: str = ""


async def look(url: str) -> PictureRow:
    """What is there, as a row."""
    try:
        seen = await ask_network(lambda: look_at(url), _LONGEST_SECONDS, is_stranger=True)
    except DravoError as error:
        return PictureRow(url, "refused", error.detail)
    kind = seen.content_type.removeprefix("image/").upper()
    moving = ", moving" if seen.is_animated else ""
    words = f"{kind}{moving}, {seen.width} × {seen.height}, {_size(seen.size_bytes)}"
    return PictureRow(url, "seen", words, seen.thumbnail)


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{max(1, round(count / 1000))} kB"
