"""START: what every operator's verb begins with, and what `up` and the hosts ask for before they start any process.

`python -m dravo_app.cli_prepare prepare` makes what is missing, for `up`; `join` makes nothing, for `web`, `worker` and
`ticker`. A program of its own, since they wait for it: the operator's verbs take twice as long to read.
"""

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from dravo_app import crypto, db, migrations
from dravo_app.errors import ConfigurationError, DravoError
from dravo_app.services import seals, users
from dravo_app.settings import Settings, get_settings


class _NotThere(ConfigurationError):
    """No Dravo was ever started there: mostly a setting that this terminal lacks."""

    def __init__(self, place: str) -> None:
        super().__init__(f"There is no Dravo in {place} yet: set DRAVO_DATA_DIR (or DATABASE_URL) as `up` has it.")


def main(arguments: list[str]) -> int:
    """`prepare` or `join`, nothing else; answers the exit code."""
    verb = {"prepare": prepare, "join": join}.get(" ".join(arguments))
    return run(verb) if verb else _say("This prepares for other programs: ask for prepare or join.", 2)


def run(verb: Callable[[], int | None]) -> int:
    """Do it; what goes wrong becomes a sentence and an exit code."""
    try:
        return verb() or 0
    except DravoError as error:
        return _say(error.detail, 2)
    except ConfigurationError as error:
        return _say(str(error), 3)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return _say(f"The database doesn't do what was asked: {reason}.", 3)
    except OSError as error:
        return _say(f"{error.filename or 'A file'} can't be used: {error.strerror or error}.", 3)
    except KeyboardInterrupt:
        return _say("Stopped.", 130)


def prepare() -> None:
    """Secrets, tables and seal, for `./dravo up`; prints what `up` wants to know as JSON."""
    settings = get_settings()
    _prepare(settings)
    _remember_database(settings)
    with db.reading() as session:
        print(json.dumps({"first_run": users.is_first_run(session)}))


def join() -> None:
    """What `./dravo web`, `worker` and `ticker` ask before they start: nothing is made here, and nothing migrated."""
    settings = get_settings()
    _check_database(settings)
    crypto.get_keys(settings)
    _check_version(settings)
    with db.transaction() as session:
        seals.check_seal(session)
    _remember_database(settings)


def prepare_existing() -> Settings:
    """For verbs that say how something is, or change it: of a database made on the spot they would say that all is well."""
    settings = get_settings()
    kind, _, path = settings.database_url.partition(":///")
    if kind == "sqlite" and not Path(path).is_file():
        raise _NotThere(str(Path(path).parent))
    if migrations.find_version(settings.database_url) is None:
        raise _NotThere(str(Path(path).parent) if kind == "sqlite" else "this database")
    return prepare_database()


def prepare_database(*, may_migrate: bool = False) -> Settings:
    """On SQLite every verb may migrate. A PostgreSQL may have other hosts, who must know: there only `migrate` and `up` do."""
    settings = get_settings()
    _check_database(settings)
    if not may_migrate and not settings.database_url.startswith("sqlite"):
        _check_version(settings, or_empty=True)
    _prepare(settings)
    return settings


def _prepare(settings: Settings) -> None:
    crypto.make_key_file(settings)
    crypto.get_keys(settings)
    migrations.upgrade(settings.database_url)
    with db.transaction() as session:
        seals.check_seal(session)


def _check_version(settings: Settings, *, or_empty: bool = False) -> None:
    if or_empty and migrations.find_version(settings.database_url) is None:
        return
    if not migrations.is_current(settings.database_url):
        raise ConfigurationError(
            "The database has no tables of this version yet: run ./dravo migrate once, on any host, and start again."
        )


def _remember_database(settings: Settings) -> None:
    path = _remembered(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_database_print(settings))


def _check_database(settings: Settings) -> None:
    """Refuse a terminal that lacks `up`'s DATABASE_URL.

    It would make a key that nobody knows in a database that nobody reads, and a rotation there would drop the key that
    the true database is sealed with.
    """
    try:
        known = _remembered(settings).read_text()
    except FileNotFoundError:  # never started
        return
    if known != _database_print(settings):
        raise ConfigurationError(
            "`up` last ran on another database than this: set DATABASE_URL here as it was set there, "
            "or start `up` on this one first."
        )


def _remembered(settings: Settings) -> Path:
    return settings.data_dir / "run" / "database"


def _database_print(settings: Settings) -> str:
    """Which database, without telling: a folder that is moved keeps its own one, and passwords may change."""
    if settings.database_url == f"sqlite:///{settings.data_dir / 'dravo.db'}":
        return "sqlite"
    shown = make_url(settings.database_url).render_as_string(hide_password=True)
    return hashlib.sha256(shown.encode()).hexdigest()


def _say(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
