"""Beside the validator: what a network says to the number of pictures and to their descriptions, before any is fetched."""

from collections.abc import Sequence

import regex

from dravo_app.errors import Flaw
from dravo_app.providers.types import Limit, MediaRules


def find_flaws(
    network: str,
    rules: MediaRules | None,
    media_urls: Sequence[str],
    alt_texts: Sequence[str],
    *,
    media_pointer: str,
    alts_pointer: str,
) -> list[Flaw]:
    """Everything that this network (`network` is its name for people) refuses by what the request alone says."""
    if rules is None:
        message = f"Dravo sends no pictures to {network}; an empty `media_urls` of its own leaves them out there."
        return [Flaw(media_pointer, "media_not_taken", message)] if media_urls else []
    return [
        *_count_flaws(network, rules, media_urls, media_pointer),
        *_alt_flaws(network, rules, media_urls, alt_texts, alts_pointer),
    ]


def _count_flaws(network: str, rules: MediaRules, media_urls: Sequence[str], pointer: str) -> list[Flaw]:
    most = max(rules.max_count.value, rules.max_animations if rules.animations else 0)
    if len(media_urls) <= most:
        return []
    message = f"{network} takes {most} pictures in a post; this post has {len(media_urls)}."
    return [Flaw(pointer, "media_count", message)]


def _alt_flaws(
    network: str, rules: MediaRules, media_urls: Sequence[str], alt_texts: Sequence[str], pointer: str
) -> list[Flaw]:
    flaws = []
    if len(alt_texts) > len(media_urls):
        message = f"There are {len(alt_texts)} alt texts for {len(media_urls)} pictures."
        flaws.append(Flaw(pointer, "alt_text_count", message))
    for place, text in enumerate(alt_texts):
        if "\x00" in text:
            flaws.append(Flaw(f"{pointer}/{place}", "text_invalid", "The alt text holds a NUL character."))
        elif rules.max_alt and (size := _measured(text, rules.max_alt)) > rules.max_alt.value:
            limit = f"{rules.max_alt.value} {rules.max_alt.unit}"
            message = f"{network} takes alt texts of up to {limit}; this one has {size}."
            flaws.append(Flaw(f"{pointer}/{place}", "alt_text_too_long", message))
    return flaws


def _measured(text: str, limit: Limit) -> int:
    if "byte" in limit.unit:
        return len(text.encode("utf-8", "replace"))
    return len(regex.findall(r"\X", text)) if "grapheme" in limit.unit else len(text)
