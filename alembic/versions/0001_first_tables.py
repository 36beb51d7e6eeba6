"""First tables, the full-text index of both databases, and the one workspace that every installation begins with."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

_SQLITE_SEARCH = (
    """CREATE VIRTUAL TABLE publish_job_search USING fts5(
         search_text, content='publish_job', content_rowid='key', prefix='2 3',
         tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co M*'")""",
    """CREATE TRIGGER publish_job_search_insert AFTER INSERT ON publish_job BEGIN
         INSERT INTO publish_job_search(rowid, search_text) VALUES (new.key, new.search_text); END""",
    """CREATE TRIGGER publish_job_search_delete AFTER DELETE ON publish_job BEGIN
         INSERT INTO publish_job_search(publish_job_search, rowid, search_text)
         VALUES ('delete', old.key, old.search_text); END""",
    """CREATE TRIGGER publish_job_search_update AFTER UPDATE OF search_text ON publish_job BEGIN
         INSERT INTO publish_job_search(publish_job_search, rowid, search_text)
         VALUES ('delete', old.key, old.search_text);
         INSERT INTO publish_job_search(rowid, search_text) VALUES (new.key, new.search_text); END""",
)

_POSTGRES_SEARCH = (
    """CREATE INDEX ix_publish_job_search ON publish_job
         USING gin (array_to_tsvector(string_to_array(search_text, ' '))) WITH (fastupdate = off)""",
    "ALTER INDEX ix_publish_job_search ALTER COLUMN 1 SET STATISTICS 1000",  # without: full scans for common words
    "ALTER TABLE delivery SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02)",  # rows change often
)


