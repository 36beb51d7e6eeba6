"""What the caller asked for: one text to one or more accounts, now or at its time."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import reduce
from operator import or_

from sqlalchemy import Index, text
from sqlmodel import Field

from dravo_app.models.columns import BigKey, Row, foreign_key, instant, json_column, one_of, text_column
from dravo_app.models.environment import Environment


class JobStatus(StrEnum):
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    PROCESSING = "processing"
    PUBLISHED = "published"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELED = "canceled"


_DUE = text("status = 'scheduled' AND held_at IS NULL")
_HELD = text("held_at IS NOT NULL")

NETWORK_BITS = {
    "x": 1,
    "linkedin": 2,
    "facebook": 4,
    "instagram": 8,
    "threads": 16,
    "tiktok": 32,
    "youtube": 64,
    "pinterest": 128,
    "reddit": 256,
    "bluesky": 512,
    "mastodon": 1024,
    "telegram": 2048,
    "discord": 4096,
}
"""A network's bit in `networks`, for ever: a new network comes last."""


class PublishJob(Row, table=True):
    """`status` is the roll-up of its deliveries, kept here so that lists can filter by it; `networks` has a bit for each
    network that it goes to, so that lists count without a join. `search_text` is the text as `services/search.py` cut it
    into words, the same on both databases. `held_at`: since when some delivery of it is held; `released_at`: when Dravo, or
    a person who let it go, took it up."""

    __tablename__ = "publish_job"
    __table_args__ = (
        one_of("environment", Environment, "publish_job"),
        one_of("status", JobStatus, "publish_job"),
        Index("ix_publish_job_list", "workspace_key", "environment", "key", "scheduled_at"),
        Index("ix_publish_job_status", "workspace_key", "environment", "status", "key", "networks"),
        Index(
            "ix_publish_job_created", "workspace_key", "environment", "created_at", "key", "status", "networks"
        ),  # counts whatever is filtered by without touching a row
        Index(
            "ix_publish_job_scheduled",
            "workspace_key",
            "environment",
            "scheduled_at",
            "key",
            "status",
            "networks",
            sqlite_where=text("scheduled_at IS NOT NULL"),
            postgresql_where=text("scheduled_at IS NOT NULL"),
        ),
        Index(
            "ix_publish_job_due",
            "scheduled_at",
            sqlite_where=_DUE,
            postgresql_where=_DUE,
        ),
        Index(
            "ix_publish_job_turn",
            "workspace_key",
            "scheduled_at",
            "key",
            sqlite_where=_DUE,
            postgresql_where=_DUE,
        ),
        Index("ix_publish_job_held", "workspace_key", "environment", "key", sqlite_where=_HELD, postgresql_where=_HELD),
    )

    workspace_key: int = foreign_key("workspace")
    environment: str
    status: str
    networks: int = Field(default=0, sa_type=BigKey, sa_column_kwargs={"server_default": "0"})
    text: str = text_column()
    search_text: str = text_column()
    media_urls: list[str] = json_column(default_factory=list)
    provider_options: dict[str, object] = json_column(default_factory=dict)
    job_metadata: dict[str, str] = json_column(default_factory=dict)
    author: str = Field(max_length=48)
    late_policy: str | None = Field(default=None, max_length=16)
    scheduled_at: datetime | None = instant(default=None)
    held_at: datetime | None = instant(default=None)
    released_at: datetime | None = instant(default=None)
    created_at: datetime = instant()
    finished_at: datetime | None = instant(default=None)


def bits_of(networks: Iterable[str]) -> int:
    """The value of `networks` for a job that goes to these."""
    return reduce(or_, (NETWORK_BITS[slug] for slug in networks), 0)
