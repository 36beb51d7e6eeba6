"""What each network can do, for the API and the composer: the catalogue's thirteen names with their adapters' facts."""

from dataclasses import dataclass

from dravo_app.errors import ConfigurationError
from dravo_app.models import Environment
from dravo_app.providers import catalogue
from dravo_app.providers.catalogue import Network
from dravo_app.providers.registry import PROVIDERS
from dravo_app.providers.types import Capabilities, Json, Option
from dravo_app.services import networks
from dravo_app.services.media import addresses

_MAX_WHOLE_NUMBER = 2**53 - 1
_MAX_LIST = 100


@dataclass(frozen=True)
class ProviderView:
    """One network. `capabilities` is None where there is no adapter yet; `reason` says why it isn't connectable."""

    provider: str
    name: str
    is_connectable: bool
    reason: str | None
    capabilities: Capabilities | None
    options_schema: dict[str, Json]


def list_providers(environment: Environment) -> list[ProviderView]:
    """All networks that the API names, in the catalogue's order."""
    return [_view(network, environment) for network in catalogue.CATALOGUE.values()]


def list_option_schemas() -> dict[str, dict[str, Json]]:
    """The JSON Schema of `provider_options.<provider>` for each network."""
    return {network.slug: _schema(network) for network in catalogue.CATALOGUE.values()}


def _view(network: Network, environment: Environment) -> ProviderView:
    adapter = PROVIDERS.get(network.slug)
    reason = _reason(network, environment)
    capabilities = adapter.capabilities if adapter else None
    return ProviderView(network.slug, network.name, reason is None, reason, capabilities, _schema(network))


def _reason(network: Network, environment: Environment) -> str | None:
    if network.slug not in PROVIDERS:
        return f"Dravo knows {network.name}'s options, but can't connect its accounts yet."
    if environment is Environment.LIVE:
        return None
    try:
        networks.sandbox_url()
    except ConfigurationError as error:
        return str(error)
    return None


def _schema(network: Network) -> dict[str, Json]:
    own: dict[str, Json] = {option.name: _option_schema(option) for option in network.options}
    for name in sorted(network.reserved):
        own[name] = _RESERVED[name]
    accounts: Json = {
        "type": "object",
        "description": "One account's own options, keyed by its id.",
        "additionalProperties": {"type": "object", "properties": dict(own), "additionalProperties": False},
    }
    return {"type": "object", "properties": {**own, "accounts": accounts}, "additionalProperties": False}


def _option_schema(option: Option) -> Json:
    schema: dict[str, Json] = {"type": option.kind, "description": option.description}
    if option.choices:
        schema["enum"] = list(option.choices)
    return {**_BOUNDS.get(option.kind, {}), **schema}


_BOUNDS: dict[str, dict[str, Json]] = {
    "string": {"minLength": 1, "maxLength": catalogue.MAX_TEXT},
    "integer": {"minimum": 0, "maximum": _MAX_WHOLE_NUMBER},
    "array": {
        "items": {"type": "string", "minLength": 1, "maxLength": catalogue.MAX_TEXT},
        "maxItems": _MAX_LIST,
    },
}

_RESERVED: dict[str, Json] = {
    "text": {**_BOUNDS["string"], "type": "string", "description": "The text for this network instead of the job's."},
    "media_urls": {
        "type": "array",
        "items": dict(addresses.SCHEMA),
        "maxItems": addresses.MAX_COUNT,
        "description": "The pictures for this network instead of the job's; an empty list leaves them out there.",
    },
    "alt_texts": {
        "type": "array",
        "items": {"type": "string", "maxLength": catalogue.MAX_TEXT},
        "maxItems": addresses.MAX_COUNT,
        "description": "What the pictures show, for those who can't see them, by position; an empty text for none.",
    },
    "first_comment": {**_BOUNDS["string"], "type": "string", "description": "A comment to put under the post."},
    "thread": {**_BOUNDS["array"], "type": "array", "description": "Further posts, each in reply to the one before."},
}
