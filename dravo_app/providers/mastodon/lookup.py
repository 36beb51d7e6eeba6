"""Mastodon: is it already there? Reads the account's own posts back past the first attempt and compares what they say."""

import html
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx

from dravo_app.errors import PostsAlike, ProviderUnavailable
from dravo_app.providers import http
from dravo_app.providers.http import Answer
from dravo_app.providers.mastodon import calls, errors, facts, reading
from dravo_app.providers.types import Credentials, Json, Publication, Published

MAX_PAGES = 25
PAGE = 40
MAX_CLOCK_DIFFERENCE_SECONDS = 50.0
TOLERANCE_SECONDS = 2.0
"""Servers cut a post's date to seconds, and their `Date` header is one, too."""
_SET_BACK = timedelta(seconds=3700)
"""A clock that was ahead when the attempt began and has been set right since makes our own post look older than it."""


def look_up(
    client: httpx.Client, base_url: str, credentials: Credentials, publication: Publication
) -> Published | None:
    """The oldest post with this text made since the first attempt that may have made it; None only if every post since then was seen.

    The oldest: a newer one may be that of a later delivery with the same words, which could not have made an older one.

    Raises ProviderUnavailable where the posts can't be read to the end, where the clocks differ too much, or where a post that
    says the same was made up to an hour before.
    """
    account_id = str(credentials.get("account_id") or publication.platform_account_id.partition("@")[0])
    own = f"{base_url}/api/v1/accounts/{account_id}/statuses"
    found = _search(client, own, credentials, publication, account_id)
    if found is None and _may_be_kept_back(client, base_url, credentials, publication):
        return _search(client, f"{base_url}/api/v1/timelines/home", credentials, publication, account_id)
    return found


def published(answer: Answer, status: Json) -> Published:
    """A status as the outcome. Raises the answer's error where it is none."""
    post_id, uri = (http.find(status, name, kind=str) for name in ("id", "uri"))
    if not post_id or not uri or len(post_id) > 256 or not post_id.isprintable():
        raise http.unreadable(answer, "it is no post")
    return Published(
        post_id, _address(http.find(status, "url", kind=str) or uri), answer.raw if answer.is_write else ""
    )


def _may_be_kept_back(client: httpx.Client, base_url: str, credentials: Credentials, publication: Publication) -> bool:
    """Might this server leave such a post out of its author's list?

    Mastodon shows authors all they wrote. snac2 leaves out what isn't public, and shows it in the home timeline; it can
    be told by not knowing the second version of the instance's description.
    """
    if _is_for_everybody(publication.options.get("visibility")):
        return False
    return not calls.get(client, f"{base_url}/api/v2/instance", credentials).is_success


def _search(
    client: httpx.Client, url: str, credentials: Credentials, publication: Publication, account_id: str
) -> Published | None:
    seen = _Seen()
    try:
        for answer, statuses in _pages(client, url, credentials):
            since = _since(answer, publication)
            ours = [status for status in statuses if _is_own(status, account_id)]
            _compare(seen, answer, ours, publication, since)
            # A boost carries the date of what was boosted, so only the account's own words say how far back we are.
            if ours and _instant(answer, ours[-1]) < since - _SET_BACK:
                break
    except _CutOff as cut_off:
        if seen.oldest is None:
            raise ProviderUnavailable(str(cut_off), provider=facts.SLUG) from None
    if seen.oldest is None and seen.is_unclear:
        raise PostsAlike(provider=facts.SLUG)
    return seen.oldest


@dataclass
class _Seen:
    """`oldest`: of the posts that may be ours. `is_unclear`: one that says the same was made shortly before."""

    oldest: Published | None = None
    is_unclear: bool = False


class _CutOff(Exception):
    """The end of the list can't be seen."""


def _compare(seen: _Seen, answer: Answer, ours: list[Json], publication: Publication, since: datetime) -> None:
    for status in ours:  # newest first
        made_at = _instant(answer, status)
        if made_at >= since and _matches(status, publication):
            seen.oldest = published(answer, status)
        elif made_at >= since - _SET_BACK and _matches(status, publication):
            seen.is_unclear = True


