"""X: is it already there? Reads the account's own posts back past the first attempt and compares their text."""

import html
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from urllib.parse import quote, unquote

import httpx

from dravo_app.errors import PostsAlike, ProviderUnavailable
from dravo_app.providers import http
from dravo_app.providers.http import Answer
from dravo_app.providers.types import Credentials, Json, Publication, Published
from dravo_app.providers.x import counting, errors, facts

MAX_PAGES = 32
"""X shows an account's last 3,200 posts, 100 on a page."""
MAX_CLOCK_DIFFERENCE_SECONDS = 50.0
READ_BEFORE_SECONDS = 3700.0
TOLERANCE_SECONDS = 2.0


def look_up(
    client: httpx.Client, base_url: str, credentials: Credentials, publication: Publication
) -> Published | None:
    """The oldest post with this text made since the first attempt that may have made it; None only if every post since then was seen.

    The oldest: a newer one may be that of a later delivery with the same words, which could not have made an older one.

    Raises ProviderUnavailable where the posts can't be read to the end or where the clocks differ so much that "since then"
    means nothing, PostsAlike where a post that says the same was made up to an hour before: a clock that was ahead when the
    attempt began and has been set right since makes our own post look older than its attempt.
    """
    token: str | None = ""
    oldest: Published | None = None
    is_unclear = False
    for _ in range(MAX_PAGES):
        answer = _page(client, base_url, credentials, publication, token or "")
        since = _since(answer, publication)
        for post in _posts(answer):  # newest first
            found, created_at = _match(answer, post, publication)
            if found and created_at >= since:
                oldest = found
            is_shortly_before = since > created_at >= since - timedelta(seconds=READ_BEFORE_SECONDS)
            is_unclear = is_unclear or (found is not None and is_shortly_before)
        token = http.find(answer.body, "meta", "next_token", kind=str)
        if not token:
            return _seen_to_the_end(oldest, is_unclear)
    if oldest is not None:
        return oldest
    raise ProviderUnavailable(
        "X shows no more of the account's posts, and ours is not among them.", provider=facts.SLUG
    )


def _seen_to_the_end(oldest: Published | None, is_unclear: bool) -> Published | None:
    if oldest is None and is_unclear:  # our clock may have been set back since the attempt began
        raise PostsAlike(provider=facts.SLUG)
    return oldest


def permalink(handle: str, post_id: str) -> str:
    """The public address of a post; X finds it without the name, too."""
    return f"https://x.com/{quote(handle.removeprefix('@'), safe='') or 'i'}/status/{post_id}"


def canonical(text: str) -> str:
    """Text with its links in one spelling, for comparing what was sent with what X shows.

    Blanks and invisible characters, which a network may tidy, say nothing about whose post it is.
    """
    text = unicodedata.normalize("NFC", text)
    for start, end in reversed(counting.links(text)):
        text = text[:start] + _canonical_url(text[start:end]) + text[end:]
    return " ".join("".join(c for c in text if unicodedata.category(c) != "Cf").split())


def _page(
    client: httpx.Client, base_url: str, credentials: Credentials, publication: Publication, token: str
) -> Answer:
    user_id = credentials.get("user_id") or publication.platform_account_id
    start = publication.look_from.astimezone(UTC) - timedelta(seconds=READ_BEFORE_SECONDS)
    params = {
        "max_results": "100",
        "exclude": "retweets",
        "tweet.fields": "attachments,created_at,entities,text",
        "start_time": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    answer = http.read(
        client,
        "GET",
        f"{base_url}/2/users/{quote(str(user_id), safe='')}/tweets",
        provider=facts.SLUG,
        headers=http.bearer(credentials.get("access_token"), facts.SLUG),
        params=params | ({"pagination_token": token} if token else {}),
        secrets=http.secrets_of(credentials),
    )
    if not answer.is_success:
        _refuse(answer)
    return answer


def _refuse(answer: Answer) -> NoReturn:
    if answer.status in (401, 429):
        errors.refuse(answer)
    raise http.error(ProviderUnavailable, answer, f"X doesn't show the account's posts ({answer.status}).")


def _since(answer: Answer, publication: Publication) -> datetime:
    """The start of the first attempt that may have made it, by X's clock."""
    difference = answer.network_now - answer.received_at
    if abs(difference.total_seconds()) > MAX_CLOCK_DIFFERENCE_SECONDS:
        raise http.error(ProviderUnavailable, answer, "X's clock and ours differ too much to look the post up.")
    return publication.look_from + difference - timedelta(seconds=TOLERANCE_SECONDS)


def _posts(answer: Answer) -> list[Json]:
    """The page's posts; an answer that is no page proves nothing."""
    count = http.require(answer, "meta", "result_count", kind=int)
    posts = http.find(answer.body, "data", kind=list) or []
    if count != len(posts):
        raise http.unreadable(answer, "its page of posts is not complete")
    return posts


def _match(answer: Answer, post: Json, publication: Publication) -> tuple[Published | None, datetime]:
    """The post if it says what ours says and is nobody else's, and when it was made."""
    post_id, text, created = (http.find(post, name, kind=str) for name in ("id", "text", "created_at"))
    if not post_id or text is None or not created:
        raise http.unreadable(answer, "a post in it has no id, text or date")
    created_at = _instant(answer, created)
    if post_id in publication.taken_post_ids or _count_media(post) != len(publication.media_urls):
        return None, created_at
    written, ours = _written(post, text, post_id), canonical(publication.text)
    if ours not in (canonical(written), canonical(_without_quoted(written, publication))):
        return None, created_at
    return Published(post_id, permalink(publication.handle, post_id), ""), created_at


def _instant(answer: Answer, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise http.unreadable(answer, "a post in it has no usable date") from None


def _count_media(post: Json) -> int:
    """How many pictures X shows with the post: the same words with others, or without any, are another post."""
    return len(http.find(post, "attachments", "media_keys", kind=list) or [])


def _written(post: Json, text: str, post_id: str) -> str:
    """A post's text as its author wrote it: without X's escapes and with the links that t.co stands for.

    The escapes first: a link is not escaped, and what looks like one in it, such as `&section=`, is its own. The link
    that X adds at the end for the post's own pictures is nobody's words.
    """
    text = html.unescape(text)
    for link in http.find(post, "entities", "urls", kind=list) or []:
        short, long = (http.find(link, name, kind=str) for name in ("url", "expanded_url"))
        if short and long and _is_own_media(long, post_id):
            text = text.rstrip().removesuffix(short)
        elif short and long:
            text = text.replace(short, long)
    return text


def _is_own_media(long: str, post_id: str) -> bool:
    # Nobody can have written it: before the post there is no id.
    return bool(re.search(rf"/status/{re.escape(post_id)}/(?:photo|video)/\d+$", long))


def _without_quoted(written: str, publication: Publication) -> str:
    """X may show a quoted post's address at the end of the text, which our text has not."""
    quoted = publication.options.get("quote_tweet_id")
    words, _, last = written.rpartition(" ")
    return words if quoted and last.endswith(f"/status/{quoted}") else written


def _canonical_url(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    rest = rest if mark else scheme
    host, slash, path = rest.partition("/")
    return (_canonical_host(host) + slash + unicodedata.normalize("NFC", unquote(path))).rstrip("/")


def _canonical_host(host: str) -> str:
    try:
        return host.lower().encode("ascii").decode("idna")
    except UnicodeError:  # it is not ASCII, or no name of that kind
        return host.lower()
