"""Encodes a picture anew where a network's limits ask for it: turned the right way round, in sRGB, as large as may be.

First the pixels are brought under the network's limits, then quality gives way a little, then the size, step by step.
"""

import io
import math
from dataclasses import dataclass

from PIL import Image, ImageCms

from dravo_app.providers.types import PictureRule
from dravo_app.services.media import kinds

_STEPS = 12
_SMALLEST_SIDE = 16
_WEBP_SIDE = 16_383
_LOSSLESS = 0
_SPOT = 192
_GUESSED_PIXELS = 2_000_000
_HOPELESS = 2  # so many times over the limit by the guess: encoding all of it would only cost seconds
_THUMBNAIL_QUALITIES = (75, 55, 35)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_FORMATS = {kinds.JPEG: "JPEG", kinds.PNG: "PNG", kinds.WEBP: "WEBP"}

Size = tuple[int, int]
Encoding = tuple[str, int]
"""A content type and a quality; _LOSSLESS for PNG."""


@dataclass(frozen=True)
class Rendered:
    """A whole picture file, and its size in pixels."""

    content: bytes
    content_type: str
    width: int
    height: int


def render(image: Image.Image, orientation: int, rule: PictureRule, source: Encoding) -> Rendered | None:
    """The picture within the rule's limits, None where no step gets it there. Raises whatever a decoder raises.

    `source` is the file's content type and size in bytes: a drawing stays lossless where that may fit.
    """
    pixels = image.width * image.height
    size = _allowed_size(image.size, rule)
    image.draft(None, (2 * size[0], 2 * size[1]))  # a JPEG is decoded near the size that is wanted, in little memory
    ready = _in_srgb(_turned(_scaled(_plain(image), size), orientation), image.info.get("icc_profile"))
    lossless_bytes = source[1] * size[0] * size[1] // pixels if source[0] in (kinds.PNG, kinds.GIF) else None
    encodings = _encodings(ready, rule, lossless_bytes)
    size = ready.size
    for _ in range(_STEPS):
        smaller = _scaled(ready, size)
        least = 0
        for content_type, quality in encodings:
            content = b""
            size_bytes = _guessed(smaller, content_type, quality)
            if size_bytes <= _HOPELESS * rule.max_bytes.value:
                content = _encoded(smaller, content_type, quality)
                size_bytes = len(content)
            if size_bytes <= rule.max_bytes.value:
                return Rendered(content, content_type, *smaller.size)
            least = min(least or size_bytes, size_bytes)
        if max(size) <= _SMALLEST_SIDE:
            break
        size = _shrunk(size, math.sqrt(rule.max_bytes.value / least))
    return None


def thumbnail(image: Image.Image, orientation: int, side: int, max_bytes: int) -> bytes:
    """A WebP of up to `side` pixels and `max_bytes`. Raises whatever a decoder raises."""
    image.draft(None, (2 * side, 2 * side))
    profile = image.info.get("icc_profile")
    ready = _plain(image)
    while True:
        factor = min(1.0, side / max(ready.size))
        small = _in_srgb(_turned(_scaled(ready, _times(ready.size, factor)), orientation), profile)
        for quality in _THUMBNAIL_QUALITIES:
            content = _encoded(small, kinds.WEBP, quality)
            if len(content) <= max_bytes or side <= _SMALLEST_SIDE:
                return content
        side //= 2


def _allowed_size(size: Size, rule: PictureRule) -> Size:
    factor = 1.0
    if rule.max_pixels:
        factor = min(factor, math.sqrt(rule.max_pixels.value / (size[0] * size[1])))
    if rule.max_side:
        factor = min(factor, rule.max_side.value / max(size))
    if kinds.JPEG not in rule.content_types:
        factor = min(factor, _WEBP_SIDE / max(size))
    return _times(size, factor)


def _times(size: Size, factor: float) -> Size:
    """Rounded down, so that a limit on pixels holds."""
    return (size[0], size[1]) if factor >= 1 else (max(1, int(size[0] * factor)), max(1, int(size[1] * factor)))


