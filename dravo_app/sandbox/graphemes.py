"""Counts what a reader sees as single characters, for the networks that count so."""

import unicodedata

_SKIN_TONES = range(0x1F3FB, 0x1F400)
_REGIONAL = range(0x1F1E6, 0x1F200)
_TAGS = range(0xE0020, 0xE0080)
_JOINER = 0x200D
_JOINS_ALWAYS = frozenset((_JOINER, 0x200C, *_SKIN_TONES, *_TAGS))
_PICTURES_ELSEWHERE = frozenset(
    (0x00A9, 0x00AE, 0x203C, 0x2049, 0x2194, 0x2195, 0x25FB, 0x25FC, 0x25FD, 0x25FE, 0x3030)
)


def count_graphemes(text: str) -> int:
    """What a reader sees as single characters, without a library: right for accents, emoji with skin tones and joiners,
    flags, keycaps, Hangul syllables from parts, and line ends; a few rare scripts count one too many.
    """
    count = regional = before = 0
    is_picture = False
    for character in text:
        point = ord(character)
        regional = regional + 1 if point in _REGIONAL else 0
        if not _joins(point, character, before, regional, is_picture):
            count += 1
            is_picture = _is_picture(point, character)
        before = point
    return count


def _joins(point: int, character: str, before: int, regional: int, is_picture: bool) -> bool:
    """Whether a character belongs to the one before; `is_picture` says that the whole began with a pictograph."""
    if before == 0x0D and point == 0x0A:
        return True
    if not before or _is_control(before):
        return False
    return (
        unicodedata.category(character) in ("Mn", "Me", "Mc")
        or point in _JOINS_ALWAYS
        or (before == _JOINER and is_picture and _is_picture(point, character))
        or (point in _REGIONAL and regional % 2 == 0)
        or (0x1160 <= point <= 0x11FF and (0x1100 <= before <= 0x11FF or 0xAC00 <= before <= 0xD7A3))
    )


def _is_control(point: int) -> bool:
    kind = unicodedata.category(chr(point))
    return kind in ("Cc", "Zl", "Zp") or (kind == "Cf" and point not in _JOINS_ALWAYS)


def _is_picture(point: int, character: str) -> bool:
    is_symbol = unicodedata.category(character) == "So" and point not in _REGIONAL
    return is_symbol or point in _PICTURES_ELSEWHERE
