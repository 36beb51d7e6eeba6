"""Gates of networks and of developer apps beside those of accounts, an index by workspace for fair turns, late policies."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_CLAIMABLE = sa.text("state IN ('queued', 'waiting', 'processing', 'unconfirmed')")


def upgrade() -> None:
    op.create_table(
        "network_gate",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("workspace_key", KEY, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_allowed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_key"], ["workspace.key"]),
        sa.PrimaryKeyConstraint("name"),
    )
    op.add_column("account_gate", sa.Column("network", sa.String(length=200), nullable=True))
    op.add_column("account_gate", sa.Column("app", sa.String(length=200), nullable=True))
    op.create_index(
        "ix_delivery_turn",
        "delivery",
        ["workspace_key", "run_at", "key"],
        sqlite_where=_CLAIMABLE,
        postgresql_where=_CLAIMABLE,
    )
    op.add_column("workspace", sa.Column("late_policy", sa.String(length=16), server_default="publish", nullable=False))
    op.add_column("publish_job", sa.Column("late_policy", sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("publish_job", "late_policy")
    op.drop_column("workspace", "late_policy")
    op.drop_index("ix_delivery_turn", "delivery")
    op.drop_column("account_gate", "app")
    op.drop_column("account_gate", "network")
    op.drop_table("network_gate")
