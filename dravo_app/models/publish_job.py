"""What the caller asked for: one text to one or more accounts, now or at its time."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field

from dravo_app.models.columns import Row, foreign_key, instant, json_column, one_of, text_column
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


class PublishJob(Row, table=True):
    """`status` is the roll-up of its deliveries, kept here so that lists can filter by it. `search_text` is the text as
    `services/search.py` cut it into words, the same on both databases. `held_at`: since when some delivery of it is held;
    `released_at`: when Dravo, or a person who let it go, took it up."""

    __tablename__ = "publish_job"
    __table_args__ = (
        one_of("environment", Environment, "publish_job"),
        one_of("status", JobStatus, "publish_job"),
        Index("ix_publish_job_list", "workspace_key", "environment", "key"),
        Index("ix_publish_job_status", "workspace_key", "environment", "status", "key"),
        Index(
            "ix_publish_job_due",
            "scheduled_at",
            sqlite_where=_DUE,
            postgresql_where=_DUE,
        ),
        Index("ix_publish_job_held", "workspace_key", "environment", "key", sqlite_where=_HELD, postgresql_where=_HELD),
    )

    workspace_key: int = foreign_key("workspace")
    environment: str
    status: str
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
