"""Leases say since when they are held, and by what kind of process."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("lease", sa.Column("since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("lease", sa.Column("about", JSON, nullable=True))


def downgrade() -> None:
    op.drop_column("lease", "about")
    op.drop_column("lease", "since")
