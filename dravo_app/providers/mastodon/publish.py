"""Mastodon: files first, then the post under a key of its own; where a file takes time, the post waits for it unsent."""

from collections.abc import Mapping
from hashlib import sha256
from typing import ClassVar

from dravo_app.errors import MediaUnusable
from dravo_app.providers.base import Provider
from dravo_app.providers.mastodon import calls, check, connect, errors, facts, limits, lookup, media
from dravo_app.providers.types import (
    Capabilities,
    Credentials,
    Identity,
    Json,
    MediaRules,
    Outcome,
    Problem,
    Processing,
    Publication,
    Published,
    Ready,
)

MAX_LOOKS = 60
"""After a second, two, three … up to ten: nine minutes for a picture. A server that needs longer won't manage."""
LONGEST_PAUSE_SECONDS = 10


class Mastodon(Provider):
    """The server that the account lives on, whatever software it runs."""

    slug: ClassVar[str] = facts.SLUG
    name: ClassVar[str] = facts.NAME
    capabilities: ClassVar[Capabilities] = facts.CAPABILITIES
    default_base_url: ClassVar[str] = facts.NO_SERVER

    def check(self, publication: Publication) -> list[Problem]:
        """Text, language and poll, by the instance's limits."""
        return check.check(publication)

    def media_rules(self, limits_: Mapping[str, int]) -> MediaRules:
        """Pictures, by the instance's limits."""
        return limits.media_rules(limits_)

    def read_limits(self, credentials: Credentials) -> dict[str, int]:
        """GET /api/v2/instance, or its first version."""
        return limits.read_limits(self.client, self.base_url, credentials)

    def publish(self, credentials: Credentials, publication: Publication) -> Outcome:
        """POST /api/v1/statuses. Mastodon knows the key for an hour and some forks never, so it is no leave to repeat."""
        media_ids, is_ready = self._uploaded(credentials, publication)
        if not is_ready:
            return _waiting(media_ids, 0)
        return self._post(credentials, publication, media_ids)

    def resume(self, credentials: Credentials, publication: Publication, handle: dict[str, Json]) -> Outcome:
        """One look at each file; the post itself is left to `publish`."""
        media_ids, looks = _media_ids(handle), handle.get("looks")
        if all(media.is_ready(self.client, self.base_url, credentials, media_id) for media_id in media_ids):
            return Ready({"media_ids": [*media_ids]})
        seen = looks + 1 if type(looks) is int else 1
        if seen >= MAX_LOOKS:
            raise MediaUnusable(
                "The instance never finished working on a picture; nothing was published.", provider=self.slug
            )
        return _waiting(media_ids, seen)

    def look_up(self, credentials: Credentials, publication: Publication) -> Published | None:
        """The account's posts since the first attempt, compared by what they say."""
        return lookup.look_up(self.client, self.base_url, credentials, publication)

    def identify(self, credentials: Credentials, handle: str) -> Identity:
        """GET /api/v1/accounts/verify_credentials."""
        return connect.identify(self.client, self.base_url, credentials)

    def service_url(self, credentials: Credentials) -> str | None:
        """The account's own server."""
        return connect.service_url(credentials)

    def _uploaded(self, credentials: Credentials, publication: Publication) -> tuple[list[str], bool]:
        """The server's ids of the post's files, in order, and whether all of them are ready."""
        if publication.prepared:
            return _media_ids(publication.prepared), True
        files = [media.upload(self.client, self.base_url, credentials, medium) for medium in publication.media]
        return [media_id for media_id, _ in files], all(is_ready for _, is_ready in files)

    def _post(self, credentials: Credentials, publication: Publication, media_ids: list[str]) -> Published:
        answer = calls.post(
            self.client,
            f"{self.base_url}/api/v1/statuses",
            credentials,
            _key(publication),
            _body(publication, media_ids),
        )
        if not answer.is_success:
            errors.refuse(answer)
        return lookup.published(answer, answer.body)


def _key(publication: Publication) -> str:
    """The delivery's own key, the same on each repeat, in characters that any header takes."""
    return sha256(publication.delivery_id.encode()).hexdigest()


def _waiting(media_ids: list[str], looks: int) -> Processing:
    return Processing({"media_ids": [*media_ids], "looks": looks}, float(min(looks + 1, LONGEST_PAUSE_SECONDS)))


def _media_ids(handle: Mapping[str, Json]) -> list[str]:
    listed = handle.get("media_ids")
    return [str(media_id) for media_id in listed] if isinstance(listed, list) else []


def _body(publication: Publication, media_ids: list[str]) -> dict[str, Json]:
    """What is not asked for is left out, but for `visibility`: the account's own default there could be anything."""
    options = publication.options
    body: dict[str, Json] = {"status": publication.text, "visibility": options.get("visibility") or "public"}
    if media_ids:
        body["media_ids"] = [*media_ids]
    for name in ("spoiler_text", "sensitive", "language"):
        if options.get(name):
            body[name] = options[name]
    if options.get("poll_options"):
        body["poll"] = _poll(options)
    return body


def _poll(options: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "options": options["poll_options"],
        "expires_in": options.get("poll_expires_in", facts.POLL_SECONDS),
        "multiple": bool(options.get("poll_multiple")),
        "hide_totals": bool(options.get("poll_hide_totals")),
    }
