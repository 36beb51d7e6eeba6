"""The first answer to a write with an Idempotency-Key, stored in the transaction of what it created."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from dravo_app.models.columns import Row, foreign_key, instant, text_column


class IdempotencyRecord(Row, table=True):
    """Kept 72 h; the scope is workspace, environment, method and route."""

    __tablename__ = "idempotency_record"
    __table_args__ = (
        UniqueConstraint(
            "workspace_key", "environment", "method", "route", "idempotency_key", name="uq_idempotency_record_scope"
        ),
    )

    workspace_key: int = foreign_key("workspace")
    environment: str = Field(max_length=8)
    method: str = Field(max_length=8)
    route: str = Field(max_length=255)
    idempotency_key: str = Field(max_length=255)
    request_hash: str = Field(max_length=64)
    status_code: int
    response_body: str = text_column()
    created_at: datetime = instant()
    expires_at: datetime = instant(index=True)
