"""Beside the flow: how far the database has come, counted in it and in a file of this host, so that a restored one shows.

A database that is behind the file has gone back in time: what it calls due may have gone out already. The file only grows.
"""

import json
import os
from pathlib import Path

from sqlmodel import Session, select

from dravo_app import clock, db
from dravo_app.models import Watermark
from dravo_app.settings import get_settings

RESTORED = "restore"
"""The `state_reason` of what is held, or only looked at, since the database has gone back in time."""


def advance(session: Session) -> None:
    """Count one up in the database, and in this host's file once that is committed."""
    free = select(Watermark).with_for_update(skip_locked=True)  # held by another worker, it is counted up by that one
    mark = session.exec(free.execution_options(populate_existing=True)).first()
    if mark is not None:
        mark.round += 1
        session.add(mark)
    seen = mark or session.exec(select(Watermark)).one()
    _remember_later(session, seen.lineage, seen.round)


def is_behind(session: Session) -> bool:
    """Has this host seen the database further than it is now? Cheap: a file of one line and a row.

    Raises OSError where the file can't be read at this moment: neither yes, which holds all that is due, nor no, which sends it.
    """
    known = _remembered()
    if known is None:
        return True
    found = session.exec(select(Watermark.lineage, Watermark.round)).first() if known else None
    return found is not None and found[1] < known.get(found[0], 0)


def accept(session: Session) -> None:
    """The restored database goes on from here: further than this host has ever seen it."""
    mark = session.exec(select(Watermark).with_for_update()).one()
    mark.round = max(mark.round, (_remembered() or {}).get(mark.lineage, 0)) + 1
    mark.restored_at = clock.now()
    session.add(mark)
    _remember_later(session, mark.lineage, mark.round)


def _remember_later(session: Session, lineage: str, number: int) -> None:
    db.after_commit(session, lambda: _remember(lineage, number))


def _remember(lineage: str, number: int) -> None:
    known = _remembered() or {}
    if known.get(lineage, 0) >= number:
        return
    path = _file()
    new = path.with_suffix(f".{os.getpid()}")
    with open(new, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        json.dump({**known, lineage: number}, file)
        file.flush()
        os.fsync(file.fileno())  # else a power cut may leave the new name with nothing in it
    os.replace(new, path)


def _remembered() -> dict[str, int] | None:
    """What this host has seen, by the database's lineage; None where the file says something else. Raises OSError."""
    try:
        text = _file().read_text()
        return {str(lineage): int(number) for lineage, number in json.loads(text).items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError):
        return None


def _file() -> Path:
    return get_settings().data_dir / "watermark.json"
