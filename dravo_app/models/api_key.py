"""A program's credential. Shown once; kept as a hash."""

from datetime import datetime

from sqlmodel import Field

from dravo_app.models.columns import Row, foreign_key, instant, one_of
from dravo_app.models.environment import Environment


class ApiKey(Row, table=True):
    __tablename__ = "api_key"
    __table_args__ = (one_of("environment", Environment, "api_key"),)

    workspace_key: int = foreign_key("workspace", index=True)
    environment: str
    name: str
    token_hash: str = Field(max_length=64, unique=True)
    last_four: str = Field(max_length=4)
    created_at: datetime = instant()
    last_used_at: datetime | None = instant(default=None)
    expires_at: datetime | None = instant(default=None)
    revoked_at: datetime | None = instant(default=None)
