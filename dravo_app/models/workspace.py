"""A workspace: the team whose accounts, posts and keys these are. The first migration makes one."""

from datetime import datetime

from sqlmodel import Field

from dravo_app.models.columns import Row, instant, text_column


class Workspace(Row, table=True):
    """`seal_check` is a constant sealed by the key in use: it tells at start whether the key fits the database."""

    __tablename__ = "workspace"

    name: str
    seal_check: str | None = text_column(default=None)
    late_policy: str = Field(default="publish", max_length=16, sa_column_kwargs={"server_default": "publish"})
    created_at: datetime = instant()
