"""What a file is called counts nothing: kind, size and motion are read from its own head."""

import pytest

from dravo_app.sandbox.pictures import Picture, look
from tests.sandbox.drawn import picture


@pytest.mark.parametrize(
    ("form", "frames", "expected"),
    [
        ("PNG", 1, "image/png"), ("PNG", 2, "image/png"), ("JPEG", 1, "image/jpeg"), ("GIF", 1, "image/gif"),
        ("GIF", 3, "image/gif"), ("WEBP", 1, "image/webp"), ("WEBP", 2, "image/webp"),
    ],
)  # fmt: skip
def test_kind_size_and_motion_are_seen(form: str, frames: int, expected: str) -> None:
    assert look(picture(form, 301, 17, frames)) == Picture(expected, 301, 17, frames > 1)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"\x89PN", b"RIFF....WAVE"]
)
def test_anything_else_is_no_picture(content: bytes) -> None:
    assert look(content) is None


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_that_breaks_off_harms_nobody(form: str) -> None:
    whole = picture(form, 5, 4, 2 if form != "JPEG" else 1)
    for length in range(len(whole)):
        found = look(whole[:length])
        assert found is None or found.content_type == f"image/{form.lower()}"
