"""Bluesky: the post is a record under a key of our own, so that putting it twice makes it once."""

from datetime import datetime
from typing import ClassVar
from urllib.parse import quote

import regex

from dravo_app.errors import ContentRejected, ProviderUnavailable
from dravo_app.providers import http
from dravo_app.providers.base import Provider
from dravo_app.providers.bluesky import connect, errors, facets, facts, media, record
from dravo_app.providers.types import Capabilities, Credentials, Identity, Json, Problem, Publication, Published

_LANGUAGE = regex.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")


class Bluesky(Provider):
    """Bluesky, or the personal data server that the account lives on."""

    slug: ClassVar[str] = facts.SLUG
    name: ClassVar[str] = facts.NAME
    capabilities: ClassVar[Capabilities] = facts.CAPABILITIES
    default_base_url: ClassVar[str] = facts.BASE_URL

    def check(self, publication: Publication) -> list[Problem]:
        """Both limits of the text, and the languages."""
        return [*_check_text(publication.text), *_check_languages(publication.options.get("langs"))]

    def publish(self, credentials: Credentials, publication: Publication) -> Published:
        """Resolve the mentions, upload the pictures, then putRecord: the same key and record again change nothing."""
        marked = facets.facets(publication.text, self._did_of)
        embedded = media.embed(self.client, self.base_url, credentials, publication.media)
        post = record.record(publication, marked, embedded)
        did, key = _did(credentials, publication), record.record_key(publication)
        answer = http.write(
            self.client,
            "POST",
            f"{self.base_url}/xrpc/com.atproto.repo.putRecord",
            provider=self.slug,
            headers=http.bearer(credentials.get("access_jwt"), self.slug),
            json={"repo": did, "collection": facts.COLLECTION, "rkey": key, "record": post},
            secrets=http.secrets_of(credentials),
        )
        if not answer.is_success:
            errors.refuse(answer)
        uri = http.require(answer, "uri", kind=str)
        if uri != record.post_uri(did, key):
            raise http.unreadable(answer, "it names another record than ours")
        return Published(uri, _permalink(publication, did, key), answer.raw)

    def look_up(self, credentials: Credentials, publication: Publication) -> Published | None:
        """The record under our key; its date or text says that it is ours."""
        did, key = _did(credentials, publication), record.record_key(publication)
        answer = http.read(
            self.client,
            "GET",
            f"{self.base_url}/xrpc/com.atproto.repo.getRecord",
            provider=self.slug,
            params={"repo": did, "collection": facts.COLLECTION, "rkey": key},
            secrets=http.secrets_of(credentials),
        )
        if answer.is_success:
            return self._if_ours(answer, publication, did, key)
        if answer.status in (400, 404) and errors.name(answer) == "RecordNotFound":
            return None
        try:
            errors.refuse(answer)
        except ContentRejected:
            raise http.error(ProviderUnavailable, answer, "The server doesn't show the account's posts.") from None

    def identify(self, credentials: Credentials, handle: str) -> Identity:
        """createSession with the app password."""
        return connect.identify(self.client, self.base_url, credentials, handle)

    def refresh(self, credentials: Credentials, now: datetime) -> tuple[Credentials, datetime | None]:
        """refreshSession; createSession where that has ended."""
        return connect.refresh(self.client, self.base_url, credentials)

    def service_url(self, credentials: Credentials) -> str | None:
        """The account's own server."""
        return connect.service_url(credentials)

    def _if_ours(self, answer: http.Answer, publication: Publication, did: str, key: str) -> Published | None:
        found = http.require(answer, "value", kind=dict)
        is_ours = found.get("text") == publication.text or found.get("createdAt") == record.created_at(publication)
        if not is_ours:
            return None
        return Published(record.post_uri(did, key), _permalink(publication, did, key), answer.raw)

    def _did_of(self, handle: str) -> str | None:
        """The DID behind a handle, None where the network knows none."""
        answer = http.read(
            self.client,
            "GET",
            f"{self.base_url}/xrpc/com.atproto.identity.resolveHandle",
            provider=self.slug,
            params={"handle": handle.lower()},
        )
        if answer.status in (429, 503, 504):
            errors.refuse(answer)
        did = http.find(answer.body, "did", kind=str) if answer.is_success else None
        return did if did and did.startswith("did:") else None


def _check_text(text: str) -> list[Problem]:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return [Problem("invalid_characters", "Bluesky takes no text with half characters (lone surrogates).")]
    count = len(regex.findall(r"\X", text))
    if count > facts.MAX_GRAPHEMES:
        return [Problem("text_too_long", f"Bluesky takes {facts.MAX_GRAPHEMES} characters; this text has {count}.")]
    if size > facts.MAX_BYTES:
        return [Problem("text_too_long", f"Bluesky takes {facts.MAX_BYTES} bytes; this text has {size}.")]
    return []


def _check_languages(languages: Json) -> list[Problem]:
    pointer = "/provider_options/bluesky/langs"
    if not isinstance(languages, list):
        return []
    if len(languages) > facts.MAX_LANGUAGES:
        return [Problem("invalid_option", f"Bluesky takes up to {facts.MAX_LANGUAGES} languages.", pointer)]
    if all(isinstance(language, str) and _LANGUAGE.fullmatch(language) for language in languages):
        return []
    return [Problem("invalid_option", "A language is a code such as `en` or `pt-BR`.", pointer)]


def _did(credentials: Credentials, publication: Publication) -> str:
    return str(credentials.get("did") or publication.platform_account_id)


def _permalink(publication: Publication, did: str, key: str) -> str:
    # A handle that the network could not verify reads `handle.invalid`; the DID always works.
    handle = publication.handle.removeprefix("@")
    name = handle if "." in handle and handle != "handle.invalid" else did
    return f"https://bsky.app/profile/{quote(name, safe=':')}/post/{key}"
