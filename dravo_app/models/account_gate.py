"""Whether an account may be sent to now: its delivery in flight, and the instant before which it must rest."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from dravo_app.models.columns import BigKey, foreign_key, instant


class AccountGate(SQLModel, table=True):
    """One row per account, made with it. A claim locks this row, so two workers never send for one account at once.

    `network` and `app` name the gates (`NetworkGate`) that this account stands behind, None where that isn't known yet.
    """

    __tablename__ = "account_gate"

    account_key: int = Field(foreign_key="account.key", primary_key=True, sa_type=BigKey)
    workspace_key: int = foreign_key("workspace")
    in_flight_key: int | None = Field(default=None, sa_type=BigKey)
    network: str | None = Field(default=None, max_length=200)
    app: str | None = Field(default=None, max_length=200)
    next_allowed_at: datetime | None = instant(default=None)
