"""What the history needs to count and to page a million posts: the networks of a job on its row, and indexes that cover."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NETWORKS = "x linkedin facebook instagram threads tiktok youtube pinterest reddit bluesky mastodon telegram discord"
HAS_TIME = sa.text("scheduled_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("publish_job", sa.Column("networks", KEY, nullable=False, server_default="0"))
    for place, slug in enumerate(NETWORKS.split()):
        op.execute(
            f"UPDATE publish_job SET networks = networks + {1 << place}"
            f" WHERE key IN (SELECT job_key FROM delivery WHERE provider = '{slug}')"
        )
    owned = ["workspace_key", "environment"]
    op.drop_index("ix_publish_job_list", "publish_job")
    op.create_index("ix_publish_job_list", "publish_job", [*owned, "key", "scheduled_at"])
    op.drop_index("ix_publish_job_status", "publish_job")
    op.create_index("ix_publish_job_status", "publish_job", [*owned, "status", "key", "networks"])
    op.create_index("ix_publish_job_created", "publish_job", [*owned, "created_at", "key", "status", "networks"])
    op.create_index(
        "ix_publish_job_scheduled",
        "publish_job",
        [*owned, "scheduled_at", "key", "status", "networks"],
        sqlite_where=HAS_TIME,
        postgresql_where=HAS_TIME,
    )


def downgrade() -> None:
    for name in ("ix_publish_job_scheduled", "ix_publish_job_created", "ix_publish_job_status", "ix_publish_job_list"):
        op.drop_index(name, "publish_job")
    op.create_index("ix_publish_job_list", "publish_job", ["workspace_key", "environment", "key"])
    op.create_index("ix_publish_job_status", "publish_job", ["workspace_key", "environment", "status", "key"])
    op.drop_column("publish_job", "networks")