def _pages(client: httpx.Client, url: str, credentials: Credentials) -> Iterator[tuple[Answer, list[Json]]]:
    """Page after page, newest first, until the server has no more. Raises ProviderUnavailable, and _CutOff."""
    seen: set[str] = set()
    params = {"limit": str(PAGE), "exclude_reblogs": "true"}
    for _ in range(MAX_PAGES):
        answer = calls.get(client, url, credentials, params)
        if not answer.is_success:
            _refuse(answer)
        if not isinstance(answer.body, list):
            raise http.unreadable(answer, "it is no list of posts")
        ids = [_id(answer, status) for status in answer.body]
        if not ids:
            return
        yield answer, answer.body
        if seen.issuperset(ids):
            break  # it answers the same page again: it doesn't page, and this was all it shows
        seen.update(ids)
        params["max_id"] = ids[-1]
    else:
        raise _CutOff("The account has posted too much since then to read it all back.")
    if len(ids) >= PAGE // 2:
        raise _CutOff("The server shows no older posts, and ours is not among these.")


def _refuse(answer: Answer) -> None:
    if answer.status in (401, 429):
        errors.refuse(answer)
    raise http.error(ProviderUnavailable, answer, f"The server doesn't show the account's posts ({answer.status}).")


def _since(answer: Answer, publication: Publication) -> datetime:
    """The start of the first attempt that may have made it, by the server's clock."""
    difference = answer.network_now - answer.received_at
    if abs(difference.total_seconds()) > MAX_CLOCK_DIFFERENCE_SECONDS:
        raise http.error(
            ProviderUnavailable, answer, "The server's clock and ours differ too much to look the post up."
        )
    return publication.look_from + difference - timedelta(seconds=TOLERANCE_SECONDS)


def _is_own(status: Json, account_id: str) -> bool:
    return http.find(status, "reblog", kind=dict) is None and http.find(status, "account", "id", kind=str) == account_id


def _matches(status: Json, publication: Publication) -> bool:
    if http.find(status, "id", kind=str) in publication.taken_post_ids:
        return False
    asked, shown = publication.options.get("visibility"), http.find(status, "visibility", kind=str)
    if _is_for_everybody(asked) is not _is_for_everybody(shown):
        return False
    media = http.find(status, "media_attachments", kind=list) or []
    if len(media) != max(len(publication.media_urls), len(publication.media)):
        return False
    warning = publication.options.get("spoiler_text")
    return _says(status, "spoiler_text", warning if isinstance(warning, str) else "") and (
        _says(status, "text", publication.text) or _says(status, "content", publication.text)
    )


def _is_for_everybody(visibility: Json) -> bool:
    """All finer words differ from fork to fork: snac2 calls unlisted `public` and direct `private`."""
    return visibility in (None, "public", "unlisted")


def _says(status: Json, name: str, ours: str) -> bool:
    """Does that field say our words, as HTML or as they are?"""
    shown = http.find(status, name, kind=str)
    if shown is None:
        return False
    wanted = reading.canonical(ours)
    return any(reading.canonical(text) == wanted for text in (reading.plain(shown), shown, html.unescape(shown)))


def _id(answer: Answer, status: Json) -> str:
    post_id = http.find(status, "id", kind=str)
    if not post_id:
        raise http.unreadable(answer, "a post in it has no id")
    return post_id


def _instant(answer: Answer, status: Json) -> datetime:
    try:
        made = datetime.fromisoformat(http.find(status, "created_at", kind=str) or "")
    except ValueError:
        raise http.unreadable(answer, "a post in it has no usable date") from None
    return made.replace(tzinfo=UTC) if made.tzinfo is None else made.astimezone(UTC)


def _address(text: str) -> str | None:
    """An address that a browser may be sent to, or nothing: the server may have written anything there."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    is_one = parts.scheme in ("http", "https") and parts.hostname and len(text) <= 2048 and text.isprintable()
    return text if is_one and " " not in text else None
