"""How the four kinds of picture are put together: walked block by block, checked to be whole, private notes left out.

Cameras write where a picture was taken (EXIF, XMP, IPTC), phones append whole videos. None of that is the picture, so none of
it leaves: every block that decides how the pixels look is kept byte by byte, all others are dropped, nothing is encoded anew.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dravo_app.errors import MediaUnusable
from dravo_app.services.media import exif, kinds

MAX_FRAMES = 2000
_MOST_PARTS = 100_000  # blocks of a file; cameras and drawing programs make some thousands at most
_MOST_CRUMBS = 1_000_000  # GIF cuts its pixels into pieces of up to 255 bytes
_CUT_OFF = "The picture is cut off: its end is missing."
_BROKEN = "The picture is damaged: its parts don't fit together."


@dataclass(frozen=True)
class Container:
    """A whole picture file without its notes. `width` and `height` are as stored, `orientation` (1–8) says how to turn them."""

    content_type: str
    content: bytes
    width: int
    height: int
    frames: int
    orientation: int


def read(content: bytes) -> Container:
    """Walk a file. Raises MediaUnusable where it is no picture, cut off or damaged, or has more than MAX_FRAMES frames."""
    content_type = kinds.recognise(content[:256])
    try:
        container = _WALKS[content_type](content)
    except (IndexError, struct.error):
        raise MediaUnusable(_CUT_OFF) from None
    if container.width < 1 or container.height < 1:
        raise MediaUnusable(_BROKEN)
    if container.frames > MAX_FRAMES:
        raise MediaUnusable(f"The picture has more than {MAX_FRAMES:,} frames.")
    return container


_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _walk_jpeg(content: bytes) -> Container:
    kept, at = [content[:2]], 2
    width = height = 0
    orientation = 1
    for _ in range(_MOST_PARTS):
        marker, body_at, ends_at = _jpeg_segment(content, at)
        body = content[body_at:ends_at]
        if marker in _FRAME_HEADERS:
            height, width = struct.unpack(">HH", body[1:5])
        if marker == 0xE1 and body.startswith(b"Exif\x00\x00"):
            orientation = exif.orientation(body[6:])
        if marker == 0xD9 or _jpeg_is_kept(marker, body):
            kept.append(b"\xff" + bytes([marker]) + content[body_at - 2 if marker != 0xD9 else ends_at : ends_at])
        at = ends_at
        if marker == 0xD9:  # what phones append behind the end is not the picture
            break
        if marker == 0xDA:
            at = _next_marker(content, ends_at)
            kept.append(content[ends_at:at])
    else:
        raise MediaUnusable(_BROKEN)
    return Container(kinds.JPEG, b"".join(kept), width, height, 1, orientation)


def _jpeg_segment(content: bytes, at: int) -> tuple[int, int, int]:
    """The marker at that place, and where its body begins and ends."""
    found = _MARKER.match(content, at)
    if found is None:
        raise MediaUnusable(_CUT_OFF if at >= len(content) - 1 else _BROKEN)
    marker, body_at = found.group(1)[0], found.end()
    if marker == 0xD9:
        return marker, body_at, body_at
    (length,) = struct.unpack(">H", content[body_at : body_at + 2])
    ends_at = body_at + length
    if length < 2 or ends_at > len(content):
        raise MediaUnusable(_CUT_OFF if length >= 2 else _BROKEN)
    return marker, body_at + 2, ends_at


def _jpeg_is_kept(marker: int, body: bytes) -> bool:
    if 0xE0 <= marker <= 0xEF or marker == 0xFE:
        return (marker == 0xE0 and body.startswith(b"JFIF\x00")) or (
            (marker == 0xE2 and body.startswith(b"ICC_PROFILE\x00")) or (marker == 0xEE and body.startswith(b"Adobe"))
        )
    return True


def _next_marker(content: bytes, at: int) -> int:
    """Where the compressed data that begin here end."""
    found = _MARKER.search(content, at)
    if found is None:
        raise MediaUnusable(_CUT_OFF)
    return found.start()


_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT cICP mDCV cLLI bKGD hIST pHYs acTL fcTL fdAT".split()
)


def _walk_png(content: bytes) -> Container:
    kept, names = [content[:8]], []
    width, height = struct.unpack(">II", content[16:24])
    frames, orientation = 1, 1
    for name, body, whole in _png_chunks(content):
        if name == b"acTL" and len(body) == 8 and b"IDAT" not in names:
            (frames,) = struct.unpack(">I", body[:4])
        if name == b"eXIf":
            orientation = exif.orientation(body)
        if name in _PNG_KEPT and not (name == b"acTL" and (b"acTL" in names or b"IDAT" in names)):
            kept.append(whole)
        names.append(name)
    if names[:1] != [b"IHDR"] or b"IDAT" not in names or frames < 1:
        raise MediaUnusable(_BROKEN)
    return Container(kinds.PNG, b"".join(kept), width, height, frames, orientation)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    at, name = 8, b""
    for _ in range(_MOST_PARTS):
        length, name = struct.unpack(">I4s", content[at : at + 8])
        whole = content[at : at + 12 + length]
        if len(whole) != 12 + length:
            raise MediaUnusable(_CUT_OFF)
        if zlib.crc32(whole[4:-4]) != struct.unpack(">I", whole[-4:])[0]:
            raise MediaUnusable(_BROKEN)
        yield name, whole[8:-4], whole
        at += 12 + length
        if name == b"IEND":
            return
    raise MediaUnusable(_BROKEN)


_GIF_KEPT = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def _walk_gif(content: bytes) -> Container:
    width, height, flags = struct.unpack("<HHB", content[6:11])
    at = 13 + _colours(flags)
    kept, frames = [content[:at]], 0
    for _ in range(_MOST_PARTS):
        if at >= len(content) or content[at] == 0x3B or frames > MAX_FRAMES:
            break
        block, body_at = content[at], at + (2 if content[at] == 0x21 else 11)
        if block == 0x2C:
            left, top, wide, high, flags = struct.unpack("<HHHHB", content[at + 1 : at + 10])
            width, height, frames = max(width, left + wide), max(height, top + high), frames + 1
            body_at = at + 10 + _colours(flags) + 1
        elif block != 0x21:
            raise MediaUnusable(_BROKEN)
        ends_at = _gif_blocks_end(content, body_at)
        if block == 0x2C or _gif_is_kept(content[at + 1], content[body_at + 1 : body_at + 12]):
            kept.append(content[at:ends_at])
        at = ends_at
    else:
        raise MediaUnusable(_BROKEN)
    if not frames:
        raise MediaUnusable(_CUT_OFF)
    return Container(kinds.GIF, b"".join([*kept, b"\x3b"]), width, height, frames, 1)


def _colours(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_blocks_end(content: bytes, at: int) -> int:
    for _ in range(_MOST_CRUMBS):
        if not content[at]:
            return at + 1
        at += content[at] + 1
    raise MediaUnusable(_BROKEN)


def _gif_is_kept(label: int, application: bytes) -> bool:
    return label == 0xF9 or (label == 0xFF and application in _GIF_KEPT)


_WEBP_NOTES = {b"EXIF": 0x08, b"XMP ": 0x04}


def _walk_webp(content: bytes) -> Container:
    declared = struct.unpack("<I", content[4:8])[0] + 8
    if declared > len(content):
        raise MediaUnusable(_CUT_OFF)
    kept: list[bytes] = []
    size, orientation, frames, cleared = (0, 0), 1, 0, 0
    for name, body in _riff_chunks(content[:declared]):
        if name in _WEBP_NOTES:
            cleared |= _WEBP_NOTES[name]
            orientation = exif.orientation(body.removeprefix(b"Exif\x00\x00")) if name == b"EXIF" else orientation
            continue
        size = size if any(size) else _webp_size(name, body)
        frames += name == b"ANMF"
        if name in (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"):
            kept.append(name + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) % 2))
    if not kept or (kept[0][:4] == b"VP8X" and len(kept[0]) < 18):
        raise MediaUnusable(_BROKEN)
    if kept[0][:4] == b"VP8X":
        kept[0] = kept[0][:8] + bytes([kept[0][8] & ~(0x08 | 0x04)]) + kept[0][9:]
    inner = b"WEBP" + b"".join(kept)
    return Container(kinds.WEBP, b"RIFF" + struct.pack("<I", len(inner)) + inner, *size, max(frames, 1), orientation)


def _riff_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    for _ in range(_MOST_PARTS):
        if at + 8 > len(content):
            return
        name, length = struct.unpack("<4sI", content[at : at + 8])
        if at + 8 + length > len(content):
            raise MediaUnusable(_CUT_OFF)
        yield name, content[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    raise MediaUnusable(_BROKEN)


def _webp_size(name: bytes, body: bytes) -> tuple[int, int]:
    if name == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if name == b"VP8L":
        bits = struct.unpack("<I", body[1:5])[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if name == b"VP8 ":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    return 0, 0


_WALKS: dict[str, Callable[[bytes], Container]] = {
    kinds.JPEG: _walk_jpeg,
    kinds.PNG: _walk_png,
    kinds.GIF: _walk_gif,
    kinds.WEBP: _walk_webp,
}
