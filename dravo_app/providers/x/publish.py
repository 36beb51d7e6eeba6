"""X: one call makes the post; the rest of the adapter is declared here and lives beside it."""

import re
from datetime import datetime
from typing import ClassVar

from dravo_app.providers import http
from dravo_app.providers.base import Provider
from dravo_app.providers.types import Capabilities, Credentials, Identity, Json, Problem, Publication, Published
from dravo_app.providers.x import connect, counting, errors, facts, lookup

_FORBIDDEN = re.compile("[\ufffe\ufeff\uffff\ud800-\udfff]")


class X(Provider):
    """X, formerly Twitter."""

    slug: ClassVar[str] = facts.SLUG
    name: ClassVar[str] = facts.NAME
    capabilities: ClassVar[Capabilities] = facts.CAPABILITIES
    default_base_url: ClassVar[str] = facts.BASE_URL

    def check(self, publication: Publication) -> list[Problem]:
        """Text by X's weights, and options that X refuses."""
        return [*_check_text(publication.text), *_check_ids(publication)]

    def publish(self, credentials: Credentials, publication: Publication) -> Published:
        """POST /2/tweets. X has no key against repeats: a lost answer is unknown until it is looked up."""
        answer = http.write(
            self.client,
            "POST",
            f"{self.base_url}/2/tweets",
            provider=self.slug,
            headers=http.bearer(credentials.get("access_token"), self.slug),
            json=_body(publication),
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


def _body(publication: Publication) -> dict[str, Json]:
    names = [option.name for option in facts.OPTIONS]
    chosen = {name: publication.options[name] for name in names if name in publication.options}
    # X's schema is closed and some of its fields refuse `false` next to others: what is off is left out.
    return {"text": publication.text, **{name: value for name, value in chosen.items() if value not in (False, None)}}
