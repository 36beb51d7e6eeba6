"""A person. The only table without a workspace: one person may belong to several."""

from datetime import datetime

from sqlmodel import Field

from dravo_app.models.columns import Row, instant


class User(Row, table=True):
    """`email` is kept as it is compared: trimmed and in lower case."""

    __tablename__ = "user_account"  # `user` is a reserved word in PostgreSQL

    email: str = Field(max_length=320, unique=True)
    password_hash: str
    created_at: datetime = instant()
