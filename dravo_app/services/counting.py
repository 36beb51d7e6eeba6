"""What the composer counts by: the limits of an account's text, its own server's where that has some, as data.

The counting itself is done in the browser (`assets/counting.js`) and, with the last word, by each provider's `check`.
"""

from dataclasses import dataclass

from dravo_app.models import Account
from dravo_app.providers.registry import PROVIDERS
from dravo_app.providers.types import MediaRules
from dravo_app.providers.x.counting import top_level_domains as top_level_domains
from dravo_app.services import networks

_RULES = {"weighted characters": "x", "graphemes": "graphemes", "utf-8 bytes": "bytes"}
_OWN_LIMIT, _OWN_LINK = "max_characters", "characters_reserved_per_url"


@dataclass(frozen=True)
class Counter:
    """One limit of a text: `rule` names the function that counts, `per_link` is what a link counts where it isn't its length."""

    provider: str
    rule: str
    limit: int
    unit: str
    source: str
    per_link: int = 0


def counters_for(account: Account) -> list[Counter]:
    """The limits that a post of this account has to keep."""
    provider = PROVIDERS.get(account.provider)
    if provider is None:
        return []
    if not provider.capabilities.has_own_limits:
        return [
            Counter(
                account.provider, _RULES.get(limit.unit.lower(), "graphemes"), limit.value, limit.unit, limit.source
            )
            for limit in provider.capabilities.text_limits
        ]
    own = account.own_limits or {}
    return [
        Counter(
            account.provider,
            account.provider,
            own.get(_OWN_LIMIT, limit.value),
            limit.unit,
            "the account's own server" if _OWN_LIMIT in own else limit.source,
            own.get(_OWN_LINK, 23),
        )
        for limit in provider.capabilities.text_limits
    ]


def media_rules_for(account: Account) -> MediaRules | None:
    """What this account's network, or its own server, takes of pictures; None where it takes none."""
    return (
        networks.checker_for(account.provider).media_rules(account.own_limits or {})
        if account.provider in PROVIDERS
        else None
    )
