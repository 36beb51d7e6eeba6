"""Window to strangers: reads an address once, strictly; what two parsers could read differently is refused."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

import httpx

MAX_LENGTH = 8000
MAX_HOST = 253
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Target:
    """An address taken apart. `host` is lower-case ASCII without brackets or a last dot; `url` is what is sent."""

    url: httpx.URL
    scheme: str
    host: str
    port: int


class Unreadable(ValueError):
    """The text is no address that everybody reads the same way."""


def read(url: str) -> Target:
    """Take an http(s) address apart. Raises Unreadable."""
    match = _URL.fullmatch(url) if len(url) <= MAX_LENGTH else None
    if match is None:
        raise Unreadable
    scheme = match["scheme"].lower()
    host, port = read_host(match["host"]), int(match["port"] or DEFAULT_PORTS[scheme])
    shown = f"[{host}]" if ":" in host else host
    written = f"{scheme}://{shown}:{port}{match['rest']}"
    if port > 65535 or _read_by_the_library(written) != (scheme, host, port):
        raise Unreadable
    return Target(_as_sent(written, host, port), scheme, host, port)


def read_host(text: str) -> str:
    """A host as it is compared and looked up. Raises Unreadable.

    A name that ends in a number is an address and must be written as one: 127.1, 0x7f.1 and 2130706433 are what the
    system's resolver calls 127.0.0.1 and others call names.
    """
    if "%" in text:  # an escape, or a zone, which names an interface of ours
        raise Unreadable
    if text.startswith("["):
        return str(_strictly(IPv6Address, text[1:-1]))
    name = _in_ascii(text).lower().removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return str(_strictly(IPv4Address, name))
    if len(name) > MAX_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise Unreadable
    return name


_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[^\s\x00-\x20\x7f\\/?#@:%\[\]]{1,1000})"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<rest>(?:[/?][^\s\x00-\x20\x7f-\x9f\\#\ud800-\udfff]*)?)",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_OTHER_DOTS = re.compile("[\u3002\uff0e\uff61\u2024\ufe52]")


def _strictly(kind: type[IPv4Address] | type[IPv6Address], text: str) -> IPv4Address | IPv6Address:
    try:
        return kind(text)
    except ValueError:
        raise Unreadable from None


def _in_ascii(text: str) -> str:
    """An international name in its ASCII form; letters that stand for other letters, such as full-width ones, have none."""
    if text.isascii():
        return text
    if _OTHER_DOTS.search(text):
        raise Unreadable
    try:
        encoded = httpx.URL(f"http://{text}/").raw_host.decode("ascii")
    except (httpx.InvalidURL, ValueError):  # IDNA's own errors are ValueErrors
        raise Unreadable from None
    return encoded


def _read_by_the_library(written: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(written)
        return parts.scheme, parts.hostname or "", parts.port
    except ValueError:
        raise Unreadable from None


def _as_sent(written: str, host: str, port: int) -> httpx.URL:
    try:
        url = httpx.URL(written)
        _ = url.host  # decodes an international name, and the client would do so later
    except (httpx.InvalidURL, ValueError):
        raise Unreadable from None
    asked = (url.raw_host.decode("ascii"), url.port or DEFAULT_PORTS[url.scheme])
    if asked != (host, port) or url.userinfo or url.fragment:
        raise Unreadable
    return url
