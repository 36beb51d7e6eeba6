"""A publish job to one account: the row that moves. Its states and their legal changes: `services/publishing/lifecycle.py`."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from dravo_app.models.columns import BigKey, Row, foreign_key, instant, json_column, one_of, text_column
from dravo_app.models.environment import Environment


class DeliveryState(StrEnum):
    SCHEDULED = "scheduled"
    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    PROCESSING = "processing"
    WAITING = "waiting"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"
    PUBLISHED = "published"
    CANCELED = "canceled"


_CLAIMABLE = text("state IN ('queued', 'waiting', 'processing', 'unconfirmed')")
_WAITING = text("state = 'waiting'")
_SENDING = text("state = 'sending'")


class Delivery(Row, table=True):
    """`run_at`: not before that instant. `lease_until`, `lease_owner`, `fence`: who works on it, until when, and the number
    that outdates a zombie. `first_tried_at` never changes once set:
    a network's key and a look-up's window are made from it. `begun_at` starts the clock of this round of tries: a person may
    begin another. `tries` counts attempts used up, `looks` successful look-ups since the outcome became unknown.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("job_key", "account_key", name="uq_delivery_job_account"),
        one_of("environment", Environment, "delivery"),
        one_of("state", DeliveryState, "delivery"),
        Index("ix_delivery_claimable", "run_at", "key", sqlite_where=_CLAIMABLE, postgresql_where=_CLAIMABLE),
        Index(
            "ix_delivery_turn", "workspace_key", "run_at", "key", sqlite_where=_CLAIMABLE, postgresql_where=_CLAIMABLE
        ),
        Index("ix_delivery_rested", "workspace_key", "run_at", "key", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_delivery_lease", "lease_until", sqlite_where=_SENDING, postgresql_where=_SENDING),
        Index("uq_delivery_in_flight", "account_key", unique=True, sqlite_where=_SENDING, postgresql_where=_SENDING),
        Index("ix_delivery_account", "account_key", "job_key"),
        Index("uq_delivery_post", "account_key", "platform_post_id", unique=True),  # one post answers for one delivery
        Index("ix_delivery_provider", "workspace_key", "environment", "provider", "job_key"),
    )

    workspace_key: int = foreign_key("workspace")
    environment: str
    job_key: int = foreign_key("publish_job")
    account_key: int = foreign_key("account")
    provider: str = Field(max_length=32)
    state: str
    state_reason: str | None = text_column(default=None)
    run_at: datetime = instant()
    lease_until: datetime | None = instant(default=None)
    lease_owner: str | None = Field(default=None, max_length=64)
    fence: int = Field(default=0, sa_type=BigKey)
    tries: int = 0
    looks: int = 0
    first_tried_at: datetime | None = instant(default=None)
    begun_at: datetime | None = instant(default=None)
    unknown_since: datetime | None = instant(default=None)
    handle: dict[str, object] | None = json_column(default=None)
    platform_post_id: str | None = text_column(default=None)
    permalink: str | None = text_column(default=None)
    error_code: str | None = Field(default=None, max_length=64)
    error_message: str | None = text_column(default=None)
    who_acts: str | None = Field(default=None, max_length=16)
    retry_at: datetime | None = instant(default=None)
    raw_response: str | None = text_column(default=None)
    created_at: datetime = instant()
    changed_at: datetime = instant()
    finished_at: datetime | None = instant(default=None)
