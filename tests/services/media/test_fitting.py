"""The picture as the network takes it: unchanged where that can be, else turned, scaled and encoded anew, the same each time."""

import io
import struct
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from dravo_app.errors import MediaUnusable
from dravo_app.providers.types import Limit, MediaRules, Medium, PictureRule
from dravo_app.services.media import pictures
from tests.support.picture_server import moving, photo, picture

ALL = ("image/jpeg", "image/png", "image/gif", "image/webp")


def limit(value: int) -> Limit:
    return Limit(value, "", "made up", "2026-11-24")


def rules(
    max_bytes: int = 5_000_000,
    types: tuple[str, ...] = ALL,
    pixels: int | None = None,
    side: int | None = None,
    animations: PictureRule | None = None,
) -> MediaRules:
    images = PictureRule(types, limit(max_bytes), (pixels and limit(pixels)) or None, (side and limit(side)) or None)
    return MediaRules(limit(4), images, animations)


def fit(tmp_path: Path, content: bytes, wanted: MediaRules) -> Medium:
    (tmp_path / "file").write_bytes(content)
    medium = pictures.fit(tmp_path / "file", wanted, "Net", tmp_path / "fitted")
    assert medium.size_bytes == (tmp_path / "fitted").stat().st_size
    assert pictures.look(medium.path) == pictures.Seen(
        medium.content_type, medium.width, medium.height, medium.size_bytes, medium.is_animated
    )
    return medium


def opened(medium: Medium) -> Image.Image:
    return Image.open(io.BytesIO(medium.path.read_bytes()))


def exif(orientation: int = 1, gps: bool = True) -> Image.Exif:
    notes = Image.Exif()
    notes[0x0112] = orientation
    notes[0x010F] = "Camera of somebody"
    if gps:
        notes.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return notes


@pytest.mark.parametrize(
    "content", [photo((80, 60)), picture("PNG", mode="RGBA"), picture("WEBP"), picture("GIF", mode="L")]
)
def test_what_fits_goes_out_byte_by_byte(tmp_path: Path, content: bytes) -> None:
    assert fit(tmp_path, content, rules()).path.read_bytes() == content


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_where_it_was_taken_does_not_leave(tmp_path: Path, kind: str) -> None:
    plain, noted = picture(kind), picture(kind, exif=exif())
    assert b"Camera of somebody" in noted
    sent = fit(tmp_path, noted, rules()).path.read_bytes()
    assert b"Camera of somebody" not in sent
    assert not Image.open(io.BytesIO(sent)).getexif()
    assert Image.open(io.BytesIO(sent)).tobytes() == Image.open(io.BytesIO(plain)).tobytes(), "not one pixel changed"


def test_other_notes_and_what_phones_append_do_not_leave_either(tmp_path: Path) -> None:
    plain = photo((80, 60))
    xmp = b"http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>at home</x:xmpmeta>"
    segments = b"".join(
        bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body
        for marker, body in (
            (0xE1, xmp),
            (0xED, b"Photoshop 3.0\x00at home"),
            (0xFE, b"at home"),
            (0xE2, b"MPF\x00at home"),
        )
    )
    noted = plain[:2] + segments + plain[2:] + b"\x00\x00\x00\x18ftypmp42 a whole video, at home"
    assert fit(tmp_path, noted, rules()).path.read_bytes() == plain


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_turned_picture_is_turned_the_right_way_round(tmp_path: Path, orientation: int) -> None:
    upright = Image.new("RGB", (60, 40), "blue")
    upright.paste("red", (0, 0, 20, 20))  # top left
    buffer = io.BytesIO()
    back = {5: 5, 6: 8, 7: 7, 8: 6}.get(orientation, orientation)
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
    upright.transpose(Image.Transpose(turns[back])).save(buffer, "JPEG", quality=95, exif=exif(orientation))
    medium = fit(tmp_path, buffer.getvalue(), rules())
    assert (medium.width, medium.height) == (60, 40)
    shown = opened(medium).convert("RGB")
    assert shown.getpixel((5, 5))[0] > 200 and shown.getpixel((50, 30))[2] > 200  # type: ignore[index]
    assert not shown.getexif()


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (photo((1200, 800)), rules(max_bytes=60_000)),
        (photo((1200, 800)), rules(pixels=500_000)),
        (photo((1200, 800)), rules(side=800)),
        (picture("PNG", (300, 250)), rules(max_bytes=40_000)),
        (picture("PNG", (300, 250), "RGBA"), rules(max_bytes=40_000)),
        (picture("PNG", (300, 250), "RGBA"), rules(max_bytes=40_000, types=("image/jpeg", "image/png"))),
        (picture("PNG", (300, 250), "RGBA"), rules(max_bytes=15_000, types=("image/jpeg",))),
        (picture("WEBP", (300, 250)), rules(types=("image/jpeg",))),
        (picture("GIF", (300, 250), "L"), rules(types=("image/jpeg", "image/png"))),
        (picture("PNG", (4000, 3), "RGB"), rules(side=100)),
    ],
)
def test_what_is_too_large_is_made_to_fit_and_the_same_each_time(
    tmp_path: Path, content: bytes, wanted: MediaRules
) -> None:
    medium = fit(tmp_path, content, wanted)
    first = medium.path.read_bytes()
    rule = wanted.images
    assert medium.content_type in rule.content_types
    assert medium.size_bytes <= rule.max_bytes.value
    assert rule.max_pixels is None or medium.width * medium.height <= rule.max_pixels.value
    assert rule.max_side is None or max(medium.width, medium.height) <= rule.max_side.value
    assert fit(tmp_path, content, wanted).path.read_bytes() == first


