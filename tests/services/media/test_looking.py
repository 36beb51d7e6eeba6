"""What a file is: by its bytes and by decoding it, never by its name or what a server says."""

import struct
import time
import zlib
from pathlib import Path

import pytest

from dravo_app.errors import MediaUnusable
from dravo_app.services.media import pictures
from tests.support.picture_server import moving, photo, picture


def look(tmp_path: Path, content: bytes) -> pictures.Seen:
    (tmp_path / "file").write_bytes(content)
    return pictures.look(tmp_path / "file")


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (photo((64, 48)), "image/jpeg"),
        (photo((64, 48), progressive=True), "image/jpeg"),
        (picture("JPEG", mode="CMYK"), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("PNG", mode="RGBA"), "image/png"),
        (picture("PNG", mode="LA"), "image/png"),
        (picture("PNG", mode="1"), "image/png"),
        (picture("GIF", mode="L"), "image/gif"),
        (picture("WEBP"), "image/webp"),
        (picture("WEBP", lossless=True), "image/webp"),
        (picture("WEBP", mode="RGBA"), "image/webp"),
    ],
)
def test_the_four_kinds_are_known(tmp_path: Path, content: bytes, content_type: str) -> None:
    assert look(tmp_path, content) == pictures.Seen(content_type, 64, 48, len(content), False)


@pytest.mark.parametrize(("kind", "content_type"), [("GIF", "image/gif"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_a_moving_picture_is_seen_to_move(tmp_path: Path, kind: str, content_type: str) -> None:
    seen = look(tmp_path, moving(kind))
    assert (seen.content_type, seen.is_animated) == (content_type, True)


@pytest.mark.parametrize(
    ("head", "named"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\x00\x00\x00\x20ftypheic", "a HEIC picture"),
        (b"\x00\x00\x00\x20ftypavif", "an AVIF picture"),
        (b"\x00\x00\x00\x20ftypmp42", "a video (MP4)"),
        (b"\x00\x00\x00\x14ftypqt  ", "a video (QuickTime)"),
        (b"\x1aE\xdf\xa3", "a video (WebM or Matroska)"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"<?xml version='1.0'?>\n<svg/>", "an SVG drawing"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><title>Log in", "a web page"),
        (b'{"error": "no"}', "a JSON text"),
        (b"Not found", "a text"),
        (b"BM\x00\x00", "a BMP picture"),
        (b"II*\x00", "a TIFF picture"),
        (b"RIFF\x00\x00\x00\x00WAVE", "a sound (WAV)"),
        (b"PK\x03\x04", "a ZIP archive"),
        (bytes(range(1, 30)), "of a kind that Dravo doesn't know"),
    ],
)
def test_anything_else_is_called_by_its_name(tmp_path: Path, head: bytes, named: str) -> None:
    with pytest.raises(MediaUnusable) as refused:
        look(tmp_path, head)
    assert refused.value.detail == f"The file is {named}, not a JPEG, PNG, GIF or WebP picture."


@pytest.mark.parametrize("content", [photo((300, 200)), picture("PNG"), moving("GIF"), picture("WEBP"), moving("WEBP")])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, content: bytes) -> None:
    for share in (0.3, 0.6, 0.9):
        with pytest.raises(MediaUnusable):
            look(tmp_path, content[: int(len(content) * share)])


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def bomb(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8001, 8000), (65_535, 65_535), (30_001, 1), (2**31 - 1, 2**31 - 1)])
def test_too_many_pixels_are_refused_before_one_is_decoded(tmp_path: Path, size: tuple[int, int]) -> None:
    with pytest.raises(MediaUnusable, match="pixels"):
        look(tmp_path, bomb(*size))


def test_a_picture_that_promises_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaUnusable, match="damaged"):
        look(tmp_path, bomb(4000, 4000))


def test_a_gif_of_endless_frames_is_refused_without_reading_them(tmp_path: Path) -> None:
    head, frame = (
        b"GIF89a\x01\x00\x01\x00\x80\x00\x00" + bytes(6),
        b"\x2c" + bytes(4) + b"\x01\x00\x01\x00\x00\x02\x02D\x01\x00",
    )
    with pytest.raises(MediaUnusable, match="2,000 frames"):
        look(tmp_path, head + frame * 200_000 + b";")


@pytest.mark.parametrize(
    "content",
    [
        photo((8, 8))[:2] + b"\xff\xe5\x00\x02" * 2_000_000,
        picture("PNG", (8, 8))[:33] + chunk(b"teXt", b"") * 500_000,
        picture("WEBP", (8, 8))[:12] + b"XMP \x00\x00\x00\x00" * 1_000_000,
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00\x21\xfe" + b"\x01a" * 3_000_000,
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00" + b"\x21\xfe\x00" * 2_000_000,
    ],
    ids=["jpeg", "png", "webp", "gif crumbs", "gif blocks"],
)
def test_a_file_of_endless_crumbs_is_refused_soon(tmp_path: Path, content: bytes) -> None:
    if content[:4] == b"RIFF":
        content = b"RIFF" + struct.pack("<I", len(content) - 8) + content[8:]
    began_at = time.process_time()
    with pytest.raises(MediaUnusable, match="damaged"):
        look(tmp_path, content)
    assert time.process_time() - began_at < 2
