"""How far this database has come: counted up while workers run, and remembered outside of it, so that going back shows."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from dravo_app.models.columns import BigKey, foreign_key, instant


class Watermark(SQLModel, table=True):
    """One row, made by the migration. `lineage` names the database by its content: a copy has it, too, a new one another.

    `restored_at` is when it was last found to have gone back, or said to have.
    """

    __tablename__ = "watermark"

    lineage: str = Field(primary_key=True, max_length=32)
    workspace_key: int = foreign_key("workspace")
    round: int = Field(default=0, sa_type=BigKey)
    restored_at: datetime | None = instant(default=None)
