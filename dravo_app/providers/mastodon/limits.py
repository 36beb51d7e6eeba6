"""Mastodon: what this instance allows, as it says itself, kept within what can be true: a server may answer anything."""

from collections.abc import Mapping
from dataclasses import replace

import httpx

from dravo_app.providers import http
from dravo_app.providers.http import Answer
from dravo_app.providers.mastodon import calls, errors, facts
from dravo_app.providers.types import Credentials, Json, Limit, MediaRules, PictureRule

_DAY = 86_400
# Our name, where the instance says it (under `configuration`), and the range in which it is believed.
_READ = (
    ("max_characters", ("statuses", "max_characters"), 1, 1_000_000),
    ("characters_reserved_per_url", ("statuses", "characters_reserved_per_url"), 1, 500),
    ("max_media_attachments", ("statuses", "max_media_attachments"), 0, 100),
    ("image_size_limit", ("media_attachments", "image_size_limit"), 10_000, 1_000_000_000),
    ("image_matrix_limit", ("media_attachments", "image_matrix_limit"), 10_000, 1_000_000_000),
    ("description_limit", ("media_attachments", "description_limit"), 1, 100_000),
    ("poll_max_options", ("polls", "max_options"), 2, 100),
    ("poll_max_characters_per_option", ("polls", "max_characters_per_option"), 1, 5000),
    ("poll_min_expiration", ("polls", "min_expiration"), 0, 31 * _DAY),
    ("poll_max_expiration", ("polls", "max_expiration"), 60, 3650 * _DAY),
)


def read_limits(client: httpx.Client, base_url: str, credentials: Credentials) -> dict[str, int]:
    """The instance's limits; what it doesn't say, or can't mean, is left out and so stays the default.

    `older_api` (1) says that it knows only the first version of this address; see `check`.
    """
    answer = calls.get(client, f"{base_url}/api/v2/instance", credentials)
    is_older = answer.status in (404, 405, 410, 501)  # before Mastodon 4, and several forks
    if is_older:
        answer = calls.get(client, f"{base_url}/api/v1/instance", credentials)
    if not answer.is_success:
        errors.refuse(answer)
    http.require(answer, "version", kind=str)  # every server that speaks this language says so
    return _believed(answer) | ({"older_api": 1} if is_older else {})


def media_rules(limits: Mapping[str, int]) -> MediaRules:
    """The default rules with this instance's numbers in them."""
    rules = facts.MEDIA
    return replace(
        rules,
        max_count=_own(rules.max_count, limits.get("max_media_attachments")),
        images=_own_pictures(rules.images, limits),
        animations=_own_pictures(rules.animations, limits) if rules.animations else None,
        max_alt=_own(rules.max_alt, limits.get("description_limit")) if rules.max_alt else None,
    )


def _believed(answer: Answer) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, path, least, most in _READ:
        value = http.find(answer.body, "configuration", *path, kind=int)
        if value is not None and least <= value <= most:
            found[name] = value
    longest = http.find(answer.body, "max_toot_chars", kind=int)  # Pleroma and its kin
    if longest is not None and 1 <= longest <= 1_000_000:
        found.setdefault("max_characters", longest)
    if found.get("poll_min_expiration", 0) > found.get("poll_max_expiration", 3650 * _DAY):
        del found["poll_min_expiration"], found["poll_max_expiration"]
    return found


def _own_pictures(rule: PictureRule, limits: Mapping[str, int]) -> PictureRule:
    return replace(
        rule,
        max_bytes=_own(rule.max_bytes, limits.get("image_size_limit")),
        max_pixels=_own(rule.max_pixels, limits.get("image_matrix_limit")) if rule.max_pixels else None,
    )


def _own(limit: Limit, value: Json) -> Limit:
    return replace(limit, value=value, source="the instance itself") if type(value) is int else limit
