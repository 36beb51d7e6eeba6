"""Which networks have an adapter. A new one costs a folder and a line here."""

from dravo_app.providers.base import Provider
from dravo_app.providers.bluesky.publish import Bluesky
from dravo_app.providers.mastodon.publish import Mastodon
from dravo_app.providers.x.publish import X

PROVIDERS: dict[str, type[Provider]] = {adapter.slug: adapter for adapter in (X, Bluesky, Mastodon)}
