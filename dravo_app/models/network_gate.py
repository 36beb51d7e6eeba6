"""Whether a network, or a developer app at it, may be asked now: broken answers in a row, and the instant before which it rests."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from dravo_app.models.columns import foreign_key, instant


class GateReason(StrEnum):
    OUTAGE = "outage"
    THROTTLED = "throttled"
    TRIAL = "trial"


class NetworkGate(SQLModel, table=True):
    """`name` says which world, network and server (`live:mastodon:mastodon.social`) or app; no row means: never any trouble.

    Shared by all workspaces, kept with the one that every installation has, as leases are. `failures` counts answers that broke,
    in a row; past a limit the gate is closed and lets one delivery through at a time to see.
    """

    __tablename__ = "network_gate"

    name: str = Field(primary_key=True, max_length=200)
    workspace_key: int = foreign_key("workspace")
    failures: int = 0
    next_allowed_at: datetime | None = instant(default=None)
    reason: str | None = Field(default=None, max_length=16)
    changed_at: datetime = instant()
