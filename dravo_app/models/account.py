"""A connected profile or page."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from dravo_app.models.columns import Row, foreign_key, instant, json_column, one_of, text_column
from dravo_app.models.environment import Environment


class Health(StrEnum):
    OK = "ok"
    NEEDS_RECONNECT = "needs_reconnect"
    BLOCKED = "blocked"
    DISCONNECTED = "disconnected"


class Account(Row, table=True):
    """`handle` is the network's word, `name` the team's own for it, None where nobody chose one. `credentials_sealed` opens
    only in this row. A disconnected account keeps its row, for the history's sake. `own_limits` are those of the account's own
    server, as it said at `own_limits_read_at`; empty where the network is one for all.
    """

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("workspace_key", "environment", "provider", "platform_account_id", name="uq_account_profile"),
        one_of("environment", Environment, "account"),
        one_of("health", Health, "account"),
        Index("ix_account_list", "workspace_key", "environment", "key"),
    )

    workspace_key: int = foreign_key("workspace")
    environment: str
    provider: str = Field(max_length=32)
    platform_account_id: str
    handle: str
    name: str | None = text_column(default=None)
    credentials_sealed: str = text_column()
    credentials_version: int = 1
    connection_type: str = "credentials"
    health: str = Health.OK.value
    health_reason: str | None = text_column(default=None)
    token_expires_at: datetime | None = instant(default=None)
    own_limits: dict[str, int] | None = json_column(default=None)
    own_limits_read_at: datetime | None = instant(default=None)
    created_at: datetime = instant()
    disconnected_at: datetime | None = instant(default=None)
