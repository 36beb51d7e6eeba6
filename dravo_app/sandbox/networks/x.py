"""X's API v2 below `/x`: who am I, and post. Looking back is in `x_timeline`, tokens in `x_oauth`, uploads in `x_media`."""

import json
import re
import time
from collections.abc import Callable
from sqlite3 import Connection

from dravo_app.sandbox import credentials, faults, media, store
from dravo_app.sandbox.credentials import Account
from dravo_app.sandbox.media import Medium
from dravo_app.sandbox.networks import x_media, x_oauth, x_pieces, x_text, x_timeline
from dravo_app.sandbox.networks import x_problems as problems
from dravo_app.sandbox.publishing import converse
from dravo_app.sandbox.wire import Reply, Request, Step, json_reply, read_json_object

DUPLICATE_WINDOW_SECONDS = 900
MOST_PHOTOS = 4
_EPOCH_MILLISECONDS = 1_288_834_974_657

_FIELDS = frozenset(
    (
        "text", "media", "poll", "quote_tweet_id", "reply", "reply_settings", "community_id", "share_with_followers",
        "made_with_ai", "paid_partnership", "edit_options", "nullcast", "geo", "card_uri", "for_super_followers_only",
        "direct_message_deep_link",
    )
)  # fmt: skip

Page = Callable[[Connection, Request, Account, str], Step]


def answer(connection: Connection, request: Request) -> Step:
    """What X answers to one call."""
    open_page = x_oauth.PAGES.get((request.method, request.path))
    if open_page is not None:
        return open_page(connection, request)
    for method, pattern, page, limit in PAGES:
        match = pattern.fullmatch(request.path)
        if match and request.method == method:
            account = _who_asks(connection, request)
            if isinstance(account, Reply):
                return account
            return _with_rate(page(connection, request, account, match["name"] if pattern.groups else ""), limit)
    return problems.no_such_page()


def _who_asks(connection: Connection, request: Request) -> Account | Reply:
    token = credentials.look_at(connection, "x", "access", request.bearer)
    if token.state != "live":
        return problems.unauthorized()
    account = credentials.find_account(connection, "x", token.account)
    assert account is not None
    return problems.suspended() if account.is_suspended else account


def _with_rate(step: Step, limit: int) -> Step:
    if isinstance(step, Reply) and step.ending == "answer" and step.status < 429:
        return step.with_headers(*problems.rate_headers(limit))
    return step


def _create(connection: Connection, request: Request, account: Account, _name: str) -> Step:
    body = read_json_object(request.body)
    if body is None:
        return problems.invalid("", "", "$: the body must be a JSON object")
    refusal = _refuse_body(body)
    if refusal is not None:
        return refusal
    text = str(body.get("text", ""))

    def show(connection: Connection) -> Reply:
        return _make_visible(connection, request, account, text, body)

    return converse(connection, request, problems.VOICE, account.key, text, show)


def _refuse_body(body: dict[str, object]) -> Reply | None:
    for name in body:
        if name not in _FIELDS:
            message = f"$.{name}: is not defined in the schema and the schema does not allow additional properties"
            return problems.invalid(name, str(body[name]), message)
    refusal = _refuse_media(body["media"]) if "media" in body else None
    if refusal is not None:
        return refusal
    text = body.get("text", "" if "media" in body else None)
    if not isinstance(text, str):
        return problems.invalid("text", str(text), "$.text: string expected")
    if not text.strip() and "media" not in body:
        return problems.invalid("text", text, "$.text: must be at least 1 characters long")
    return problems.too_long() if x_text.weight(text) > x_text.LONGEST_WEIGHT else None


def _refuse_media(given: object) -> Reply | None:
    """What the schema says of `media`; whether the ids are good is seen later."""
    ids = given.get("media_ids") if isinstance(given, dict) else None
    if not isinstance(ids, list):
        return problems.invalid("$.media.media_ids", str(ids), "$.media.media_ids: array expected")
    if not all(isinstance(item, str) and re.fullmatch("[0-9]{1,19}", item) for item in ids):
        message = "$.media.media_ids[0]: does not match the regex pattern ^[0-9]{1,19}$"
        return problems.invalid("$.media.media_ids", str(ids), message)
    if not 1 <= len(ids) <= MOST_PHOTOS:
        return problems.invalid(
            "$.media.media_ids", str(ids), "$.media.media_ids: must have from 1 to 4 items in the array"
        )
    return None


