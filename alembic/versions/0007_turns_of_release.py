"""Indexes by workspace for fair turns in what comes due: scheduled posts, and deliveries that rest before their next try."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_DUE = sa.text("status = 'scheduled' AND held_at IS NULL")
_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_index(
        "ix_publish_job_turn",
        "publish_job",
        ["workspace_key", "scheduled_at", "key"],
        sqlite_where=_DUE,
        postgresql_where=_DUE,
    )
    op.create_index(
        "ix_delivery_rested",
        "delivery",
        ["workspace_key", "run_at", "key"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_rested", "delivery")
    op.drop_index("ix_publish_job_turn", "publish_job")
