"""Who holds a role, until when: the ticker's leader, a worker's presence, an account's token refresh."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from dravo_app.models.columns import BigKey, foreign_key, instant


class Lease(SQLModel, table=True):
    """Taken and renewed by conditional update. `fence` grows with each new holder."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True, max_length=96)
    workspace_key: int = foreign_key("workspace")
    holder: str = Field(max_length=96)
    fence: int = Field(default=1, sa_type=BigKey)
    until: datetime = instant()