def _make_visible(
    connection: Connection, request: Request, account: Account, text: str, body: dict[str, object]
) -> Reply:
    now = time.time()
    ids = x_timeline.media_ids_of(body)
    attached = x_timeline.find_media(connection, account.key, ids)
    if not _can_be_attached(ids, attached):
        return problems.invalid("media.media_ids", ", ".join(ids), "Your media IDs are invalid.")
    if _is_duplicate(connection, account, text, ids, now):
        return problems.duplicate()
    post_id = _next_post_id(connection, now)
    connection.execute(
        "INSERT INTO posts (network, post_id, account, text, body, posted_at) VALUES ('x', ?, ?, ?, ?, ?)",
        (post_id, account.key, text, json.dumps(body), now),
    )
    permalink = x_timeline.permalink(account, post_id)
    store.append_to_log(connection, request, account.handle, post_id, text, permalink, media.as_logged(attached))
    shown = x_timeline.show(account, post_id, text, attached).text
    return json_reply(201, {"data": {"edit_history_tweet_ids": [post_id], "id": post_id, "text": shown}})


def _can_be_attached(ids: list[str], attached: list[Medium]) -> bool:
    """All there, all the author's own, processed and not past their day; up to four photos, or one animation."""
    is_good = len(attached) == len(set(ids)) == len(ids) and all(one.is_ready and not one.is_past for one in attached)
    return is_good and (len(attached) == 1 or not any(one.is_animated for one in attached))


def _is_duplicate(connection: Connection, account: Account, text: str, ids: list[str], now: float) -> bool:
    """The same text with the same media. Another upload of the same picture is another post."""
    if faults.allows_duplicates(connection, "x"):
        return False
    row = connection.execute(
        "SELECT 1 FROM posts WHERE network = 'x' AND account = ? AND posted_at > ? AND text = ? AND deleted_at IS NULL"
        " AND coalesce(json_extract(body, '$.media.media_ids'), '[]') = ?",
        (account.key, now - DUPLICATE_WINDOW_SECONDS, text, json.dumps(ids, separators=(",", ":"))),
    ).fetchone()
    return row is not None


def _next_post_id(connection: Connection, now: float) -> str:
    """A snowflake as X makes them: 41 bits of time, then a number that never repeats. Later ids are greater."""
    made = (int(now * 1000) - _EPOCH_MILLISECONDS) << 22
    last = connection.execute("SELECT max(post_id) FROM posts WHERE network = 'x'").fetchone()[0]
    return str(max(made, int(last or 0) + 1))


def _me(_connection: Connection, _request: Request, account: Account, _name: str) -> Reply:
    return json_reply(200, {"data": _user(account)})


def _user_by_name(connection: Connection, _request: Request, _account: Account, name: str) -> Reply:
    found = credentials.find_account(connection, "x", name)
    if found is None:
        return json_reply(200, {"errors": [problems.not_found("user", "username", name)]})
    return json_reply(200, {"data": _user(found)})


def _user(account: Account) -> dict[str, str]:
    return {"id": account.handle, "name": account.handle, "username": account.handle}


PAGES: tuple[tuple[str, re.Pattern[str], Page, int], ...] = (
    ("POST", re.compile("/2/tweets"), _create, 100),
    ("GET", re.compile("/2/users/me"), _me, 75),
    ("GET", re.compile("/2/users/by/username/(?P<name>[^/]+)"), _user_by_name, 300),
    ("GET", re.compile("/2/users/(?P<name>[^/]+)/tweets"), x_timeline.list_posts, 900),
    ("GET", re.compile("/2/tweets/(?P<name>[0-9]{1,19})"), x_timeline.get_post, 900),
    ("POST", re.compile("/2/media/upload"), x_media.upload, 1875),
    ("GET", re.compile("/2/media/upload"), x_media.status, 1000),
    ("POST", re.compile("/2/media/upload/initialize"), x_pieces.initialize, 1875),
    ("POST", re.compile("/2/media/upload/(?P<name>[0-9]{1,19})/append"), x_pieces.append, 1875),
    ("POST", re.compile("/2/media/upload/(?P<name>[0-9]{1,19})/finalize"), x_pieces.finalize, 1875),
    ("POST", re.compile("/2/media/metadata"), x_media.describe, 500),
    ("DELETE", re.compile("/2/tweets/(?P<name>[0-9]{1,19})"), x_timeline.delete_post, 50),
)
