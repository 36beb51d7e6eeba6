"""Which networks have an adapter. A new one costs a folder and a line here."""

from dravo_app.errors import UnsupportedFeature
from dravo_app.providers.base import Provider
from dravo_app.providers.bluesky.publish import Bluesky
from dravo_app.providers.x.publish import X

PROVIDERS: dict[str, type[Provider]] = {adapter.slug: adapter for adapter in (X, Bluesky)}


def provider_class(slug: str) -> type[Provider]:
    """The adapter of a network. Raises UnsupportedFeature where there is none yet."""
    if slug not in PROVIDERS:
        raise UnsupportedFeature("Dravo can't publish to this network yet.", provider=slug)
    return PROVIDERS[slug]
