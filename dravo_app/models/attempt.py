"""One conversation with a network about a delivery: written before it starts, closed once, never edited after."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from dravo_app.models.columns import BigKey, Row, foreign_key, instant, one_of, text_column


class AttemptKind(StrEnum):
    PUBLISH = "publish"
    RESUME = "resume"
    LOOK_UP = "look_up"


class AttemptResult(StrEnum):
    OPEN = "open"
    PUBLISHED = "published"
    PROCESSING = "processing"
    ABSENT = "absent"
    FAILED = "failed"
    LOST = "lost"


class Attempt(Row, table=True):
    """`fingerprint` is the SHA-256 of what was to be sent. `lost`: nobody came back with an answer."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("delivery_key", "number", name="uq_attempt_delivery_number"),
        one_of("kind", AttemptKind, "attempt"),
        one_of("result", AttemptResult, "attempt"),
    )

    workspace_key: int = foreign_key("workspace")
    delivery_key: int = foreign_key("delivery")
    number: int
    fence: int = Field(sa_type=BigKey)
    kind: str
    result: str = AttemptResult.OPEN.value
    fingerprint: str = Field(max_length=64)
    error_code: str | None = Field(default=None, max_length=64)
    error_message: str | None = text_column(default=None)
    http_status: int | None = None
    raw_response: str | None = text_column(default=None)
    started_at: datetime = instant()
    closed_at: datetime | None = instant(default=None)
