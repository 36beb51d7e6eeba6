"""Says what a file is by its own bytes: which kind of picture, how large, whether it moves. What it is called counts nothing."""

import struct
from dataclasses import dataclass

_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_ALONE = frozenset((0x01, *range(0xD0, 0xD9)))


@dataclass(frozen=True, slots=True)
class Picture:
    """What is seen of a picture's head; width and height are None where the head is broken."""

    content_type: str
    width: int | None
    height: int | None
    is_animated: bool = False


def look(content: bytes) -> Picture | None:
    """The picture in `content`, None when it is no JPEG, PNG, GIF or WebP."""
    try:
        if content.startswith(b"\xff\xd8\xff"):
            return Picture("image/jpeg", *_jpeg_size(content))
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            is_animated = 0 < content.find(b"acTL") < (content.find(b"IDAT") % (len(content) + 1))
            return Picture("image/png", *_pair(">II", content, 16), is_animated)
        if content[:6] in (b"GIF87a", b"GIF89a"):
            return Picture("image/gif", *_pair("<HH", content, 6), _count_gif_frames(content) > 1)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content)
    except (struct.error, IndexError):
        return None  # it ends in the middle of its head
    return None


def _pair(form: str, content: bytes, offset: int) -> tuple[int, int]:
    first, second = struct.unpack_from(form, content, offset)
    return first, second


def _jpeg_size(content: bytes) -> tuple[int | None, int | None]:
    at = 2
    while at + 9 <= len(content):
        if content[at] != 0xFF:
            return None, None
        marker = content[at + 1]
        if marker in _JPEG_FRAMES:
            height, width = _pair(">HH", content, at + 5)
            return width, height
        at += 1 if marker == 0xFF else 2 if marker in _JPEG_ALONE else 2 + struct.unpack_from(">H", content, at + 2)[0]
    return None, None


def _webp(content: bytes) -> Picture:
    form = content[12:16]
    if form == b"VP8X":
        width = int.from_bytes(content[24:27], "little") + 1
        height = int.from_bytes(content[27:30], "little") + 1
        return Picture("image/webp", width, height, bool(content[20] & 0x02))
    if form == b"VP8L":
        bits = struct.unpack_from("<I", content, 21)[0]
        return Picture("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    width, height = _pair("<HH", content, 26)
    return Picture("image/webp", width & 0x3FFF, height & 0x3FFF)


def _count_gif_frames(content: bytes) -> int:
    """Up to two: more make no difference."""
    frames = 0
    at = 13 + _gif_table(content[10])
    while at < len(content) and frames < 2:
        match content[at]:
            case 0x21:
                at = _after_blocks(content, at + 2)
            case 0x2C:
                frames += 1
                at = _after_blocks(content, at + 11 + _gif_table(content[at + 9]))
            case _:
                break
    return frames


def _gif_table(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(content: bytes, at: int) -> int:
    while at < len(content) and content[at]:
        at += content[at] + 1
    return at + 1
