"""A watermark that shows when the database has gone back in time; what is held is left out of what is due."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WAS_DUE = sa.text("status = 'scheduled'")
_DUE = sa.text("status = 'scheduled' AND held_at IS NULL")
_HELD = sa.text("held_at IS NOT NULL")


def upgrade() -> None:
    watermark = op.create_table(
        "watermark",
        sa.Column("lineage", sa.String(length=32), nullable=False),
        sa.Column("workspace_key", KEY, nullable=False),
        sa.Column("round", KEY, nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["workspace_key"], ["workspace.key"]),
        sa.PrimaryKeyConstraint("lineage"),
    )
    op.bulk_insert(watermark, [{"lineage": secrets.token_hex(16), "workspace_key": 1, "round": 0}])
    op.add_column("publish_job", sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("publish_job", sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("ix_publish_job_due", "publish_job")
    op.create_index("ix_publish_job_due", "publish_job", ["scheduled_at"], sqlite_where=_DUE, postgresql_where=_DUE)
    op.create_index(
        "ix_publish_job_held",
        "publish_job",
        ["workspace_key", "environment", "key"],
        sqlite_where=_HELD,
        postgresql_where=_HELD,
    )


def downgrade() -> None:
    op.drop_index("ix_publish_job_held", "publish_job")
    op.drop_index("ix_publish_job_due", "publish_job")
    op.create_index(
        "ix_publish_job_due", "publish_job", ["scheduled_at"], sqlite_where=_WAS_DUE, postgresql_where=_WAS_DUE
    )
    op.drop_column("publish_job", "released_at")
    op.drop_column("publish_job", "held_at")
    op.drop_table("watermark")
