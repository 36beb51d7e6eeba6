"""Column types and the two columns every table has; what SQLAlchemy doesn't give on both databases alike."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, DateTime, Dialect, Integer, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

BigKey = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only in INTEGER PRIMARY KEY
JsonColumn = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware on both sides, UTC in between. SQLite would lose the zone without it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone can't be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Row(SQLModel):
    """What every table has: an integer key for joins and order, and a public id for people and programs."""

    key: int | None = Field(default=None, primary_key=True, sa_type=BigKey)
    id: str = Field(max_length=48, unique=True)


def one_of(column: str, words: type[StrEnum], table: str) -> CheckConstraint:
    """Enums are text with a CHECK: readable in any client, and a wrong word can't be stored."""
    listed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"ck_{table}_{column}")


def foreign_key(target: str, **more: Any) -> Any:
    """An integer reference to another table's key."""
    return Field(foreign_key=f"{target}.key", sa_type=BigKey, **more)


def instant(**more: Any) -> Any:
    """A UTC instant column."""
    return Field(sa_type=UTCDateTime, **more)


def json_column(**more: Any) -> Any:
    """A JSON column (JSONB on PostgreSQL)."""
    return Field(sa_type=JsonColumn, **more)


def text_column(**more: Any) -> Any:
    """Text of any length."""
    return Field(sa_type=String, **more)
