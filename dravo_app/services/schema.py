"""Beside the flow: is the database still the one that this process was written for? Asked at the start and at every sweep.

An upgrade migrates the database while processes of the version before may be running on other hosts. Migrations only add, so
what these have begun can be finished; but they take nothing more and end.
"""

import re
from functools import cache
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

_VERSIONS = Path(__file__).parents[2] / "alembic" / "versions"
_NAMED = re.compile(r'^(revision|down_revision) = "(\w+)"', re.MULTILINE)


@cache
def known_version() -> str:
    """The version of the tables that this code was written for: the last link of the chain of migrations, read once."""
    found = [dict(_NAMED.findall(path.read_text())) for path in _VERSIONS.glob("*.py")]
    (head,) = {link["revision"] for link in found} - {link.get("down_revision") for link in found}
    return str(head)


def find_version(session: Session) -> str | None:
    """The version of the database's tables."""
    found = session.connection().execute(text("SELECT version_num FROM alembic_version")).first()
    return str(found[0]) if found else None


def why_outdated(session: Session) -> str | None:
    """One sentence where code and tables are of different versions, else None."""
    found, known = find_version(session), known_version()
    if found == known:
        return None
    if found is not None and found < known:
        return (
            f"The database is at version {found} and this Dravo needs {known}: run ./dravo migrate once, on any host."
        )
    return (
        f"The database is at version {found}, and this Dravo was written for {known}: "
        "bring this host to the Dravo that the others run, and start it again."
    )
