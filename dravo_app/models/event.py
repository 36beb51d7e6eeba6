"""What happened, one row per change of state, written in the transaction that makes the change."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from dravo_app.models.columns import Row, foreign_key, instant, json_column


class Event(Row, table=True):
    """`type` is `job.<status>` or `delivery.<state>` or `account.<word>` or `workspace.late_policy`; `details` never holds a secret."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_workspace", "workspace_key", "key"), Index("ix_event_job", "job_key"))

    workspace_key: int = foreign_key("workspace")
    environment: str = Field(max_length=8)
    type: str = Field(max_length=64)
    job_key: int | None = foreign_key("publish_job", default=None)
    delivery_key: int | None = foreign_key("delivery", default=None)
    account_key: int | None = foreign_key("account", default=None)
    details: dict[str, object] = json_column(default_factory=dict)
    created_at: datetime = instant()
