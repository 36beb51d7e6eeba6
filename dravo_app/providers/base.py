"""The shape of every adapter: declared facts and one required method, `publish`; the rest is optional and declared.

An adapter never retries, sleeps, loops over time, reads settings, clock or tables, or makes its own client. It says what
happened by what it returns or which ProviderError it raises; services decide what that means.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

import httpx

from dravo_app.errors import UnsupportedFeature
from dravo_app.providers.types import (
    Capabilities,
    Credentials,
    Identity,
    Json,
    MediaRules,
    Outcome,
    Problem,
    Publication,
    Published,
)


class Provider(ABC):
    """One network. `base_url` is the vendor's address, a self-hosted server's, or the sandbox's."""

    slug: ClassVar[str]
    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    default_base_url: ClassVar[str]

    def __init__(self, client: httpx.Client, base_url: str | None = None) -> None:
        self.client = client
        self.base_url = (base_url or self.default_base_url).rstrip("/")

    def check(self, publication: Publication) -> list[Problem]:
        """Every rule of this network that the publication breaks, found without asking the network."""
        return []

    def media_rules(self, limits: Mapping[str, int]) -> MediaRules | None:
        """What this network takes of media, `limits` of the account's own server applied; None where it takes none."""
        return self.capabilities.media

    def read_limits(self, credentials: Credentials) -> dict[str, int]:
        """Ask the account's own server for its limits; read-only. Names are the adapter's own; 20 at most."""
        raise UnsupportedFeature(provider=self.slug)

    @abstractmethod
    def publish(self, credentials: Credentials, publication: Publication) -> Outcome:
        """Make it public. Raises ProviderError; OutcomeUnknown exactly when it may be public and we can't know."""

    def resume(self, credentials: Credentials, publication: Publication, handle: dict[str, Json]) -> Outcome:
        """One look at a publication that the network is still processing: no loop, no sleep."""
        raise UnsupportedFeature(provider=self.slug)

    def look_up(self, credentials: Credentials, publication: Publication) -> Published | None:
        """Read-only: the post if the network shows it, None if it was read back past `look_from` without a match."""
        raise UnsupportedFeature(provider=self.slug)

    def identify(self, credentials: Credentials, handle: str) -> Identity:
        """Ask the network whose credentials these are; what comes back is kept. Raises Invalid's flaws as ProviderError.

        `credentials` are as a person typed them (see `capabilities.credential_fields`); `handle` is what they call it.
        """
        raise UnsupportedFeature(provider=self.slug)

    def refresh(self, credentials: Credentials, now: datetime) -> tuple[Credentials, datetime | None]:
        """New credentials and when they end. Raises ReconnectRequired where access is gone. Call it under a lock."""
        raise UnsupportedFeature(provider=self.slug)

    def service_url(self, credentials: Credentials) -> str | None:
        """The server this account lives on, where that is the account's own matter; None for one vendor address."""
        return None
