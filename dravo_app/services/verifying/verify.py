"""The checker: holds the database against itself, against its log files, and against what the sandbox's world saw.

Reads one steady snapshot while Dravo goes on working; nothing is written.
"""

from collections.abc import Collection
from pathlib import Path

from sqlmodel import Session, col, func, select

from dravo_app import clock, db
from dravo_app.models import Delivery, Environment
from dravo_app.services.verifying import attempts, gates, report, secrecy, states, stories
from dravo_app.services.verifying.books import Books, Invariant
from dravo_app.services.verifying.report import Report
from dravo_app.services.verifying.rows import read_accounts, read_batches
from dravo_app.services.verifying.sightings import Log
from dravo_app.services.verifying.world import World


def verify(log: Log | None, logs: Collection[Path] = (), *, is_settled: bool = False) -> Report:
    """Check I1 to I9. `log` is what the sandbox's world saw, None where there is none; `logs` are files to scan for secrets.

    `is_settled`: everything should have come to an end. Raises ConfigurationError where the log can't be read.
    """
    books, world = Books(), World(has_log=log is not None)
    try:
        return _verify(books, world, log, logs, is_settled=is_settled)
    finally:
        world.close()


def _verify(books: Books, world: World, log: Log | None, logs: Collection[Path], *, is_settled: bool) -> Report:
    if log:
        world.see(log(0))
    world.look_at_database()
    secrets = secrecy.Secrets()
    with db.snapshot() as session:
        session.exec(
            select(func.count()).where(col(Delivery.key) == 0)
        ).one()  # the snapshot begins with the first look
        now = clock.now()
        if log:
            world.see(log(world.last_seq))
        world.own(read_accounts(session, Environment.TEST.value))
        secrets.learn(session, books)
        _check_batches(session, books, world, secrets, is_settled=is_settled)
        gates.check(session, books)
    world.compare(books)
    secrecy.check_logs(books, secrets, logs)
    _note(books, world)
    return report.make(books, _against(books, world), now)


def _check_batches(session: Session, books: Books, world: World, secrets: secrecy.Secrets, *, is_settled: bool) -> None:
    now = clock.now()
    for batch in read_batches(session):
        states.check(session, books, batch, now, is_settled=is_settled)
        stories.check(books, batch)
        attempts.check(session, books, batch)
        world.check(books, batch)
        secrecy.check(books, secrets, batch)


def _note(books: Books, world: World) -> None:
    if not world.has_log:
        for invariant in (Invariant.I2, Invariant.I4):
            books.note(invariant, "Without a log of what the world saw, this holds within the database only.")
    elif books.live:
        for invariant in (Invariant.I2, Invariant.I4):
            books.note(invariant, f"{books.live:,} are live: nobody asked their networks.")
    books.note(Invariant.I8, "Rows can't tell when a worker died, nor what the absence of every worker delayed.")
    if books.longest_recovery_seconds is not None:
        books.note(
            Invariant.I8,
            f"The longest took {books.longest_recovery_seconds:.1f} s from its begin to its recovery.",
        )


def _against(books: Books, world: World) -> str:
    live = f"{books.live:,} live deliveries were held against the database only. " if books.live else ""
    seen = f"The sandbox's log has {world.number_seen:,} posts." if world.has_log else "No sandbox log was at hand."
    return f"{live}{seen}"
