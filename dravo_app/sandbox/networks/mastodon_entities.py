"""How Mastodon shows an account, a post, a picture and a poll to the API's readers."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from sqlite3 import Connection

from dravo_app.sandbox import credentials, media
from dravo_app.sandbox.credentials import Account
from dravo_app.sandbox.media import Medium
from dravo_app.sandbox.networks.mastodon_text import DOMAIN, entities, render
from dravo_app.sandbox.wire import Request, iso_time

NETWORK = "mastodon"
_COLUMNS = "post_id, account, text, body, posted_at"


@dataclass(frozen=True, slots=True)
class Status:
    """One post as stored: `details` is all but its text."""

    post_id: str
    account: str
    text: str
    details: Mapping[str, object]
    posted_at: float

    @property
    def visibility(self) -> str:
        return str(self.details["visibility"])


def profile_url(username: str) -> str:
    return f"https://{DOMAIN}/@{username}"


def status_url(username: str, post_id: str) -> str:
    return f"{profile_url(username)}/{post_id}"


def find_status(connection: Connection, post_id: str) -> Status | None:
    """A post that is there."""
    found = list_statuses(connection, "post_id = ?", (post_id,))
    return found[0] if found else None


def list_statuses(connection: Connection, where: str, values: tuple[object, ...]) -> list[Status]:
    """Posts that are there, by a condition of SQL, which may also say their order."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM posts WHERE network = '{NETWORK}' AND deleted_at IS NULL AND {where}", values
    )
    return [Status(row[0], row[1], row[2], json.loads(row[3]), row[4]) for row in rows]


def account_entity(connection: Connection, account: Account) -> dict[str, object]:
    """Account, as everybody sees it."""
    count = connection.execute(
        f"SELECT count(*) FROM posts WHERE network = '{NETWORK}' AND account = ? AND deleted_at IS NULL", (account.key,)
    ).fetchone()[0]
    missing = f"https://{DOMAIN}/avatars/original/missing.png"
    return {
        "id": account.native_id, "username": account.handle, "acct": account.handle, "display_name": account.handle,
        "locked": False, "bot": False, "discoverable": True, "group": False, "created_at": "2026-01-01T00:00:00.000Z",
        "note": "", "url": profile_url(account.handle), "uri": f"https://{DOMAIN}/users/{account.handle}",
        "avatar": missing, "avatar_static": missing, "header": missing, "header_static": missing, "followers_count": 0,
        "following_count": 0, "statuses_count": count, "last_status_at": None, "emojis": [], "fields": [],
    }  # fmt: skip


def own_account_entity(connection: Connection, account: Account) -> dict[str, object]:
    """CredentialAccount, as its owner sees it."""
    source = {"privacy": "public", "sensitive": False, "language": None, "note": "", "fields": []}
    role = {"id": "-99", "name": "", "permissions": "65536", "color": "", "highlighted": False}
    return {**account_entity(connection, account), "source": source, "role": role}


def status_entity(connection: Connection, request: Request, status: Status, author: Account) -> dict[str, object]:
    """Status. Its content is HTML; the text as written is only in `source`."""
    given = status.details
    url = status_url(author.handle, status.post_id)
    found = entities(status.text)
    named = [_find_named(connection, item.value) for item in found if item.kind == "name"]
    tags = dict.fromkeys(item.value.lower() for item in found if item.kind == "tag")
    return {
        "id": status.post_id, "created_at": iso_time(status.posted_at), "in_reply_to_id": given.get("in_reply_to_id"),
        "in_reply_to_account_id": None, "sensitive": given["sensitive"],
        "spoiler_text": given["spoiler_text"], "visibility": status.visibility,
        "language": given["language"], "uri": f"https://{DOMAIN}/users/{author.handle}/statuses/{status.post_id}",
        "url": url, "replies_count": 0, "reblogs_count": 0, "favourites_count": 0, "quotes_count": 0,
        "edited_at": None, "content": render(status.text, lambda name: _profile_of(connection, name)),
        "reblog": None, "quote": None, "application": {"name": "Sandbox", "website": None},
        "account": account_entity(connection, author),
        "media_attachments": [media_entity(request, medium) for medium in media_of(connection, status)],
        "mentions": list({account.key: _mention(account) for account in named if account}.values()),
        "tags": [{"name": tag, "url": f"https://{DOMAIN}/tags/{tag}"} for tag in tags],
        "emojis": [], "card": None, "poll": poll_entity(status),
    }  # fmt: skip


def media_of(connection: Connection, status: Status) -> list[Medium]:
    ids = status.details.get("media_ids")
    return media.shown_by(connection, NETWORK, status.post_id, ids) if isinstance(ids, list) else []


def media_entity(request: Request, medium: Medium) -> dict[str, object]:
    """MediaAttachment; `url` is null until it is processed."""
    url = request.base_url.removesuffix(f"/{NETWORK}") + medium.address if medium.is_ready else None
    original: dict[str, object] = {}
    if medium.width and medium.height:
        size = f"{medium.width}x{medium.height}"
        original = {
            "width": medium.width, "height": medium.height, "size": size, "aspect": medium.width / medium.height,
        }  # fmt: skip
    return {
        "id": medium.media_id, "type": "gifv" if medium.content_type == "image/gif" else "image", "url": url,
        "preview_url": url, "remote_url": None, "preview_remote_url": None, "text_url": None,
        "meta": {"original": original} if original else {}, "description": medium.alt_text or None,
        "blurhash": "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
    }  # fmt: skip


def poll_entity(status: Status) -> dict[str, object] | None:
    """Poll, without votes: nobody lives here to give any."""
    poll = status.details.get("poll")
    if not isinstance(poll, dict):
        return None
    is_over = float(poll["expires_at"]) <= time.time()
    votes = None if poll["hide_totals"] and not is_over else 0
    return {
        "id": status.post_id, "expires_at": iso_time(float(poll["expires_at"])), "expired": is_over,
        "multiple": poll["multiple"], "votes_count": 0, "voters_count": 0, "voted": True, "own_votes": [],
        "options": [{"title": title, "votes_count": votes} for title in poll["options"]], "emojis": [],
    }  # fmt: skip


def _profile_of(connection: Connection, name: str) -> str | None:
    account = _find_named(connection, name)
    return profile_url(account.handle) if account else None


def _find_named(connection: Connection, name: str) -> Account | None:
    """Only accounts of this server are known; a name elsewhere stays text."""
    username, _, domain = name.partition("@")
    is_here = not domain or domain.lower() == DOMAIN
    return credentials.find_account(connection, NETWORK, username) if is_here else None


def _mention(account: Account) -> dict[str, str]:
    return {
        "id": account.native_id, "username": account.handle, "url": profile_url(account.handle), "acct": account.handle,
    }  # fmt: skip
