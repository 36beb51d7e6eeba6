"""X's reading side: an account's posts, newest first, as X shows them: escaped, shortened, and dated to the second."""

import base64
import binascii
import json
import re
import time
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection

from dravo_app.sandbox import credentials, media
from dravo_app.sandbox.credentials import Account
from dravo_app.sandbox.media import Medium
from dravo_app.sandbox.networks import x_media, x_text
from dravo_app.sandbox.networks import x_problems as problems
from dravo_app.sandbox.wire import Reply, Request, iso_time, json_reply

_KNOWN = frozenset(
    (
        "max_results",
        "start_time",
        "end_time",
        "since_id",
        "until_id",
        "pagination_token",
        "tweet.fields",
        "exclude",
        "expansions",
        "media.fields",
    )
)
_FIELDS = frozenset(
    ("id", "text", "created_at", "entities", "author_id", "edit_history_tweet_ids", "public_metrics", "attachments")
)
_MEDIA_FIELDS = frozenset(("alt_text", "height", "media_key", "type", "url", "width"))
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_GREATEST_ID = "9" * 19

_Row = tuple[str, str, float, str]
"""post_id, text, posted_at and the body as it was sent."""


@dataclass(frozen=True, slots=True)
class _Window:
    """Which posts are wanted: ids between the two, posted between the two moments."""

    most: int
    after_id: str
    before_id: str
    start: float
    end: float


class _Invalid(Exception):
    def __init__(self, parameter: str, value: str, message: str) -> None:
        super().__init__(message)
        self.reply = problems.invalid(parameter, value, message)


def list_posts(connection: Connection, request: Request, _account: Account, name: str) -> Reply:
    """`GET /2/users/{id}/tweets`."""
    author = credentials.find_account(connection, "x", name)
    if author is None:
        return json_reply(200, {"errors": [problems.not_found("user", "id", name)]})
    try:
        window, fields = _window(request), _fields(request)
    except _Invalid as invalid:
        return invalid.reply
    rows = connection.execute(
        "SELECT post_id, text, posted_at, body FROM posts WHERE network = 'x' AND account = ? AND deleted_at IS NULL"
        " AND post_id > ? AND post_id < ? AND posted_at >= ? AND posted_at < ? ORDER BY post_id DESC LIMIT ?",
        (author.key, window.after_id, window.before_id, window.start, window.end, window.most + 1),
    ).fetchall()
    posts = [_post(connection, author, row, fields) for row in rows[: window.most]]
    included = _included(connection, request, author, rows[: window.most])
    return json_reply(200, {**_page(posts, has_more=len(rows) > window.most), **included})


def get_post(connection: Connection, request: Request, _account: Account, post_id: str) -> Reply:
    """`GET /2/tweets/{id}`."""
    row = connection.execute(
        "SELECT post_id, text, posted_at, body, account FROM posts"
        " WHERE network = 'x' AND post_id = ? AND deleted_at IS NULL",
        (post_id,),
    ).fetchone()
    author = credentials.find_account(connection, "x", row[4]) if row else None
    if author is None:
        return json_reply(200, {"errors": [problems.not_found("tweet", "id", post_id)]})
    try:
        post = _post(connection, author, row[:4], _fields(request))
        return json_reply(200, {"data": post, **_included(connection, request, author, [row[:4]])})
    except _Invalid as invalid:
        return invalid.reply


def delete_post(connection: Connection, _request: Request, account: Account, post_id: str) -> Reply:
    """`DELETE /2/tweets/{id}`: of one's own. The log keeps what the world saw."""
    row = connection.execute(
        "SELECT account FROM posts WHERE network = 'x' AND post_id = ? AND deleted_at IS NULL", (post_id,)
    ).fetchone()
    if row is not None and row[0] != account.key:
        return problems.forbidden("You are not authorized to delete this Tweet.")
    connection.execute(
        "UPDATE posts SET deleted_at = ? WHERE network = 'x' AND post_id = ? AND deleted_at IS NULL",
        (time.time(), post_id),
    )
    return json_reply(200, {"data": {"deleted": row is not None}})


def permalink(author: Account, post_id: str) -> str:
    return f"https://x.com/{author.handle}/status/{post_id}"


def show(author: Account, post_id: str, text: str, attached: list[Medium]) -> x_text.Shown:
    """A post's text as X gives it back."""
    keys = [x_media.media_key(medium) for medium in attached]
    kind = "video" if any(medium.is_animated for medium in attached) else "photo"
    return x_text.show(post_id, text, f"{permalink(author, post_id)}/{kind}/1", keys)


def media_ids_of(body: dict[str, object]) -> list[str]:
    """The ids that a checked body names."""
    given = body.get("media")
    ids = given.get("media_ids") if isinstance(given, dict) else None
    return [str(item) for item in ids] if isinstance(ids, list) else []


def find_media(connection: Connection, account: str, ids: list[str]) -> list[Medium]:
    """The account's own uploads of these ids, in their order; without those that aren't there."""
    found = (media.find(connection, "x", account, media_id) for media_id in ids)
    return [medium for medium in found if medium is not None]


