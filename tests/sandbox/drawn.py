"""Pictures for the tests: small ones of each kind, and one as large in bytes as wanted."""

import io

from PIL import Image


def picture(form: str = "PNG", width: int = 3, height: int = 2, frames: int = 1, colour: int = 90) -> bytes:
    """A picture of this kind and size; with more frames it moves."""
    drawn = [Image.new("RGB", (width, height), (colour, 40 * number % 256, 10)) for number in range(frames)]
    out = io.BytesIO()
    if frames > 1:
        drawn[0].save(out, form, save_all=True, append_images=drawn[1:], duration=100)
    else:
        drawn[0].save(out, form)
    return out.getvalue()


def heavy(size_bytes: int) -> bytes:
    """A good PNG of exactly so many bytes; what comes after its end counts nothing."""
    content = picture()
    return content + bytes(size_bytes - len(content))
