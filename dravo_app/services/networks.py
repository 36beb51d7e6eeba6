"""Builds adapters with the right client and address: the one place where live and test part ways.

A live adapter talks to the vendor's address or, where the account names its own server, to that one through `outbound`; it
can never reach the sandbox. A test adapter talks to the sandbox, whatever the credentials say, with one exception: a server
on this very machine's loopback that the operator has named in DRAVO_ALLOW_PRIVATE, such as a PDS run for a test.
"""

import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from dravo_app import outbound
from dravo_app.errors import ConfigurationError, Flaw, Invalid, ProviderNotAvailable, ReconnectRequired
from dravo_app.models import Environment
from dravo_app.providers import catalogue, http, registry
from dravo_app.providers.base import Provider
from dravo_app.providers.types import Credentials
from dravo_app.services.publishing.lease_guard import refuse_when_outdated
from dravo_app.settings import get_settings

_SANDBOX_VISIBLE_SECONDS = 1.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def provider_for(environment: str, slug: str, credentials: Credentials) -> Provider:
    """The adapter for one account.

    Raises Invalid for a network we can't reach yet, ConfigurationError without a sandbox, ReconnectRequired where the
    credentials name no server that may be asked.
    """
    made = adapter_class(slug)
    address = made(_vendor_client()).service_url(credentials)
    if environment == Environment.TEST and not (address and _is_named_loopback(address)):
        return made(_sandbox_client(), f"{sandbox_url()}/{slug}")
    if flaw := _server_flaw(made, address):
        raise ReconnectRequired(flaw.message, provider=slug)
    return made(_strangers_client(), address) if address else made(_vendor_client())


def check_server(environment: str, slug: str, credentials: Credentials) -> None:
    """Raise Invalid where a live account needs a server and its credentials name none, or one that can't keep a secret."""
    made = adapter_class(slug)
    address = made(_vendor_client()).service_url(credentials)
    flaw = _server_flaw(made, address) if environment == Environment.LIVE else None
    if flaw:
        raise Invalid(flaws=[flaw])


def checker_for(slug: str) -> Provider:
    """An adapter for the rules that need no network (`check`, `capabilities`)."""
    return adapter_class(slug)(_vendor_client())


def adapter_class(slug: str) -> type[Provider]:
    """The adapter behind a name of the API. Raises Invalid where there is none, or none yet."""
    made = registry.PROVIDERS.get(slug)
    if made is not None:
        return made
    if slug in catalogue.NAMES:
        sentence = f"{catalogue.NAMES[slug]} can't be connected yet."
        raise ProviderNotAvailable(sentence, [Flaw("/provider", "provider_not_available", sentence)])
    raise Invalid("There is no such network.", [Flaw("/provider", "unknown_provider", "There is no such network.")])


def server_of(slug: str, credentials: Credentials) -> str:
    """Host and port of the server an account lives on, where accounts of its network live on many; else ""."""
    address = adapter_class(slug)(_vendor_client()).service_url(credentials)
    return urlsplit(address).netloc.lower() if address else ""


def visible_within_seconds(environment: str, provider: Provider) -> float:
    """After how long a post that was taken must show up in a look-up."""
    return _SANDBOX_VISIBLE_SECONDS if environment == Environment.TEST else provider.capabilities.visible_within_seconds


def sandbox_url() -> str:
    """The sandbox's address. Raises ConfigurationError where it is switched off or not running."""
    settings = get_settings()
    if not settings.sandbox:
        raise ConfigurationError("The sandbox is switched off (DRAVO_SANDBOX=off), so test accounts can't be used.")
    if not settings.sandbox_url:
        raise ConfigurationError("The sandbox is not running: start Dravo with ./dravo up.")
    return settings.sandbox_url


def stranger_rules() -> tuple[frozenset[str], frozenset[str]]:
    """For `outbound`: which private addresses the operator has named, and which are refused all the same (the sandbox)."""
    settings = get_settings()
    own = urlsplit(settings.sandbox_url)
    if not own.port:
        return settings.allow_private, frozenset()
    names = {name for name in (own.hostname, "localhost", "127.0.0.1", "[::1]") if name}
    return settings.allow_private, frozenset(f"{name}:{own.port}" for name in names)


def _server_flaw(made: type[Provider], address: str | None) -> Flaw | None:
    """Without a server there is nobody whom the token may be shown; a server of the operator's own may do without TLS."""
    name = made.capabilities.needs_server
    if name is None:
        return None
    pointer = f"/credentials/{name}"
    if address is None:
        message = (
            f"{made.name} accounts live on many servers: name this one's in `{name}`, such as https://mastodon.social."
        )
        return Flaw(pointer, "server_required", message)
    parts = urlsplit(address)
    if parts.scheme == "https" or parts.netloc in get_settings().allow_private:
        return None
    return Flaw(
        pointer, "server_not_https", f"`{name}` begins with https://, so that the token stays secret on its way."
    )


def _is_named_loopback(address: str) -> bool:
    parts = urlsplit(address)
    return parts.hostname in _LOOPBACK and parts.netloc in get_settings().allow_private


def close_clients() -> None:
    """Close the pooled connections; the next call opens new ones, with the settings of that moment."""
    with _making:
        for client in _clients.values():
            client.close()
        _clients.clear()


_clients: dict[str, http.Client] = {}
_making = threading.Lock()


def _vendor_client() -> http.Client:
    return _kept("vendor", _make_client)


def _sandbox_client() -> http.Client:
    return _kept("sandbox", _make_client)


def _strangers_client() -> http.Client:
    return _kept("strangers", _make_strangers_client)


def _kept(name: str, make: Callable[[], http.Client]) -> http.Client:
    """One for all: where a hundred threads want the first at the same moment, one makes it."""
    with _making:
        if name not in _clients:
            _clients[name] = make()
        return _clients[name]


def _make_client() -> http.Client:
    return http.make_client(_connections(), before_sending=refuse_when_outdated)


def _make_strangers_client() -> http.Client:
    return outbound.make_client(*stranger_rules(), max_connections=_connections(), before_sending=refuse_when_outdated)


def _connections() -> int:
    """At one moment: what all of a worker's threads may want, and some more for the pages that ask."""
    return get_settings().engine.threads + 32