def upgrade() -> None:
    op.create_table(
        "user_account",
        sa.Column("key", KEY, nullable=False),
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("id"),
    )
    op.create_table(
        "workspace",
        sa.Column("key", KEY, nullable=False),
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seal_check", sa.String(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("id"),
    )
    op.create_table(
        "account",
        sa.Column("key", KEY, nullable=False),
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("workspace_key", KEY, nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("platform_account_id", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("credentials_sealed", sa.String(), nullable=False),
        sa.Column("credentials_version", sa.Integer(), nullable=False),
        sa.Column("connection_type", sa.String(), nullable=False),
        sa.Column("health", sa.String(), nullable=False),
        sa.Column("health_reason", sa.String(), nullable=True),
        sa.Column("token_expires_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("disconnected_at", INSTANT, nullable=True),
        sa.CheckConstraint("environment IN ('live', 'test')", name="ck_account_environment"),
        sa.CheckConstraint("health IN ('ok', 'needs_reconnect', 'blocked', 'disconnected')", name="ck_account_health"),
        sa.ForeignKeyConstraint(
            ["workspace_key"],
            ["workspace.key"],
        ),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint(
            "workspace_key", "environment", "provider", "platform_account_id", name="uq_account_profile"
        ),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index("ix_account_list", ["workspace_key", "environment", "key"], unique=False)

    op.create_table(
        "api_key",
        sa.Column("key", KEY, nullable=False),
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("workspace_key", KEY, nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.CheckConstraint("environment IN ('live', 'test')", name="ck_api_key_environment"),
        sa.ForeignKeyConstraint(
            ["workspace_key"],
            ["workspace.key"],
        ),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_key_workspace_key"), ["workspace_key"], unique=False)

    op.create_table(
        "idempotency_record",
        sa.Column("key", KEY, nullable=False),
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("workspace_key", KEY, nullable=False),
        sa.Column("environment", sa.String(length=8), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("route", sa.String(length=255), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=False),
        sa.Column("response_body", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_key"],
            ["workspace.key"],
        ),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint(
            "workspace_key", "environment", "method", "route", "idempotency_key", name="uq_idempotency_record_scope"
        ),
    )
    with op.batch_alter_table("idempotency_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_record_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=96), nullable=False),
        sa.Column("workspace_key", KEY, nullable=False),
        sa.Column("holder", sa.String(length=96), nullable=False),
        sa.Column("fence", KEY, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_key"],
            ["workspace.key"],
        ),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "login_session",
        sa.Column("key", KEY, nullable=False),
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("workspace_key", KEY, nullable=False),
        sa.Column("user_key", KEY, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("refresh_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_key"],
            ["user_account.key"],
        ),
        sa.ForeignKeyConstraint(
            ["workspace_key"],
            ["workspace.key"],
        ),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("refresh_hash"),
        sa.UniqueConstraint("token_hash"),
    )
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_session_user_key"), ["user_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_login_session_workspace_key"), ["workspace_key"], unique=False)

    op.create_table(
        "membership",
        sa.Column("key", KEY, nullable=False),
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("workspace_key", KEY, nullable=False),
        sa.Column("user_key", KEY, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("role IN ('owner', 'admin', 'member')", name="ck_membership_role"),
        sa.ForeignKeyConstraint(
            ["user_key"],
            ["user_account.key"],
        ),
        sa.ForeignKeyConstraint(
            ["workspace_key"],
            ["workspace.key"],
        ),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("workspace_key", "user_key", name="uq_membership_workspace_user"),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_user_key"), ["user_key"], unique=False)

    op.create_table(
        "publish_job",
        sa.Column("key", KEY, nullable=False),
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("workspace_key", KEY, nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.Column("media_urls", JSON, nullable=False),
        sa.Column("provider_options", JSON, nullable=False),
        sa.Column("job_metadata", JSON, nullable=False),
        sa.Column("author", sa.String(length=48), nullable=False),
        sa.Column("scheduled_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.CheckConstraint("environment IN ('live', 'test')", name="ck_publish_job_environment"),
        sa.CheckConstraint(
            "status IN ('scheduled', 'queued', 'processing', 'published', 'partial', 'failed', 'canceled')",
            name="ck_publish_job_status",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_key"],
            ["workspace.key"],
        ),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("id"),
    )
    with op.batch_alter_table("publish_job", schema=None) as batch_op:
        batch_op.create_index(
            "ix_publish_job_due",
            ["scheduled_at"],
            unique=False,
            sqlite_where=sa.text("status = 'scheduled'"),
            postgresql_where=sa.text("status = 'scheduled'"),
        )
        batch_op.create_index("ix_publish_job_list", ["workspace_key", "environment", "key"], unique=False)
        batch_op.create_index("ix_publish_job_status", ["workspace_key", "environment", "status", "key"], unique=False)

    op.create_table(
        "account_gate",
        sa.Column("account_key", KEY, nullable=False),
        sa.Column("workspace_key", KEY, nullable=False),
        sa.Column("in_flight_key", KEY, nullable=True),
        sa.Column("next_allowed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_key"],
            ["account.key"],
        ),
        sa.ForeignKeyConstraint(
            ["workspace_key"],
            ["workspace.key"],
        ),
        sa.PrimaryKeyConstraint("account_key"),
    )
    op.create_table(
        "delivery",
        sa.Column("key", KEY, nullable=False),
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("workspace_key", KEY, nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("job_key", KEY, nullable=False),
        sa.Column("account_key", KEY, nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_reason", sa.String(), nullable=True),
        sa.Column("run_at", INSTANT, nullable=False),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("fence", KEY, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("first_tried_at", INSTANT, nullable=True),
        sa.Column("begun_at", INSTANT, nullable=True),
        sa.Column("unknown_since", INSTANT, nullable=True),
        sa.Column("handle", JSON, nullable=True),
        sa.Column("platform_post_id", sa.String(), nullable=True),
        sa.Column("permalink", sa.String(), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.Column("who_acts", sa.String(length=16), nullable=True),
        sa.Column("retry_at", INSTANT, nullable=True),
        sa.Column("raw_response", sa.String(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.CheckConstraint("environment IN ('live', 'test')", name="ck_delivery_environment"),
        sa.CheckConstraint(
            "state IN ('scheduled', 'held', 'queued', 'sending', 'processing', 'waiting', 'unconfirmed', 'failed', 'published', 'canceled')",
            name="ck_delivery_state",
        ),
        sa.ForeignKeyConstraint(
            ["account_key"],
            ["account.key"],
        ),
        sa.ForeignKeyConstraint(
            ["job_key"],
            ["publish_job.key"],
        ),
        sa.ForeignKeyConstraint(
            ["workspace_key"],
            ["workspace.key"],
        ),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("job_key", "account_key", name="uq_delivery_job_account"),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_account", ["account_key", "job_key"], unique=False)
        batch_op.create_index(
            "ix_delivery_claimable",
            ["run_at", "key"],
            unique=False,
            sqlite_where=sa.text("state IN ('queued', 'waiting', 'processing', 'unconfirmed')"),
            postgresql_where=sa.text("state IN ('queued', 'waiting', 'processing', 'unconfirmed')"),
        )
        batch_op.create_index(
            "ix_delivery_lease",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text("state = 'sending'"),
            postgresql_where=sa.text("state = 'sending'"),
        )
        batch_op.create_index(
            "ix_delivery_provider", ["workspace_key", "environment", "provider", "job_key"], unique=False
        )
        batch_op.create_index("uq_delivery_post", ["account_key", "platform_post_id"], unique=True)
        batch_op.create_index(
            "uq_delivery_in_flight",
            ["account_key"],
            unique=True,
            sqlite_where=sa.text("state = 'sending'"),
            postgresql_where=sa.text("state = 'sending'"),
        )

    op.create_table(
        "attempt",
        sa.Column("key", KEY, nullable=False),
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("workspace_key", KEY, nullable=False),
        sa.Column("delivery_key", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fence", KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("raw_response", sa.String(), nullable=True),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.CheckConstraint("kind IN ('publish', 'resume', 'look_up')", name="ck_attempt_kind"),
        sa.CheckConstraint(
            "result IN ('open', 'published', 'processing', 'absent', 'failed', 'lost')", name="ck_attempt_result"
        ),
        sa.ForeignKeyConstraint(
            ["delivery_key"],
            ["delivery.key"],
        ),
        sa.ForeignKeyConstraint(
            ["workspace_key"],
            ["workspace.key"],
        ),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("delivery_key", "number", name="uq_attempt_delivery_number"),
        sa.UniqueConstraint("id"),
    )
    op.create_table(
        "event",
        sa.Column("key", KEY, nullable=False),
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("workspace_key", KEY, nullable=False),
        sa.Column("environment", sa.String(length=8), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("job_key", KEY, nullable=True),
        sa.Column("delivery_key", KEY, nullable=True),
        sa.Column("account_key", KEY, nullable=True),
        sa.Column("details", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_key"],
            ["account.key"],
        ),
        sa.ForeignKeyConstraint(
            ["delivery_key"],
            ["delivery.key"],
        ),
        sa.ForeignKeyConstraint(
            ["job_key"],
            ["publish_job.key"],
        ),
        sa.ForeignKeyConstraint(
            ["workspace_key"],
            ["workspace.key"],
        ),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("id"),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_job", ["job_key"], unique=False)
        batch_op.create_index("ix_event_workspace", ["workspace_key", "key"], unique=False)

    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE_SEARCH if is_sqlite else _POSTGRES_SEARCH:
        op.execute(statement)
    _make_first_workspace()


def _make_first_workspace() -> None:
    workspace = sa.table("workspace", *(sa.column(n) for n in ("id", "name")), sa.column("created_at", INSTANT))
    first = "ws_" + "0" * 36  # the same everywhere: it names the workspace within one installation only
    op.bulk_insert(workspace, [{"id": first, "name": "Workspace", "created_at": datetime.now(UTC)}])


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE publish_job_search")  # its triggers go with publish_job
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_workspace")
        batch_op.drop_index("ix_event_job")

    op.drop_table("event")
    op.drop_table("attempt")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_delivery_in_flight",
            sqlite_where=sa.text("state = 'sending'"),
            postgresql_where=sa.text("state = 'sending'"),
        )
        batch_op.drop_index("ix_delivery_provider")
        batch_op.drop_index(
            "ix_delivery_lease",
            sqlite_where=sa.text("state = 'sending'"),
            postgresql_where=sa.text("state = 'sending'"),
        )
        batch_op.drop_index(
            "ix_delivery_claimable",
            sqlite_where=sa.text("state IN ('queued', 'waiting', 'processing', 'unconfirmed')"),
            postgresql_where=sa.text("state IN ('queued', 'waiting', 'processing', 'unconfirmed')"),
        )
        batch_op.drop_index("ix_delivery_account")

    op.drop_table("delivery")
    op.drop_table("account_gate")
    with op.batch_alter_table("publish_job", schema=None) as batch_op:
        batch_op.drop_index("ix_publish_job_status")
        batch_op.drop_index("ix_publish_job_list")
        batch_op.drop_index(
            "ix_publish_job_due",
            sqlite_where=sa.text("status = 'scheduled'"),
            postgresql_where=sa.text("status = 'scheduled'"),
        )

    op.drop_table("publish_job")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_user_key"))

    op.drop_table("membership")
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_session_workspace_key"))
        batch_op.drop_index(batch_op.f("ix_login_session_user_key"))

    op.drop_table("login_session")
    op.drop_table("lease")
    with op.batch_alter_table("idempotency_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotency_record_expires_at"))

    op.drop_table("idempotency_record")
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_key_workspace_key"))

    op.drop_table("api_key")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index("ix_account_list")

    op.drop_table("account")
    op.drop_table("workspace")
    op.drop_table("user_account")
