"""Who belongs to which workspace, as what."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint

from dravo_app.models.columns import Row, foreign_key, instant, one_of


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


class Membership(Row, table=True):
    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("workspace_key", "user_key", name="uq_membership_workspace_user"),
        one_of("role", Role, "membership"),
    )

    workspace_key: int = foreign_key("workspace")
    user_key: int = foreign_key("user_account", index=True)
    role: str
    created_at: datetime = instant()
