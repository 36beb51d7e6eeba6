"""The one thing that is wanted from a camera's notes: which way round the picture is. Everything else stays unread."""

import struct

_ORIENTATION = 0x0112
_MOST_ENTRIES = 500


def orientation(block: bytes) -> int:
    """1 to 8 as EXIF counts them; 1 (as stored) where the block says nothing that can be understood."""
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(block[:4])
    if order is None:
        return 1
    try:
        return _find(block, order)
    except struct.error:
        return 1


def _find(block: bytes, order: str) -> int:
    (at,) = struct.unpack_from(order + "I", block, 4)
    (count,) = struct.unpack_from(order + "H", block, at)
    for place in range(min(count, _MOST_ENTRIES)):
        tag, kind, _, value = struct.unpack_from(order + "HHIH", block, at + 2 + 12 * place)
        if tag == _ORIENTATION and kind == 3:
            return value if 1 <= value <= 8 else 1
    return 1
