"""X's API v2 below `/x`: who am I, and post. Looking back is in `x_timeline`, consent and tokens in `x_oauth`."""

import json
import re
import time
from collections.abc import Callable
from sqlite3 import Connection

from dravo_app.sandbox import credentials, faults, store
from dravo_app.sandbox.credentials import Account
from dravo_app.sandbox.networks import x_oauth, x_text, x_timeline
from dravo_app.sandbox.networks import x_problems as problems
from dravo_app.sandbox.publishing import converse
from dravo_app.sandbox.wire import Reply, Request, Step, json_reply, read_json_object

DUPLICATE_WINDOW_SECONDS = 900
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
    text = str(body["text"])

    def show(connection: Connection) -> Reply:
        return _make_visible(connection, request, account, text, body)

    return converse(connection, request, problems.VOICE, account.key, text, show)


def _refuse_body(body: dict[str, object]) -> Reply | None:
    for name in body:
        if name not in _FIELDS:
            message = f"$.{name}: is not defined in the schema and the schema does not allow additional properties"
            return problems.invalid(name, str(body[name]), message)
    text = body.get("text")
    if not isinstance(text, str):
        return problems.invalid("text", str(text), "$.text: string expected")
    if not text.strip():
        return problems.invalid("text", text, "$.text: must be at least 1 characters long")
    if "media" in body:
        return problems.invalid("media.media_ids", str(body["media"]), "Your media IDs are invalid.")
    return problems.too_long() if x_text.weight(text) > x_text.LONGEST_WEIGHT else None


def _make_visible(
    connection: Connection, request: Request, account: Account, text: str, body: dict[str, object]
) -> Reply:
    now = time.time()
    if _is_duplicate(connection, account, text, now):
        return problems.duplicate()
    post_id = _next_post_id(connection, now)
    connection.execute(
        "INSERT INTO posts (network, post_id, account, text, body, posted_at) VALUES ('x', ?, ?, ?, ?, ?)",
        (post_id, account.key, text, json.dumps(body), now),
    )
    permalink = f"https://x.com/{account.handle}/status/{post_id}"
    store.append_to_log(connection, request, account.handle, post_id, text, permalink)
    shown = x_text.show(post_id, text).text
    return json_reply(201, {"data": {"edit_history_tweet_ids": [post_id], "id": post_id, "text": shown}})


def _is_duplicate(connection: Connection, account: Account, text: str, now: float) -> bool:
    if faults.allows_duplicates(connection, "x"):
        return False
    row = connection.execute(
        "SELECT 1 FROM posts WHERE network = 'x' AND account = ? AND posted_at > ? AND text = ? AND deleted_at IS NULL",
        (account.key, now - DUPLICATE_WINDOW_SECONDS, text),
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
    ("DELETE", re.compile("/2/tweets/(?P<name>[0-9]{1,19})"), x_timeline.delete_post, 50),
)
