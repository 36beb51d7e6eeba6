"""From the addresses of a publication to its files: fetched through `outbound`, looked at, made to fit, gone afterwards."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore

from dravo_app import outbound
from dravo_app.errors import AddressRefused, MediaUnreachable, MediaUnusable
from dravo_app.providers.types import MediaRules, Medium
from dravo_app.services import networks
from dravo_app.services.media import pictures
from dravo_app.services.media.store import Made, Store, busy
from dravo_app.settings import get_settings

MAX_BYTES = 64_000_000
WHOLE_SECONDS = 20.0
"""For all pictures of a post together: a worker that is told to stop waits 25 s for what is under way."""
FETCH_SECONDS = 30.0
"""For one picture. Who waits for it gives up earlier, and finds it when it is asked for again."""
ACCEPT = "image/jpeg, image/png, image/webp;q=0.9, image/gif;q=0.9"
_FETCHES_AT_ONCE = 16


@contextmanager
def collect(
    job_id: str,
    media_urls: Sequence[str],
    alt_texts: Sequence[str],
    rules: MediaRules,
    network: str,
) -> Iterator[tuple[Medium, ...]]:
    """The pictures as this network takes them (`network` is its name for people), there until the end of the block.

    Raises AddressRefused, MediaUnreachable and MediaUnusable, which say which picture it was; Throttled where this process has
    too much to do just now; SetupUnusable where the disk can't be written.
    """
    ends_at = time.monotonic() + WHOLE_SECONDS
    with ExitStack() as held:
        with _waiting_place():
            found = _found(held, job_id, media_urls, rules, network, ends_at)
        _check_mixture(found, rules, network)
        texts = [*alt_texts, *[""] * len(found)]
        yield tuple(replace(medium, alt_text=text) for medium, text in zip(found, texts, strict=False))


def fetch(url: str, into: Path, whole_seconds: float = FETCH_SECONDS) -> None:
    """One picture into a file, as it came. Raises AddressRefused, MediaUnreachable, MediaUnusable."""
    allow_private, refuse = networks.stranger_rules()
    outbound.fetch(
        url,
        into,
        allow_private=allow_private,
        refuse=refuse,
        max_bytes=MAX_BYTES,
        accept=ACCEPT,
        whole_seconds=whole_seconds,
    )


@cache
def get_store() -> Store:
    """This process's files."""
    return Store(get_settings().data_dir / "fetched")


def sweep() -> None:
    """Throw away what nobody needs any more; cheap, for every round of a worker."""
    get_store().sweep()


def close() -> None:
    """Throw away everything, and let the next picture go by the settings of that moment."""
    if get_store.cache_info().currsize:
        get_store().close()
    get_store.cache_clear()
    _waiting_places.cache_clear()


@contextmanager
def _waiting_place() -> Iterator[None]:
    """A quarter of the worker's threads never waits for pictures, so that slow servers hold up no post without any."""
    places = _waiting_places()
    if not places.acquire(blocking=False):
        raise busy()
    try:
        yield
    finally:
        places.release()


def _found(
    held: ExitStack, job_id: str, media_urls: Sequence[str], rules: MediaRules, network: str, ends_at: float
) -> list[Medium]:
    fetched = [held.enter_context(_original(job_id, url)) for url in media_urls]
    originals = [_waited(n, fetched, ends_at) for n in range(len(fetched))]
    fitted = [
        held.enter_context(_fitted(job_id, url, original, rules, network))
        for url, original in zip(media_urls, originals, strict=True)
    ]
    return [_waited(n, fitted, ends_at) for n in range(len(fitted))]


@contextmanager
def _original(job_id: str, url: str) -> Iterator[Callable[[float], Path]]:
    def make(into: Path) -> Path:
        fetch(url, into)
        return into

    with get_store().holding(("original", job_id, url), _fetching(), make) as waited:
        yield waited


@contextmanager
def _fitted(
    job_id: str, url: str, original: Path, rules: MediaRules, network: str
) -> Iterator[Callable[[float], Medium]]:
    def make(into: Path) -> Medium:
        return pictures.fit(original, rules, network, into)

    with get_store().holding(("fitted", job_id, url, rules, network), _decoding(), make) as waited:
        yield waited


def _waited(number: int, waiting: Sequence[Callable[[float], Made]], ends_at: float) -> Made:
    try:
        return waiting[number](ends_at)
    except (AddressRefused, MediaUnreachable, MediaUnusable) as error:
        which = f"Picture {number + 1}: " if len(waiting) > 1 else ""
        raise type(error)(f"{which}{error.detail}") from None  # a new one: others wait for the same and add their own


def _check_mixture(media: Sequence[Medium], rules: MediaRules, network: str) -> None:
    moving = sum(medium.is_animated for medium in media)
    if not moving:
        return
    if moving < len(media):
        raise MediaUnusable(f"{network} takes moving pictures and still ones in separate posts only.")
    if moving > rules.max_animations:
        raise MediaUnusable(f"{network} takes {rules.max_animations} moving picture in a post; this post has {moving}.")


@cache
def _waiting_places() -> BoundedSemaphore:
    return BoundedSemaphore(max(1, get_settings().engine.threads * 3 // 4))


@cache
def _fetching() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_FETCHES_AT_ONCE, thread_name_prefix="fetch")


@cache
def _decoding() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(pictures.DECODES_AT_ONCE, thread_name_prefix="decode")