def test_no_more_is_taken_away_than_must_be(tmp_path: Path) -> None:
    content = photo((1200, 800))
    medium = fit(tmp_path, content, rules(pixels=500_000))
    assert medium.width * medium.height > 495_000
    assert abs(medium.width / medium.height - 1.5) < 0.01
    halved = fit(tmp_path, content, rules(max_bytes=len(content) // 2))
    assert halved.size_bytes > len(content) // 6


def test_what_can_be_seen_through_stays_so(tmp_path: Path) -> None:
    content = picture("PNG", (300, 250), "RGBA")
    medium = fit(tmp_path, content, rules(max_bytes=40_000))
    assert opened(medium).mode == "RGBA"
    onto_white = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    buffer = io.BytesIO()
    onto_white.save(buffer, "PNG")
    flat = fit(tmp_path, buffer.getvalue(), rules(types=("image/jpeg",)))
    assert opened(flat).getpixel((50, 50)) == (255, 255, 255)


def test_a_drawing_stays_lossless_where_it_fits(tmp_path: Path) -> None:
    drawing = Image.new("RGB", (1000, 800), "white")
    drawing.paste("navy", (100, 100, 500, 500))
    buffer = io.BytesIO()
    drawing.save(buffer, "PNG")
    assert fit(tmp_path, buffer.getvalue(), rules(side=500)).content_type == "image/png"


@pytest.mark.parametrize("mode", ["CMYK", "P", "LA", "1", "I;16"])
def test_every_way_to_store_colours_is_understood(tmp_path: Path, mode: str) -> None:
    grey = Image.new("RGB", (120, 90), (128, 128, 128))
    stored = Image.new("I;16", (120, 90), 128 * 257) if mode == "I;16" else grey.convert(mode)
    buffer = io.BytesIO()
    stored.save(buffer, "JPEG" if mode == "CMYK" else "PNG")
    medium = fit(tmp_path, buffer.getvalue(), rules(side=60))
    shown = opened(medium).convert("L").resize((1, 1), Image.Resampling.BOX)
    assert abs(int(shown.getpixel((0, 0))) - 128) < 6  # type: ignore[arg-type]


def test_a_picture_for_print_is_sent_for_screens(tmp_path: Path) -> None:
    medium = fit(tmp_path, picture("JPEG", (200, 100), "CMYK"), rules())
    assert opened(medium).mode == "RGB"


def test_colours_of_another_profile_become_srgb(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(
        ImageCms.createProfile("LAB")
    ).tobytes()  # no RGB profile: can't be used, is left aside
    content = photo((400, 300), icc_profile=profile)
    assert fit(tmp_path, content, rules(side=200)).width == 200
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    kept = fit(tmp_path, photo((400, 300), icc_profile=srgb), rules())
    assert opened(kept).info["icc_profile"] == srgb, "what goes out unchanged keeps its profile"
    made = fit(tmp_path, photo((400, 300), icc_profile=srgb), rules(side=200))
    assert "icc_profile" not in opened(made).info


def test_a_moving_picture_goes_out_as_it_is(tmp_path: Path) -> None:
    animations = PictureRule(("image/gif",), limit(100_000))
    content = moving("GIF")
    medium = fit(tmp_path, content, rules(animations=animations))
    assert medium.is_animated and opened(medium).n_frames == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "animations", "said"),
    [
        ("GIF", None, "Dravo sends no moving pictures to Net"),
        ("WEBP", PictureRule(("image/gif",), limit(100_000)), "takes moving pictures as GIF only"),
        ("PNG", PictureRule(("image/gif",), limit(100_000)), "takes moving pictures as GIF only"),
        ("GIF", PictureRule(("image/gif",), limit(100)), "of up to 100 bytes"),
        ("GIF", PictureRule(("image/gif",), limit(100_000), limit(100)), "of up to 100 pixels"),
        ("GIF", PictureRule(("image/gif",), limit(100_000), max_side=limit(31)), "of up to 31 pixels on a side"),
    ],
)
def test_a_moving_picture_is_never_sent_as_a_still_one(
    tmp_path: Path, kind: str, animations: PictureRule | None, said: str
) -> None:
    with pytest.raises(MediaUnusable, match=said):
        fit(tmp_path, moving(kind), rules(max_bytes=50, animations=animations))


def test_what_no_step_makes_small_enough_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaUnusable, match="small enough for Net"):
        fit(tmp_path, picture("PNG"), rules(max_bytes=100))


def test_a_thumbnail_is_small(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(photo((800, 600), exif=exif(6)))
    small = Image.open(io.BytesIO(pictures.thumbnail(tmp_path / "file", 320, 22_000)))
    assert small.size == (240, 320)
    (tmp_path / "file").write_bytes(picture("PNG", (500, 500)))  # grain: the hardest to make small
    assert len(pictures.thumbnail(tmp_path / "file", 320, 22_000)) <= 22_000
