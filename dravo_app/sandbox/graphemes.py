"""Counts what a reader sees as single characters, for the networks that count so."""

import unicodedata

_SKIN_TONES = range(0x1F3FB, 0x1F400)
_REGIONAL = range(0x1F1E6, 0x1F200)
_TAGS = range(0xE0020, 0xE0080)
_JOINER = 0x200D


def count_graphemes(text: str) -> int:
    """What a reader sees as single characters, without a library: right for accents, emoji with skin tones and joiners,
    flags, keycaps, Hangul syllables from parts, and line ends; a few rare scripts count one too many.
    """
    count = regional = 0
    before = 0
    for character in text:
        point = ord(character)
        regional = regional + 1 if point in _REGIONAL else 0
        if not _joins(point, character, before, regional):
            count += 1
        before = point
    return count


def _joins(point: int, character: str, before: int, regional: int) -> bool:
    if not before:
        return False
    return (
        unicodedata.category(character) in ("Mn", "Me", "Mc")
        or point == _JOINER
        or point in _SKIN_TONES
        or point in _TAGS
        or (before == _JOINER and unicodedata.category(character) in ("So", "Sm", "Sk"))
        or (point in _REGIONAL and regional % 2 == 0)
        or (before == 0x0D and point == 0x0A)
        or (0x1160 <= point <= 0x11FF and (0x1100 <= before <= 0x11FF or 0xAC00 <= before <= 0xD7A3))
    )
