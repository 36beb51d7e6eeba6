"""What a file is, by its first bytes: one of the four kinds of picture that networks take, or a name for what it is instead."""

from dravo_app.errors import MediaUnusable

JPEG = "image/jpeg"
PNG = "image/png"
GIF = "image/gif"
WEBP = "image/webp"

_PICTURES = ((b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG), (b"GIF87a", GIF), (b"GIF89a", GIF))

_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"BM", "a BMP picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"II+\x00", "a TIFF picture"),
    (b"MM\x00+", "a TIFF picture"),
    (b"8BPS", "a Photoshop file"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"\x00\x00\x01\x00", "an icon (ICO)"),
    (b"\x1aE\xdf\xa3", "a video (WebM or Matroska)"),
    (b"FLV\x01", "a video (Flash)"),
    (b"\x00\x00\x01\xba", "a video (MPEG)"),
    (b"\x00\x00\x01\xb3", "a video (MPEG)"),
    (b"OggS", "an Ogg sound or video"),
    (b"ID3", "a sound (MP3)"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a packed file (gzip)"),
)

_BOXED = {  # the brand of an ISO container, by its first four letters
    "avif": "an AVIF picture",
    "avis": "an AVIF picture",
    "heic": "a HEIC picture",
    "heix": "a HEIC picture",
    "heim": "a HEIC picture",
    "heis": "a HEIC picture",
    "hevc": "a HEIC picture",
    "hevx": "a HEIC picture",
    "mif1": "a HEIF picture",
    "msf1": "a HEIF picture",
    "qt  ": "a video (QuickTime)",
    "M4A ": "a sound (M4A)",
}
_RIFF = {b"WAVE": "a sound (WAV)", b"AVI ": "a video (AVI)"}


def recognise(head: bytes) -> str:
    """The content type by the first bytes (64 are enough). Raises MediaUnusable, which names what it is instead."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    for start, content_type in _PICTURES:
        if head.startswith(start):
            return content_type
    raise MediaUnusable(f"The file is {_name(head)}, not a JPEG, PNG, GIF or WebP picture.")


def _name(head: bytes) -> str:
    if not head:
        return "empty"
    if head[4:8] == b"ftyp":
        return _BOXED.get(head[8:12].decode("latin-1"), "a video (MP4)")
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], "of a kind that Dravo doesn't know")
    for start, name in _OTHERS:
        if head.startswith(start):
            return name
    return _name_of_text(head)


def _name_of_text(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<!--")):
        return "a web page"
    if text.startswith((b"<svg", b"<?xml", b"<!doctype svg")):
        return "an SVG drawing" if b"svg" in text else "an XML text"
    if text.startswith((b"{", b"[")):
        return "a JSON text"
    if all(byte >= 32 or byte in b"\t\r\n\f" for byte in head[:64]):
        return "a text"
    return "of a kind that Dravo doesn't know"
