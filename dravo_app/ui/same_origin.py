"""Is this request from a page of ours? Asked for every form, every change and every event socket."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request

from dravo_app.services.throttle import address_of
from dravo_app.settings import get_settings

LOOPBACK = ("127.0.0.1", "::1")
_OWN_NAMES = (*LOOPBACK, "localhost")
_PROXY_HEADERS = ("forwarded", "via", "x-real-ip", "true-client-ip", "cf-", "x-forwarded-")


def is_same_origin(headers: Headers) -> bool:
    """Browsers say where a request comes from; a program that says nothing carries nobody's cookie either."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        return False
    if origin is None or (origin == "null" and site == "same-origin"):
        return True
    own = {headers.get("host"), headers.get("x-forwarded-host"), urlsplit(get_settings().public_url).netloc}
    return origin.partition("://")[2] in own - {None, ""}


def is_through_proxy(headers: Headers) -> bool:
    """Has somebody between the person and us left a mark?"""
    return any(name.startswith(_PROXY_HEADERS) for name in headers)


def is_own_host(headers: Headers) -> bool:
    """Was this machine asked by a name that only it can use? By another, somebody from elsewhere may be asking."""
    return _host_of(f"//{headers.get('host', '')}") in _OWN_NAMES


def is_secure(headers: Headers, scheme: str) -> bool:
    """Does the person's browser speak https?"""
    by_proxy = headers.get("x-forwarded-proto", "").split(",")[0].strip()
    return "https" in (scheme, by_proxy) or get_settings().public_url.startswith("https://")


def client_address(request: Request) -> str:
    """Whose wrong passwords are counted together."""
    return address_of(request.client.host if request.client else "", request.headers.get("x-forwarded-for", ""))


def _host_of(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:  # brackets that aren't an IPv6 address
        return None
