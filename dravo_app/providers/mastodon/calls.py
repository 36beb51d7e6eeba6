"""Mastodon: how its servers are asked. Each call goes over a connection of its own.

Some servers (snac2 is one) close kept-alive connections without saying so, and a post that goes out over such a one is
lost in the worst place: nobody can tell whether it was read. A fresh connection costs less than that doubt.
"""

from collections.abc import Mapping

import httpx

from dravo_app.providers import http
from dravo_app.providers.http import Answer, Upload
from dravo_app.providers.mastodon import facts
from dravo_app.providers.types import Credentials, Json


def get(client: httpx.Client, url: str, credentials: Credentials, params: Mapping[str, str] | None = None) -> Answer:
    """Read something."""
    return http.read(
        client,
        "GET",
        url,
        provider=facts.SLUG,
        headers=_headers(credentials),
        params=params,
        secrets=http.secrets_of(credentials),
    )


def upload(client: httpx.Client, url: str, credentials: Credentials, file: Upload, form: Mapping[str, str]) -> Answer:
    """Send a file that nobody sees yet."""
    return http.read(
        client,
        "POST",
        url,
        provider=facts.SLUG,
        headers=_headers(credentials),
        form=form,
        upload=file,
        secrets=http.secrets_of(credentials),
    )


def post(client: httpx.Client, url: str, credentials: Credentials, key: str, body: Json) -> Answer:
    """Make the post; `key` is the same on each repeat."""
    return http.write(
        client,
        "POST",
        url,
        provider=facts.SLUG,
        headers={**_headers(credentials), "Idempotency-Key": key},
        json=body,
        secrets=http.secrets_of(credentials),
    )


def _headers(credentials: Credentials) -> dict[str, str]:
    return {**http.bearer(credentials.get("access_token"), facts.SLUG), "Connection": "close"}
