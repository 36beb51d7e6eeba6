"""The migrations make exactly the tables that the models describe, on both databases."""

import pytest
from alembic import command
from sqlalchemy import text

from dravo_app import db, migrations
from dravo_app.errors import ConfigurationError


def test_a_migrated_database_has_nothing_more_and_nothing_less_than_the_models(database: str) -> None:
    command.check(migrations._config(database))


def test_upgrading_twice_changes_nothing(database: str) -> None:
    migrations.upgrade(database)
    assert migrations.is_current(database)


def test_every_installation_begins_with_one_workspace(database: str) -> None:
    with db.reading() as session:
        assert session.connection().execute(text("SELECT count(*) FROM workspace")).scalar() == 1


def test_a_database_of_a_newer_dravo_is_refused_with_a_sentence(database: str) -> None:
    with db.transaction() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = 'ffff'"))
    with pytest.raises(ConfigurationError, match="newer"):
        migrations.upgrade(database)


def test_a_time_without_a_zone_cannot_be_stored(database: str) -> None:
    from datetime import datetime

    from sqlalchemy.exc import StatementError

    from dravo_app.models import Workspace

    with pytest.raises(StatementError, match="zone"), db.transaction() as session:
        session.add(Workspace(id="ws_x", name="x", created_at=datetime(2026, 1, 1)))
