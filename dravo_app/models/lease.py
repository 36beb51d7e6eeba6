"""Who holds a role, until when: the ticker's leader, a worker's presence, an account's token refresh."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from dravo_app.models.columns import BigKey, foreign_key, instant, json_column


class Lease(SQLModel, table=True):
    """Taken and renewed by conditional update. `fence` grows with each new holder, who has had it `since` then.

    `about` is what a process says of itself with its presence.
    """

    __tablename__ = "lease"

    name: str = Field(primary_key=True, max_length=96)
    workspace_key: int = foreign_key("workspace")
    holder: str = Field(max_length=96)
    fence: int = Field(default=1, sa_type=BigKey)
    until: datetime = instant()
    since: datetime | None = instant(default=None)
    about: dict[str, object] | None = json_column(default=None)
