"""Mastodon: whose token this is, and on which server."""

from urllib.parse import urlsplit

import httpx

from dravo_app.errors import ProviderError, ReconnectRequired
from dravo_app.providers import http
from dravo_app.providers.address import origin
from dravo_app.providers.http import Answer
from dravo_app.providers.mastodon import calls, errors, facts, limits
from dravo_app.providers.types import Credentials, Identity, Json


def identify(client: httpx.Client, base_url: str, credentials: Credentials) -> Identity:
    """The account of the token, its instance's limits with it.

    An id means something on one server only, so ours is `id@host`; a name could be given to somebody else one day. In
    the sandbox, which is one server, there is no host.
    """
    instance = service_url(credentials)
    answer = calls.get(client, f"{base_url}/api/v1/accounts/verify_credentials", credentials)
    if not answer.is_success:
        _refuse(answer)
    account_id, name = _account_id(answer), _name(answer)
    host = f"@{urlsplit(instance).netloc}" if instance else ""
    kept: dict[str, Json] = {"access_token": credentials["access_token"], "account_id": account_id}
    return Identity(
        f"{account_id}{host}",
        f"{name}{host}",
        kept | ({"instance": instance} if instance else {}),
        own_limits=_limits(client, base_url, credentials),
    )


def service_url(credentials: Credentials) -> str | None:
    """The account's server; None where none was named."""
    given = credentials.get("instance")
    if not given:
        return None
    address = origin(given) if isinstance(given, str) else None
    if address is None:
        raise ReconnectRequired("`instance` is an address such as https://mastodon.social.", provider=facts.SLUG)
    return address


def _refuse(answer: Answer) -> None:
    # snac2 says 422, in HTML, to a token that it doesn't know.
    if answer.status in (401, 422):
        raise http.error(ReconnectRequired, answer, "The instance doesn't accept this access token.")
    errors.refuse(answer)


def _account_id(answer: Answer) -> str:
    account_id = http.require(answer, "id", kind=str)
    if len(account_id) > 256 or not account_id.isprintable() or any(c in account_id for c in " @/?#%"):
        raise http.unreadable(answer, "its `id` is none")
    return account_id


def _name(answer: Answer) -> str:
    name = http.require(answer, "username", kind=str)
    if len(name) > 256 or not name.isprintable() or any(c in name for c in " @/"):
        raise http.unreadable(answer, "its `username` is none")
    return name


def _limits(client: httpx.Client, base_url: str, credentials: Credentials) -> dict[str, int] | None:
    try:
        return limits.read_limits(client, base_url, credentials)
    except ProviderError:  # they are asked again before the first post
        return None
