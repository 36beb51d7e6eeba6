"""From what the caller asked to what one account gets: its text and its options, overrides applied."""

from collections.abc import Mapping, Sequence
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


def media_for(
    media_urls: Sequence[str], provider_options: Mapping[str, object], provider: str, account_id: str
) -> tuple[str, ...]:
    """The account's own media, else its network's, else the job's; an empty list is a choice, too: none."""
    return _list_in(_level_of_media(provider_options, provider, account_id), "media_urls", media_urls)


def media_pointer(provider_options: Mapping[str, object], provider: str, account_id: str) -> str:
    """Where in the request these addresses stand, as a JSON pointer to the list."""
    level = _level_of_media(provider_options, provider, account_id)
    return f"{_pointer_of(level, provider_options, provider, account_id)}/media_urls"


def alt_texts_for(provider_options: Mapping[str, object], provider: str, account_id: str) -> tuple[str, ...]:
    """What the pictures show, by position; "" or nothing where none was written.

    The account's own, else its network's; but where the account has media of its own, never those written for other media.
    """
    return _list_in(_level_of_alts(provider_options, provider, account_id), "alt_texts", ())


def alts_pointer(provider_options: Mapping[str, object], provider: str, account_id: str) -> str:
    """Where in the request these alt texts stand, as a JSON pointer to the list."""
    level = _level_of_alts(provider_options, provider, account_id)
    return f"{_pointer_of(level, provider_options, provider, account_id)}/alt_texts"


def options_for(provider_options: Mapping[str, object], provider: str, account_id: str) -> dict[str, Json]:
    """The network's options with the account's own on top; the reserved words are not options."""
    merged = {**_of(provider_options, provider), **_own(provider_options, provider, account_id)}
    return {name: cast(Json, value) for name, value in merged.items() if name not in catalogue.RESERVED}


def _level_of_media(provider_options: Mapping[str, object], provider: str, account_id: str) -> dict[str, object]:
    levels = (_own(provider_options, provider, account_id), _of(provider_options, provider))
    return next((level for level in levels if isinstance(level.get("media_urls"), list)), {})


def _level_of_alts(provider_options: Mapping[str, object], provider: str, account_id: str) -> dict[str, object]:
    own, networks = _own(provider_options, provider, account_id), _of(provider_options, provider)
    if isinstance(own.get("alt_texts"), list) or isinstance(own.get("media_urls"), list):
        return own
    return networks


def _pointer_of(
    level: dict[str, object], provider_options: Mapping[str, object], provider: str, account_id: str
) -> str:
    if not level:
        return ""
    is_own = level is _own(provider_options, provider, account_id)
    return f"/provider_options/{provider}" + (f"/accounts/{account_id}" if is_own else "")


def _list_in(level: dict[str, object], name: str, otherwise: Sequence[str]) -> tuple[str, ...]:
    found = level.get(name)
    return tuple(str(item) for item in (found if isinstance(found, list) else otherwise))


def _of(provider_options: Mapping[str, object], provider: str) -> dict[str, object]:
    found = provider_options.get(provider)
    return cast(dict[str, object], found) if isinstance(found, dict) else {}


def _own(provider_options: Mapping[str, object], provider: str, account_id: str) -> dict[str, object]:
    accounts = _of(provider_options, provider).get("accounts")
    own = accounts.get(account_id) if isinstance(accounts, dict) else None
    return cast(dict[str, object], own) if isinstance(own, dict) else {}
