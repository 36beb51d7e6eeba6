"""Mastodon's reading side: accounts, posts, the text as it was written, timelines with their Link header, deletion."""

import re
import time
from sqlite3 import Connection
from urllib.parse import urlencode

from dravo_app.sandbox import credentials
from dravo_app.sandbox.credentials import Account
from dravo_app.sandbox.networks import mastodon_errors as errors
from dravo_app.sandbox.networks.mastodon_entities import (
    NETWORK,
    Status,
    account_entity,
    find_status,
    list_statuses,
    own_account_entity,
    status_entity,
)
from dravo_app.sandbox.networks.mastodon_errors import Refused
from dravo_app.sandbox.wire import Reply, Request, json_reply

_FOR_EVERYBODY = "json_extract(body, '$.visibility') IN ('public', 'unlisted')"
_BOUNDS = {"max_id": "<", "since_id": ">", "min_id": ">"}


def verify(connection: Connection, _request: Request, account: Account, _name: str) -> Reply:
    """`GET /api/v1/accounts/verify_credentials`."""
    return json_reply(200, own_account_entity(connection, account))


def look_up_account(connection: Connection, request: Request, _account: Account | None, _name: str) -> Reply:
    """`GET /api/v1/accounts/lookup?acct=`."""
    return json_reply(200, account_entity(connection, _author(connection, request.query.get("acct", ""))))


def get_account(connection: Connection, _request: Request, _account: Account | None, name: str) -> Reply:
    """`GET /api/v1/accounts/:id`."""
    return json_reply(200, account_entity(connection, _author(connection, name, by_id=True)))


def list_posts(connection: Connection, request: Request, account: Account | None, name: str) -> Reply:
    """`GET /api/v1/accounts/:id/statuses`, newest first; with `min_id` the ones right after it."""
    author = _author(connection, name, by_id=True)
    where, values = ["account = ?"], [author.key]
    if account is None or account.key != author.key:
        where.append(_FOR_EVERYBODY)
    for bound, sign in _BOUNDS.items():
        if request.query.get(bound):
            where.append(f"post_id {sign} ?")
            values.append(request.query[bound])
    if request.query.get("exclude_replies") == "true":
        where.append("json_extract(body, '$.in_reply_to_id') IS NULL")
    if request.query.get("only_media") == "true":
        where.append("json_array_length(body, '$.media_ids') > 0")
    limit, order = _limit(request), "ASC" if request.query.get("min_id") else "DESC"
    found = list_statuses(connection, f"{' AND '.join(where)} ORDER BY post_id {order} LIMIT {limit}", tuple(values))
    page = sorted(found, key=lambda status: status.post_id, reverse=True)
    shown = [status_entity(connection, request, status, author) for status in page]
    return json_reply(200, shown, *_links(request, page, limit))


def get_post(connection: Connection, request: Request, account: Account | None, name: str) -> Reply:
    """`GET /api/v1/statuses/:id`."""
    status = _visible(connection, name, account)
    return json_reply(200, status_entity(connection, request, status, _author(connection, status.account)))


def get_source(connection: Connection, _request: Request, account: Account, name: str) -> Reply:
    """`GET /api/v1/statuses/:id/source`: the text as it was written."""
    status = _visible(connection, name, account)
    written = {"id": status.post_id, "text": status.text, "spoiler_text": status.details["spoiler_text"]}
    return json_reply(200, written)


def delete_post(connection: Connection, request: Request, account: Account, name: str) -> Reply:
    """`DELETE /api/v1/statuses/:id`: of one's own. The log keeps what the world saw."""
    status = find_status(connection, name)
    if status is None or status.account != account.key:
        return errors.not_found()
    shown = status_entity(connection, request, status, account)
    connection.execute(
        f"UPDATE posts SET deleted_at = ? WHERE network = '{NETWORK}' AND post_id = ?", (time.time(), name)
    )
    return json_reply(200, {**shown, "text": status.text})


def _visible(connection: Connection, post_id: str, account: Account | None) -> Status:
    status = find_status(connection, post_id)
    is_own = status is not None and account is not None and status.account == account.key
    if status is None or not (is_own or status.visibility in ("public", "unlisted")):
        raise Refused(errors.not_found())
    return status


def _author(connection: Connection, name: str, *, by_id: bool = False) -> Account:
    account = credentials.find_account(connection, NETWORK, name)
    if account is None or (by_id and account.native_id != name):
        raise Refused(errors.not_found())
    return account


def _limit(request: Request) -> int:
    given = request.query.get("limit", "20")
    return min(max(int(given), 1), 40) if re.fullmatch("[0-9]{1,4}", given) else 20


def _links(request: Request, page: list[Status], limit: int) -> tuple[tuple[str, str], ...]:
    """Where the pages before and after this one are; the older only when there may be more."""
    if not page:
        return ()
    kept = {name: value for name, value in request.query.items() if name not in _BOUNDS}
    here = request.base_url + request.path
    older = f'<{here}?{urlencode({**kept, "max_id": page[-1].post_id})}>; rel="next"'
    newer = f'<{here}?{urlencode({**kept, "min_id": page[0].post_id})}>; rel="prev"'
    return (("link", f"{older}, {newer}" if len(page) >= limit else newer),)
