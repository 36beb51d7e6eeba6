"""Whatever a stranger's bytes are, they end as a picture or as a sentence."""

import random
import struct
import zlib
from pathlib import Path

import pytest

from dravo_app.errors import MediaUnusable
from dravo_app.providers.types import Limit, MediaRules, PictureRule
from dravo_app.services.media import pictures
from tests.support.picture_server import moving, photo, picture

ROUNDS = 60
ALL = ("image/gif", "image/png", "image/webp")
_LIMIT = Limit(3000, "bytes", "made up", "2026-11-24")
_RULES = MediaRules(Limit(4, "", "", ""), PictureRule(("image/jpeg", "image/png"), _LIMIT), PictureRule(ALL, _LIMIT))

SEEDS = {
    "jpeg": photo((60, 40)),
    "progressive": photo((60, 40), progressive=True),
    "jpeg-cmyk": picture("JPEG", (30, 20), "CMYK"),
    "png": picture("PNG", (30, 20)),
    "png-palette": picture("PNG", (30, 20), "P"),
    "apng": moving("PNG"),
    "gif": moving("GIF"),
    "webp": picture("WEBP", (30, 20), "RGBA"),
    "webp-moving": moving("WEBP"),
}


def mutated(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(changed))
        what = chance.randrange(4)
        if what == 0:
            changed[at] = chance.randrange(256)
        elif what == 1:
            del changed[at : at + chance.randint(1, 9)]
        elif what == 2:
            changed[at:at] = chance.randbytes(chance.randint(1, 9))
        else:
            changed[at : at + 4] = chance.choice((bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff"))
    return bytes(changed[: chance.randint(1, len(changed))] if chance.random() < 0.2 else changed)


def with_right_sums(content: bytes) -> bytes:
    """A PNG's checksums made right again: else nothing behind them is ever tried."""
    kept, at = [content[:8]], 8
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        body = content[at + 4 : at + 8 + length]
        kept.append(struct.pack(">I", length) + body + struct.pack(">I", zlib.crc32(body)))
        at += 12 + length
    return b"".join(kept)


@pytest.mark.parametrize("name", SEEDS)
def test_a_damaged_file_is_a_picture_or_a_sentence(tmp_path: Path, name: str) -> None:
    chance = random.Random(name)
    ended = {"picture": 0, "sentence": 0}
    for _ in range(ROUNDS):
        changed = mutated(SEEDS[name], chance)
        (tmp_path / "file").write_bytes(with_right_sums(changed) if "png" in name else changed)
        try:
            medium = pictures.fit(tmp_path / "file", _RULES, "Net", tmp_path / "fitted")
            seen = pictures.look(medium.path)
            assert (seen.width, seen.height) == (medium.width, medium.height)
            pictures.thumbnail(tmp_path / "file", 32, 3000)
            ended["picture"] += 1
        except MediaUnusable as refused:
            ended["sentence"] += refused.detail.endswith(".")
    assert sum(ended.values()) == ROUNDS
    assert ended["sentence"] > 0
    print(name, ended)