def _post(connection: Connection, author: Account, row: _Row, fields: frozenset[str]) -> dict[str, object]:
    post_id, text, posted_at, body = row
    attached = find_media(connection, author.key, media_ids_of(json.loads(body)))
    shown = show(author, post_id, text, attached)
    post: dict[str, object] = {"id": post_id, "text": shown.text, "edit_history_tweet_ids": [post_id]}
    if "created_at" in fields:
        post["created_at"] = iso_time(int(posted_at))
    if "author_id" in fields:
        post["author_id"] = author.handle
    if "entities" in fields and shown.urls:
        post["entities"] = {"urls": shown.urls}
    if "attachments" in fields and attached:
        post["attachments"] = {"media_keys": [x_media.media_key(medium) for medium in attached]}
    return post


def _included(connection: Connection, request: Request, author: Account, rows: list[_Row]) -> dict[str, object]:
    """The media themselves, for who asked with `expansions=attachments.media_keys`."""
    if "attachments.media_keys" not in request.query.get("expansions", "").split(","):
        return {}
    wanted = {"media_key", "type", *request.query.get("media.fields", "").split(",")} & _MEDIA_FIELDS
    ids = [media_id for row in rows for media_id in media_ids_of(json.loads(row[3]))]
    origin = request.base_url.removesuffix("/x")
    shown = [_medium(origin, medium) for medium in find_media(connection, author.key, ids)]
    media_shown = [{name: value for name, value in medium.items() if name in wanted} for medium in shown]
    return {"includes": {"media": media_shown}} if media_shown else {}


def _medium(origin: str, medium: Medium) -> dict[str, object]:
    about: dict[str, object] = {
        "media_key": x_media.media_key(medium), "type": "animated_gif" if medium.is_animated else "photo",
        "width": medium.width, "height": medium.height, "url": origin + medium.address,
    }  # fmt: skip
    return {**about, "alt_text": medium.alt_text} if medium.alt_text else about


def _page(posts: list[dict[str, object]], *, has_more: bool) -> dict[str, object]:
    if not posts:
        return {"meta": {"result_count": 0}}
    meta: dict[str, object] = {
        "result_count": len(posts), "newest_id": posts[0]["id"], "oldest_id": posts[-1]["id"],
    }  # fmt: skip
    if has_more:
        meta["next_token"] = base64.b32encode(str(posts[-1]["id"]).encode()).decode().lower().rstrip("=")
    return {"data": posts, "meta": meta}


def _window(request: Request) -> _Window:
    for name, value in request.query.items():
        if name not in _KNOWN:
            raise _Invalid(name, value, f"The query parameter [{name}] is not one of [{','.join(sorted(_KNOWN))}]")
    before = [value for value in (_token(request), _id(request, "until_id")) if value]
    return _Window(
        most=_most(request),
        after_id=_id(request, "since_id") or "0",
        before_id=min(before, default=_GREATEST_ID),
        start=_moment(request, "start_time", 0.0),
        end=_moment(request, "end_time", float("inf")),
    )


def _most(request: Request) -> int:
    given = request.query.get("max_results", "10")
    if not re.fullmatch("[0-9]{1,3}", given) or not 5 <= int(given) <= 100:
        raise _Invalid(
            "max_results", given, f"The `max_results` query parameter value [{given}] is not between 5 and 100"
        )
    return int(given)


def _moment(request: Request, name: str, default: float) -> float:
    given = request.query.get(name)
    if given is None:
        return default
    try:
        if _MOMENT.fullmatch(given):
            return datetime.fromisoformat(given).timestamp()
    except ValueError:
        pass  # the 31st of a short month: the same answer as for any other text
    raise _Invalid(name, given, f"The `{name}` query parameter value [{given}] is not a valid ISO 8601 time")


def _id(request: Request, name: str) -> str | None:
    given = request.query.get(name)
    if given is not None and not re.fullmatch("[0-9]{1,19}", given):
        raise _Invalid(name, given, f"The `{name}` query parameter value [{given}] is not valid")
    return given


def _token(request: Request) -> str | None:
    given = request.query.get("pagination_token")
    if given is None:
        return None
    try:
        post_id = base64.b32decode(given.upper() + "=" * (-len(given) % 8)).decode("ascii")
    except (binascii.Error, ValueError):
        post_id = ""
    if not re.fullmatch("[0-9]{1,19}", post_id):
        message = f"The `pagination_token` query parameter value [{given}] is not valid"
        raise _Invalid("pagination_token", given, message)
    return post_id


def _fields(request: Request) -> frozenset[str]:
    wanted = frozenset(filter(None, request.query.get("tweet.fields", "").split(",")))
    if wanted - _FIELDS:
        given = ",".join(sorted(wanted - _FIELDS))
        message = f"The `tweet.fields` query parameter value [{given}] is not one of [{','.join(sorted(_FIELDS))}]"
        raise _Invalid("tweet.fields", given, message)
    return wanted