def _shrunk(size: Size, factor: float) -> Size:
    return _times(size, min(0.9, max(0.4, factor * 0.97)))


def _plain(image: Image.Image) -> Image.Image:
    """8 bits in L, RGB, RGBA or CMYK; RGBA only where something can be seen through."""
    image.load()
    if image.mode.startswith("I"):
        return _from_16_bits(image)
    if image.mode in ("RGB", "L", "CMYK") and "transparency" not in image.info:
        return image
    if image.mode == "1":
        return image.convert("L")
    if "transparency" not in image.info and image.mode not in ("RGBA", "RGBa", "LA", "La", "PA"):
        return image.convert("RGB")
    with_alpha = image if image.mode == "RGBA" else image.convert("RGBA")
    extrema = with_alpha.getchannel("A").getextrema()
    return with_alpha if extrema[0] != 255 else with_alpha.convert("RGB")


def _from_16_bits(image: Image.Image) -> Image.Image:
    return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")


def _scaled(image: Image.Image, size: Size) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(_TURNS[orientation]) if orientation in _TURNS else image


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The same colours in sRGB, without a profile; a profile that can't be understood is left aside."""
    if profile:
        try:
            return _converted(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)))
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return _bare(image.convert("RGB") if image.mode == "CMYK" else image)


def _converted(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha else image
    converted = ImageCms.profileToProfile(colours, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    if converted is None:
        raise ValueError
    if alpha:
        converted.putalpha(alpha)
    return _bare(converted)


def _bare(image: Image.Image) -> Image.Image:
    """Without profile, resolution and comment, which an encoder would write down."""
    image.info = {}
    return image


def _encodings(image: Image.Image, rule: PictureRule, lossless_bytes: int | None) -> list[Encoding]:
    """In order of preference, what this picture may become."""
    takes = rule.content_types
    webp = [(kinds.WEBP, quality) for quality in (92, 84)] if kinds.WEBP in takes and _is_webp_size(image) else []
    if image.mode == "RGBA" and (webp or kinds.PNG in takes):
        return [(kinds.PNG, _LOSSLESS)] * (kinds.PNG in takes) + webp
    may_stay_lossless = lossless_bytes is not None and lossless_bytes <= rule.max_bytes.value and kinds.PNG in takes
    lossless = [(kinds.PNG, _LOSSLESS)] if may_stay_lossless else []
    jpeg = [(kinds.JPEG, quality) for quality in (92, 84)] if kinds.JPEG in takes else []
    return lossless + (jpeg or webp or [(kinds.PNG, _LOSSLESS)])


def _guessed(image: Image.Image, content_type: str, quality: int) -> int:
    """How many bytes it will take, by nine spots of it; 0 for small ones, which are simply tried."""
    pixels = image.width * image.height
    if pixels < _GUESSED_PIXELS or min(image.size) < 3 * _SPOT:
        return 0
    spots = Image.new(image.mode, (3 * _SPOT, 3 * _SPOT))
    for row in range(3):
        for column in range(3):
            left, top = (image.width - _SPOT) * column // 2, (image.height - _SPOT) * row // 2
            spots.paste(image.crop((left, top, left + _SPOT, top + _SPOT)), (column * _SPOT, row * _SPOT))
    return len(_encoded(spots, content_type, quality)) * pixels // (9 * _SPOT * _SPOT)


def _is_webp_size(image: Image.Image) -> bool:
    return max(image.size) <= _WEBP_SIDE


def _encoded(image: Image.Image, content_type: str, quality: int) -> bytes:
    buffer = io.BytesIO()
    if content_type == kinds.JPEG and image.mode == "RGBA":
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    options = {kinds.JPEG: {"quality": quality}, kinds.WEBP: {"quality": quality, "method": 2}}.get(content_type, {})
    image.save(buffer, _FORMATS[content_type], **options)
    return buffer.getvalue()
