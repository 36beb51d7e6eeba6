"""Beside the database: brings its tables to the version this code knows, under a lock, from any door that starts.

`./dravo migrate`, `./dravo up` and the tests call `upgrade`; plain `alembic upgrade head` does the same.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from dravo_app.db import make_engine
from dravo_app.errors import ConfigurationError

_ROOT = Path(__file__).parent.parent


def upgrade(url: str) -> None:
    """Apply what is missing. Raises ConfigurationError where the database is newer than this code or out of reach."""
    if is_current(url):
        return
    with _only_one(url):
        command.upgrade(_config(url), "head")


def is_current(url: str) -> bool:
    """Does the database have the tables this code knows? Raises ConfigurationError as `upgrade` does."""
    known = ScriptDirectory.from_config(_config(url))
    found = find_version(url)
    if found is not None and found not in {script.revision for script in known.walk_revisions()}:
        raise ConfigurationError(
            f"The database is at version {found}, which this Dravo doesn't know: use the newer Dravo."
        )
    return found == known.get_current_head()


def find_version(url: str) -> str | None:
    """The version of the database's tables; None where there are none."""
    engine = make_engine(url, writing=False)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        raise ConfigurationError(f"The database can't be opened: {str(error.orig).strip().splitlines()[0]}.") from None
    finally:
        engine.dispose()


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_ROOT / "alembic").replace("%", "%%"))
    config.attributes["url"] = url
    return config


@contextmanager
def _only_one(url: str) -> Iterator[None]:
    if not url.startswith("sqlite"):  # PostgreSQL takes its own lock, in alembic/env.py
        yield
        return
    with open(url.removeprefix("sqlite:///") + ".migrate", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
