"""A backup of the test's database and its restore, as an operator would make them: whole, and with nobody connected."""

import re
import sqlite3
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from dravo_app import db


class Backup:
    """Of the database at `url`, made now. `close` drops what PostgreSQL keeps of it."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = make_url(url)
        self._copy = folder / "backup.db"
        if self._is_sqlite:
            _copy_sqlite(Path(str(self._url.database)), self._copy)
        else:
            self._execute(f"CREATE DATABASE {self._name}_backup TEMPLATE {self._name} STRATEGY FILE_COPY")

    def restore(self) -> None:
        """The database is as it was when the backup was made."""
        db.dispose()
        if self._is_sqlite:
            _copy_sqlite(self._copy, Path(str(self._url.database)))
            return
        self._execute(f"DROP DATABASE {self._name} WITH (FORCE)")
        self._execute(f"CREATE DATABASE {self._name} TEMPLATE {self._name}_backup STRATEGY FILE_COPY")

    def close(self) -> None:
        if not self._is_sqlite:
            self._execute(f"DROP DATABASE {self._name}_backup")

    @property
    def _is_sqlite(self) -> bool:
        return self._url.drivername == "sqlite"

    @property
    def _name(self) -> str:
        name = str(self._url.database)
        assert re.fullmatch(r"\w+", name)
        return name

    def _execute(self, statement: str) -> None:
        db.dispose()
        maintenance = self._url.set(drivername="postgresql", database="postgres")
        with psycopg.connect(maintenance.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload,unused-ignore]


def _copy_sqlite(source: Path, target: Path) -> None:
    for leftover in (target, Path(f"{target}-wal"), Path(f"{target}-shm")):
        leftover.unlink(missing_ok=True)
    before, after = sqlite3.connect(source), sqlite3.connect(target)
    before.backup(after)
    before.close()
    after.close()
