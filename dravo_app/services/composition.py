"""From what the caller asked to what one account gets: its text and its options, overrides applied."""

from collections.abc import Mapping
from typing import cast

from dravo_app.providers import catalogue
from dravo_app.providers.types import Json


def text_for(text: str, provider_options: Mapping[str, object], provider: str, account_id: str) -> str:
    """The account's own text, else its network's, else the job's."""
    own = _own(provider_options, provider, account_id).get("text")
    networks = _of(provider_options, provider).get("text")
    return next((found for found in (own, networks) if isinstance(found, str)), text)


def text_pointer(provider_options: Mapping[str, object], provider: str, account_id: str) -> str:
    """Where in the request that text stands, as a JSON pointer."""
    if isinstance(_own(provider_options, provider, account_id).get("text"), str):
        return f"/provider_options/{provider}/accounts/{account_id}/text"
    return (
        f"/provider_options/{provider}/text"
        if isinstance(_of(provider_options, provider).get("text"), str)
        else "/text"
    )


def options_for(provider_options: Mapping[str, object], provider: str, account_id: str) -> dict[str, Json]:
    """The network's options with the account's own on top; the reserved words are not options."""
    merged = {**_of(provider_options, provider), **_own(provider_options, provider, account_id)}
    return {name: cast(Json, value) for name, value in merged.items() if name not in catalogue.RESERVED}


def _of(provider_options: Mapping[str, object], provider: str) -> dict[str, object]:
    found = provider_options.get(provider)
    return cast(dict[str, object], found) if isinstance(found, dict) else {}


def _own(provider_options: Mapping[str, object], provider: str, account_id: str) -> dict[str, object]:
    accounts = _of(provider_options, provider).get("accounts")
    own = accounts.get(account_id) if isinstance(accounts, dict) else None
    return cast(dict[str, object], own) if isinstance(own, dict) else {}
