"""X: one call makes the post, after its pictures; the rest of the adapter is declared here and lives beside it."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from dravo_app.errors import MediaUnusable
from dravo_app.providers import http
from dravo_app.providers.base import Provider
from dravo_app.providers.types import (
    Capabilities,
    Credentials,
    Identity,
    Json,
    Outcome,
    Problem,
    Processing,
    Publication,
    Published,
    Ready,
)
from dravo_app.providers.x import connect, counting, errors, facts, lookup, media

MAX_LOOKS = 60
"""At five seconds each, five minutes for an animation: X needs seconds."""
_FORBIDDEN = re.compile("[\ufffe\ufeff\uffff\ud800-\udfff]")


class X(Provider):
    """X, formerly Twitter."""

    slug: ClassVar[str] = facts.SLUG
    name: ClassVar[str] = facts.NAME
    capabilities: ClassVar[Capabilities] = facts.CAPABILITIES
    default_base_url: ClassVar[str] = facts.BASE_URL

    def check(self, publication: Publication) -> list[Problem]:
        """Text by X's weights, and options that X refuses."""
        return [*_check_text(publication.text), *_check_ids(publication), *_check_media(publication)]

    def publish(self, credentials: Credentials, publication: Publication) -> Outcome:
        """Pictures first, then the post. Where X is still working on one, the post waits for it unsent."""
        if publication.prepared:
            return self._post(credentials, publication, _media_ids(publication.prepared))
        sent = [media.upload(self.client, self.base_url, credentials, medium) for medium in publication.media]
        media_ids, waits = [media_id for media_id, _ in sent], [seconds for _, seconds in sent if seconds is not None]
        if waits:
            return Processing({"media_ids": [*media_ids], "looks": 0}, max(waits))
        return self._post(credentials, publication, media_ids)

    def resume(self, credentials: Credentials, publication: Publication, handle: dict[str, Json]) -> Outcome:
        """One look at each picture; the post itself is left to `publish`."""
        media_ids, looks = _media_ids(handle), handle.get("looks")
        seen = [media.look(self.client, self.base_url, credentials, media_id) for media_id in media_ids]
        waits = [seconds for seconds in seen if seconds is not None]
        if not waits:
            return Ready({"media_ids": [*media_ids]})
        count = looks + 1 if type(looks) is int else 1
        if count >= MAX_LOOKS:
            raise MediaUnusable("X never finished working on a picture; nothing was published.", provider=self.slug)
        return Processing({"media_ids": [*media_ids], "looks": count}, max(waits))

    def _post(self, credentials: Credentials, publication: Publication, media_ids: list[str]) -> Published:
        """POST /2/tweets. X has no key against repeats: a lost answer is unknown until it is looked up."""
        answer = http.write(
            self.client,
            "POST",
            f"{self.base_url}/2/tweets",
            provider=self.slug,
            headers=http.bearer(credentials.get("access_token"), self.slug),
            json=_body(publication, media_ids),
            secrets=http.secrets_of(credentials),
        )
        if not answer.is_success:
            errors.refuse(answer, is_repeat=publication.is_repeat)
        post_id = http.require(answer, "data", "id", kind=str)
        if not re.fullmatch(r"[0-9]{1,19}", post_id):
            raise http.unreadable(answer, "its answer has no usable `data.id`")
        return Published(post_id, lookup.permalink(publication.handle, post_id), answer.raw)

    def look_up(self, credentials: Credentials, publication: Publication) -> Published | None:
        """The account's posts since the first attempt, compared by text."""
        return lookup.look_up(self.client, self.base_url, credentials, publication)

    def identify(self, credentials: Credentials, handle: str) -> Identity:
        """GET /2/users/me."""
        return connect.identify(self.client, self.base_url, credentials)

    def refresh(self, credentials: Credentials, now: datetime) -> tuple[Credentials, datetime | None]:
        """Trade the refresh token, which works once, for the next pair."""
        return connect.refresh(self.client, self.base_url, credentials, now)


def _check_text(text: str) -> list[Problem]:
    if _FORBIDDEN.search(text):
        return [
            Problem("invalid_characters", "X takes no text with byte order marks, non-characters or half characters.")
        ]
    weight = counting.weight(text)
    if weight <= facts.MAX_WEIGHT:
        return []
    limit = facts.MAX_WEIGHT
    return [Problem("text_too_long", f"X takes {limit} characters as it counts them; this text has {weight}.")]


def _check_ids(publication: Publication) -> list[Problem]:
    return [
        Problem("invalid_option", f"`{name}` is an id of 1 to 19 digits.", f"/provider_options/x/{name}")
        for name in facts.ID_OPTIONS
        if name in publication.options and not re.fullmatch(r"[0-9]{1,19}", str(publication.options[name]))
    ]


def _check_media(publication: Publication) -> list[Problem]:
    if not publication.media_urls or not publication.options.get("quote_tweet_id"):
        return []
    return [
        Problem(
            "invalid_option",
            "X takes pictures or a quoted post, not both.",
            "/provider_options/x/quote_tweet_id",
        )
    ]


def _media_ids(handle: Mapping[str, Json]) -> list[str]:
    listed = handle.get("media_ids")
    return [str(media_id) for media_id in listed] if isinstance(listed, list) else []


def _body(publication: Publication, media_ids: list[str]) -> dict[str, Json]:
    names = [option.name for option in facts.OPTIONS]
    chosen = {name: publication.options[name] for name in names if name in publication.options}
    # X's schema is closed and some of its fields refuse `false` next to others: what is off is left out.
    body: dict[str, Json] = {
        "text": publication.text,
        **{name: value for name, value in chosen.items() if value not in (False, None)},
    }
    return {**body, "media": {"media_ids": [*media_ids]}} if media_ids else body
