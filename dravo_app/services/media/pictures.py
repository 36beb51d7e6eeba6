"""A picture's file: what it is, whether it can be decoded to the end, and the same picture small enough for a network.

    look        what a file is; MediaUnusable says in a sentence why it is no picture that can be used
    fit         the file as it is, without its notes, where the network takes it so; else turned, scaled, encoded anew
    thumbnail   a small one for the composer

The same file and the same rules give the same bytes, so that a repeated delivery uploads the same picture. Two pictures are
decoded at a time in one process, and of very large ones only one: it takes half a gigabyte while it is open.
"""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PIL import Image

from dravo_app.errors import MediaUnusable
from dravo_app.providers.types import MediaRules, Medium, PictureRule
from dravo_app.services.media import containers, kinds, rendering
from dravo_app.services.media.containers import Container

MAX_PIXELS = 64_000_000
MAX_SIDE = 30_000
DECODES_AT_ONCE = 2

HEAVY_PIXELS = 24_000_000

_decoding = threading.BoundedSemaphore(DECODES_AT_ONCE)
_decoding_heavy = threading.Lock()
_FORMATS = {kinds.JPEG: "JPEG", kinds.PNG: "PNG", kinds.GIF: "GIF", kinds.WEBP: "WEBP"}
_QUARTER_TURNS = (5, 6, 7, 8)

T = TypeVar("T")


@dataclass(frozen=True)
class Seen:
    """What a picture is; `width` and `height` are in pixels as shown, turned the right way round."""

    content_type: str
    width: int
    height: int
    size_bytes: int
    is_animated: bool


def look(path: Path) -> Seen:
    """Read the file and decode its first frame. Raises MediaUnusable."""
    content = path.read_bytes()
    container = _opened(content)
    with _turn(container):
        _decoded(container, draft=True)
    width, height = _shown_size(container)
    return Seen(container.content_type, width, height, len(content), container.frames > 1)


def fit(path: Path, rules: MediaRules, network: str, into: Path) -> Medium:
    """Write to `into` what the network takes (`network` is its name for people). Raises MediaUnusable where that can't be.

    A moving picture goes out as it is or not at all: never as one still frame of it.
    """
    container = _opened(path.read_bytes())
    with _turn(container):
        if container.frames > 1:
            _check_animation(container, rules.animations, network)
            _decoded(container, draft=True)
        elif not _fits_as_it_is(container, rules.images):
            return _rendered(container, rules.images, network, into)
        elif (
            _decoded(container, draft=True).mode == "CMYK"
        ):  # for print; browsers and networks show it in wrong colours
            return _rendered(container, rules.images, network, into)
    into.write_bytes(container.content)
    width, height = _shown_size(container)
    size = len(container.content)
    return Medium(into, container.content_type, size, width, height, is_animated=container.frames > 1)


def thumbnail(path: Path, side: int, max_bytes: int) -> bytes:
    """A small WebP of the first frame, up to `side` pixels and `max_bytes`. Raises MediaUnusable."""
    container = _opened(path.read_bytes())
    with _turn(container):
        return _safely(lambda: rendering.thumbnail(_open(container), container.orientation, side, max_bytes))


@contextmanager
def _turn(container: Container) -> Iterator[None]:
    """Two at a time, and of the heavy ones, half a gigabyte each, only one."""
    is_heavy = container.content_type != kinds.JPEG and container.width * container.height > HEAVY_PIXELS
    with _decoding_heavy if is_heavy else nullcontext(), _decoding:
        yield


def _opened(content: bytes) -> Container:
    container = containers.read(content)
    if container.width * container.height > MAX_PIXELS or max(container.width, container.height) > MAX_SIDE:
        raise MediaUnusable(
            f"The picture has {container.width} × {container.height} pixels; Dravo takes up to {MAX_PIXELS // 1_000_000} million."
        )
    return container


def _open(container: Container) -> Image.Image:
    image = Image.open(io.BytesIO(container.content), formats=[_FORMATS[container.content_type]])
    if image.size != (container.width, container.height):
        raise MediaUnusable("The picture is damaged: it says different things about its size.")
    return image


def _decoded(container: Container, *, draft: bool = False) -> Image.Image:
    """The first frame. A draft is read to the end all the same, but a JPEG's only takes a small part of the memory."""

    def decode() -> Image.Image:
        image = _open(container)
        if draft:
            image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))
        image.load()
        return image

    return _safely(decode)


def _rendered(container: Container, rule: PictureRule, network: str, into: Path) -> Medium:
    source = (container.content_type, len(container.content))
    result = _safely(lambda: rendering.render(_open(container), container.orientation, rule, source))
    if result is None:
        raise MediaUnusable(f"The picture can't be made small enough for {network}.")
    into.write_bytes(result.content)
    return Medium(into, result.content_type, len(result.content), result.width, result.height)


def _safely(call: Callable[[], T]) -> T:
    try:
        return call()
    except MediaUnusable:
        raise
    except Exception:  # noqa: BLE001  # a decoder that is fed a stranger's bytes raises anything: OSError, SyntaxError, KeyError …
        raise MediaUnusable("The picture is damaged: it can't be decoded to its end.") from None


def _fits_as_it_is(container: Container, rule: PictureRule) -> bool:
    return container.content_type in rule.content_types and container.orientation == 1 and not _excess(container, rule)


def _check_animation(container: Container, rule: PictureRule | None, network: str) -> None:
    kind = container.content_type.removeprefix("image/").upper()
    if rule is None:
        raise MediaUnusable(f"The picture moves (an animated {kind}), and Dravo sends no moving pictures to {network}.")
    if container.content_type not in rule.content_types:
        named = " or ".join(name.removeprefix("image/").upper() for name in rule.content_types)
        raise MediaUnusable(f"The picture moves (an animated {kind}); {network} takes moving pictures as {named} only.")
    excess = _excess(container, rule)
    if excess:
        raise MediaUnusable(f"{network} takes moving pictures of up to {excess}; they can't be made smaller.")


def _excess(container: Container, rule: PictureRule) -> str:
    """Which of the limits the file as it is breaks, "" for none."""
    if len(container.content) > rule.max_bytes.value:
        return f"{rule.max_bytes.value:,} bytes; this one has {len(container.content):,}"
    pixels = container.width * container.height
    if rule.max_pixels and pixels > rule.max_pixels.value:
        return f"{rule.max_pixels.value:,} pixels; this one has {pixels:,}"
    side = max(container.width, container.height)
    if rule.max_side and side > rule.max_side.value:
        return f"{rule.max_side.value:,} pixels on a side; this one has {side:,}"
    return ""


def _shown_size(container: Container) -> tuple[int, int]:
    is_turned = container.orientation in _QUARTER_TURNS
    return (container.height, container.width) if is_turned else (container.width, container.height)
