"""Runs the migrations: address from our settings, metadata from our models, batch mode on SQLite.

`alembic upgrade head` works from the checkout, and `dravo_app/migrations.py` calls the same without a shell.
"""

from typing import Any

from alembic import context
from sqlmodel import SQLModel

import dravo_app.models  # noqa: F401  # registers the tables
from dravo_app.db import make_engine
from dravo_app.settings import get_settings

# The full-text index lives beside the tables: SQLite keeps it in shadow tables that our metadata doesn't know.
_SEARCH = "publish_job_search"


def _is_ours(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    return not (name or "").startswith((_SEARCH, "ix_publish_job_search"))


def _run() -> None:
    url = context.config.attributes.get("url") or get_settings().database_url
    engine = make_engine(url)
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            # two starts at once wait for each other; the lock goes with the transaction
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(4742001)")
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            include_object=_is_ours,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        if connection.in_transaction():
            connection.commit()
    engine.dispose()


if context.is_offline_mode():
    context.configure(
        url=get_settings().database_url, target_metadata=SQLModel.metadata, literal_binds=True, include_object=_is_ours
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    _run()
