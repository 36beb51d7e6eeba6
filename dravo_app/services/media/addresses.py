"""Step 0 of a request with pictures: are these addresses that Dravo may ask?

Names are looked up here, outside of any transaction, so that a slow name server holds up nobody else. It is a courtesy to
the caller, not the guard: `outbound` checks the address again when the picture is fetched, maybe weeks later.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache

from dravo_app import outbound
from dravo_app.errors import AddressRefused, Flaw, Unavailable
from dravo_app.providers.types import Json
from dravo_app.services import networks

MAX_COUNT = 20
MAX_LENGTH = 2000
MAX_ADDRESSES = 100
SCHEMA: dict[str, Json] = {
    "type": "string",
    "format": "uri",
    "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://",
    "maxLength": MAX_LENGTH,
}
LONGEST_SECONDS = 6.0
_THREADS = 16

Lists = Iterator[tuple[str, Sequence[object]]]


def has_any(media_urls: Sequence[str], provider_options: Mapping[str, object]) -> bool:
    """Does the request name pictures, for whichever account?"""
    return any(urls for _, urls in _lists(media_urls, provider_options))


def shape_flaws(media_urls: Sequence[str], provider_options: Mapping[str, object]) -> list[Flaw]:
    """Lists that are too long, and addresses that can't be any."""
    flaws: list[Flaw] = []
    distinct: set[str] = set()
    for pointer, urls in _lists(media_urls, provider_options):
        distinct.update(url for url in urls if isinstance(url, str))
        if len(urls) > MAX_COUNT:
            flaws.append(Flaw(pointer, "media_count", f"At most {MAX_COUNT} pictures."))
        else:
            flaws += [_refused(f"{pointer}/{n}") for n, url in enumerate(urls) if not _looks_right(url)]
    if len(distinct) > MAX_ADDRESSES:
        flaws.append(Flaw("/provider_options", "media_count", f"At most {MAX_ADDRESSES} pictures in one request."))
    return flaws


def find_flaws(media_urls: Sequence[str], provider_options: Mapping[str, object]) -> list[Flaw]:
    """Addresses that Dravo will not ask, each where it stands. [] where the request's shape is wrong: that is told first.

    Blocks for LONGEST_SECONDS at most. Raises Unavailable where a name server takes longer.
    """
    if shape_flaws(media_urls, provider_options):
        return []
    places = [
        (f"{pointer}/{n}", url)
        for pointer, urls in _lists(media_urls, provider_options)
        for n, url in enumerate(urls)
        if isinstance(url, str)
    ]
    refused = _find_refused(list(dict.fromkeys(url for _, url in places)))
    return [_refused(pointer) for pointer, url in places if url in refused]


def _find_refused(urls: list[str]) -> set[str]:
    if not urls:
        return set()
    rules = networks.stranger_rules()
    asked: dict[str, Future[bool]] = {url: _lanes().submit(_is_refused, url, *rules) for url in urls}
    _, late = wait(asked.values(), timeout=LONGEST_SECONDS)
    if late:
        for future in late:
            future.cancel()
        raise Unavailable("The media addresses could not be looked up in time; nothing was stored. Send it again.")
    return {url for url, future in asked.items() if future.result()}


def _is_refused(url: str, allow_private: frozenset[str], refuse: frozenset[str]) -> bool:
    try:
        outbound.check_address(url, allow_private, refuse)
    except AddressRefused:
        return True
    return False


@cache
def _lanes() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="addresses")


def _lists(media_urls: Sequence[str], provider_options: Mapping[str, object]) -> Lists:
    """Every list of addresses in the request, with its pointer. What is no list is the option check's matter."""
    yield "/media_urls", media_urls
    for provider, options in provider_options.items():
        if not isinstance(options, dict):
            continue
        pointer = f"/provider_options/{_escaped(provider)}"
        yield from _list_of(pointer, options)
        accounts = options.get("accounts")
        for account_id, own in (accounts if isinstance(accounts, dict) else {}).items():
            if isinstance(own, dict):
                yield from _list_of(f"{pointer}/accounts/{_escaped(account_id)}", own)


def _list_of(pointer: str, options: dict[str, object]) -> Lists:
    urls = options.get("media_urls")
    if isinstance(urls, list):
        yield f"{pointer}/media_urls", urls


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _looks_right(url: object) -> bool:
    if not isinstance(url, str) or len(url) > MAX_LENGTH:
        return False
    return url.lower().startswith(("http://", "https://")) and "\x00" not in url


def _refused(pointer: str) -> Flaw:
    """One sentence for every reason, so that nobody can map a network by asking."""
    message = (
        "This media address can't be used: it must be one of http or https that everybody on the internet can reach."
    )
    return Flaw(pointer, "media_address_refused", message)
