"""Mastodon's side of the contract: credentials, a post to send, and what a well-behaved server answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dravo_app.providers.types import Credentials, Json, Medium, Publication

TOKEN = "tok-access-4711"
CREDENTIALS: Credentials = {"access_token": TOKEN, "instance": "https://mastodon.example", "account_id": "42"}
STARTED_AT = datetime.now(UTC).replace(microsecond=123456)
STATUSES = "/api/v1/statuses"
OWN = "/api/v1/accounts/42/statuses"
HOME = "/api/v1/timelines/home"
VERIFY = "/api/v1/accounts/verify_credentials"
MEDIA = "/api/v2/media"
INSTANCE = "/api/v2/instance"
ADDRESS = "https://mastodon.example/@alice/1890"


def publication(text: str = "Hello", options: Mapping[str, Json] | None = None, **more: Any) -> Publication:
    """A post of delivery `dlv_1`; `more` are other fields of it."""
    post = Publication("dlv_1", "42@mastodon.example", "alice@mastodon.example", text, STARTED_AT, options or {})
    return replace(post, **more)


def status(post_id: str = "1890", content: str = "<p>Hello</p>", **more: object) -> dict[str, object]:
    """A status as servers show it, made now."""
    made = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "id": post_id,
        "uri": f"https://mastodon.example/users/alice/statuses/{post_id}",
        "url": f"https://mastodon.example/@alice/{post_id}",
        "account": {"id": "42", "acct": "alice"},
        "created_at": made,
        "content": content,
        "spoiler_text": "",
        "visibility": "public",
        "media_attachments": [],
        "reblog": None,
    } | more


def picture(alt_text: str = "") -> Medium:
    """A file to send; its content matters to nobody here."""
    path = Path(__file__).with_name("__init__.py")
    return Medium(path, "image/png", path.stat().st_size, 1, 1, alt_text)
