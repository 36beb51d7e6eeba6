"""A long life in one go: a million posts of history and 100,000 scheduled ones, written by the database itself from numbers.

Nothing is random: the same size gives the same rows, and how many posts hold which word is known by arithmetic.
"""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import URL, Dialect
from sqlalchemy.schema import CreateIndex, DropIndex
from sqlmodel import SQLModel

from dravo_app.models import Account, AccountGate, Attempt, Delivery, Event, PublishJob
from dravo_app.services import search
from tests.bench import sentences

Run = Callable[[str], object]
SECONDS_APART = 30
TABLES: tuple[type[SQLModel], ...] = (PublishJob, Delivery, Attempt, Event)


@dataclass(frozen=True)
class Size:
    """How many rows; every post has a delivery to one account, every fourth one to a second."""

    history: int
    scheduled: int

    @property
    def jobs(self) -> int:
        return self.history + self.scheduled


@dataclass(frozen=True)
class _Dialect:
    series: str
    padded: str
    ago: str
    empty_list: str
    empty_object: str


_SQLITE = _Dialect(
    series="WITH RECURSIVE series(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM series WHERE n < {last})",
    padded="printf('%036d', {number})",
    ago="strftime('%Y-%m-%d %H:%M:%f000', 'now', (-1 * ({seconds})) || ' seconds')",
    empty_list="'[]'",
    empty_object="'{}'",
)
_POSTGRES = _Dialect(
    series="WITH series(n) AS (SELECT generate_series({first}::bigint, {last}::bigint))",
    padded="lpad(({number})::text, 36, '0')",
    ago="(date_trunc('second', now()) - ({seconds}) * interval '1 second')",
    empty_list="'[]'::jsonb",
    empty_object="'{}'::jsonb",
)


def fill(url: str, size: Size) -> None:
    """Write them into a fresh, migrated database. Its statistics are what the server would have by itself."""
    if url.startswith("sqlite"):
        _fill_sqlite(Path(url.removeprefix("sqlite:///")), size)
    else:
        _fill_postgres(url.replace("+psycopg", ""), size)


def _fill_sqlite(file: Path, size: Size) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in (
        "journal_mode=OFF",
        "synchronous=OFF",
        "foreign_keys=OFF",
        "cache_size=-262144",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in _statements(_SQLITE, size):
        connection.execute(statement)
    connection.execute("INSERT INTO publish_job_search(publish_job_search) VALUES ('rebuild')")
    for _, definition in triggers:
        connection.execute(definition)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


def _fill_postgres(url: str, size: Size) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        run: Run = lambda statement: connection.execute(statement.encode())  # noqa: E731
        run("SET session_replication_role = replica")  # foreign keys hold by construction
        run("SET maintenance_work_mem = '512MB'")
        run("SET synchronous_commit = off")
        search_index = connection.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_publish_job_search'"
        ).fetchone()
        assert search_index is not None
        run("DROP INDEX ix_publish_job_search")
        for statement in _statements(_POSTGRES, size):
            run(statement)
        run(str(search_index[0]))
        run("ALTER INDEX ix_publish_job_search ALTER COLUMN 1 SET STATISTICS 1000")
        for table in TABLES:
            run(f"VACUUM ANALYZE {table.__tablename__}")  # what autovacuum does within a minute
        run("CHECKPOINT")


def _statements(dialect: _Dialect, size: Size) -> Iterator[str]:
    indexes = [index for table in TABLES for index in sorted(table.__table__.indexes, key=lambda one: str(one.name))]  # type: ignore[attr-defined]
    engine_dialect = _sqlalchemy_dialect(dialect)
    for index in indexes:
        yield str(DropIndex(index).compile(dialect=engine_dialect))
    yield from _sentences(dialect)
    yield from (_accounts(dialect), _gates(dialect), _jobs(dialect, size), *_deliveries(dialect, size))
    yield from (_attempts(dialect), *_events(dialect))
    for index in indexes:
        yield str(CreateIndex(index).compile(dialect=engine_dialect))
    if dialect is _POSTGRES:
        for name in ("account", *(str(table.__tablename__) for table in TABLES)):
            yield f"SELECT setval(pg_get_serial_sequence('{name}', 'key'), (SELECT max(key) FROM {name}))"


def _sqlalchemy_dialect(dialect: _Dialect) -> Dialect:
    return URL.create("sqlite" if dialect is _SQLITE else "postgresql+psycopg").get_dialect()()


def _sentences(dialect: _Dialect) -> Iterator[str]:
    yield "CREATE TEMPORARY TABLE sentence (place bigint PRIMARY KEY, said text, words text)"
    rows = [f"({place}, '{said}', '{search.normalise(said)}')" for place, said in enumerate(sentences.SENTENCES)]
    yield f"INSERT INTO sentence VALUES {', '.join(rows)}"


def _accounts(dialect: _Dialect) -> str:
    return _insert(
        dialect,
        Account,
        f"{dialect.series.format(first=1, last=sentences.ACCOUNTS)} SELECT",
        {
            "key": "n",
            "id": f"'acc_' || {dialect.padded.format(number='n')}",
            "workspace_key": "1",
            "environment": "'test'",
            "provider": sentences.provider_of("n"),
            "platform_account_id": "'p' || n",
            "handle": "'account' || n",
            "credentials_sealed": "''",
            "created_at": dialect.ago.format(seconds="40000000"),
        },
        "FROM series",
    )


def _gates(dialect: _Dialect) -> str:
    return _insert(
        dialect, AccountGate, "SELECT", {"account_key": "key", "workspace_key": "workspace_key"}, "FROM account"
    )


def _jobs(dialect: _Dialect, size: Size) -> str:
    is_due_later = f"n > {size.history}"
    created = dialect.ago.format(seconds=f"({size.jobs} - n) * {SECONDS_APART} + 600")
    return _insert(
        dialect,
        PublishJob,
        f"{dialect.series.format(first=1, last=size.jobs)} SELECT",
        {
            "key": "n",
            "id": f"'job_' || {dialect.padded.format(number='n')}",
            "workspace_key": "1",
            "environment": "'test'",
            "status": f"CASE WHEN {is_due_later} THEN 'scheduled' ELSE {sentences.STATUS} END",
            "networks": sentences.bits_of("n", size.jobs),
            "text": f"first.said || ' ' || second.said || ' No. ' || n{sentences.MARKS}",
            "search_text": f"first.words || ' ' || second.words || ' no ' || n{sentences.MARKS}",
            "media_urls": dialect.empty_list,
            "provider_options": dialect.empty_object,
            "job_metadata": dialect.empty_object,
            "author": "'key_bench'",
            "scheduled_at": f"CASE WHEN {is_due_later} THEN {_in_time(dialect, size)}"
            f" WHEN n % 4 = 1 THEN {dialect.ago.format(seconds=f'({size.jobs} - n) * {SECONDS_APART}')} END",
            "created_at": created,
            "finished_at": f"CASE WHEN NOT {is_due_later} THEN {created} END",
        },
        "FROM series JOIN sentence AS first ON first.place = (n * 7919) % 1000"
        " JOIN sentence AS second ON second.place = (n * 104729 / 1000) % 1000",
    )


def _in_time(dialect: _Dialect, size: Size) -> str:
    """One a minute, from an hour from now on."""
    return dialect.ago.format(seconds=f"0 - 3600 - (n - {size.history}) * 60")


def _deliveries(dialect: _Dialect, size: Size) -> Iterator[str]:
    for first, where in ((0, ""), (size.jobs, " WHERE publish_job.key % 4 = 0")):
        turn = f"publish_job.key + {sentences.SECOND}" if first else "publish_job.key"
        account = sentences.account_of(turn, "publish_job.key", size.jobs)
        is_published = "publish_job.status = 'published'"
        yield _insert(
            dialect,
            Delivery,
            "SELECT",
            {
                "key": f"publish_job.key + {first}",
                "id": f"'dlv_' || {dialect.padded.format(number=f'publish_job.key + {first}')}",
                "workspace_key": "publish_job.workspace_key",
                "environment": "publish_job.environment",
                "job_key": "publish_job.key",
                "account_key": "account.key",
                "provider": "account.provider",
                "state": "CASE publish_job.status WHEN 'partial' THEN "
                + ("'failed'" if first else "'published'")
                + " ELSE publish_job.status END",
                "run_at": "coalesce(publish_job.scheduled_at, publish_job.created_at)",
                "fence": "CASE publish_job.status WHEN 'scheduled' THEN 0 WHEN 'canceled' THEN 0 ELSE 1 END",
                "tries": "CASE publish_job.status WHEN 'scheduled' THEN 0 WHEN 'canceled' THEN 0 ELSE 1 END",
                "first_tried_at": "publish_job.finished_at",
                "begun_at": "publish_job.finished_at",
                "platform_post_id": f"CASE WHEN {is_published} THEN '1' || {dialect.padded.format(number='publish_job.key')} END",
                "permalink": f"CASE WHEN {is_published} THEN 'https://x.com/a/status/' || publish_job.key END",
                "error_code": "CASE publish_job.status WHEN 'failed' THEN 'content_rejected' END",
                "error_message": "CASE publish_job.status WHEN 'failed' THEN 'The network refused it.' END",
                "who_acts": "CASE publish_job.status WHEN 'failed' THEN 'user' END",
                "created_at": "publish_job.created_at",
                "changed_at": "publish_job.created_at",
                "finished_at": "publish_job.finished_at",
            },
            f"FROM publish_job JOIN account ON account.key = {account}{where}",
        )


def _attempts(dialect: _Dialect) -> str:
    return _insert(
        dialect,
        Attempt,
        "SELECT",
        {
            "key": "key",
            "id": f"'att_' || {dialect.padded.format(number='key')}",
            "workspace_key": "workspace_key",
            "delivery_key": "key",
            "number": "1",
            "fence": "1",
            "kind": "'publish'",
            "result": "state",
            "fingerprint": "'0000000000000000000000000000000000000000000000000000000000000000'",
            "error_code": "error_code",
            "started_at": "created_at",
            "closed_at": "finished_at",
        },
        "FROM delivery WHERE state IN ('published', 'failed')",
    )


def _events(dialect: _Dialect) -> Iterator[str]:
    """As many as the engine writes: three per job, three per delivery; one each for what waits."""
    for words, source in (
        (("job.queued", "job.processing", "job.published"), "publish_job"),
        (("delivery.queued", "delivery.sending", "delivery.published"), "delivery"),
    ):
        is_job = source == "publish_job"
        for place, word in enumerate(words):
            base = f"(SELECT coalesce(max(key), 0) FROM event) + {source}.key"
            yield _insert(
                dialect,
                Event,
                "SELECT",
                {
                    "key": base,
                    "id": f"'evt_' || {dialect.padded.format(number=base)}",
                    "workspace_key": "workspace_key",
                    "environment": "environment",
                    "type": f"'{word}'",
                    "job_key": "key" if is_job else "job_key",
                    "delivery_key": "NULL" if is_job else "key",
                    "account_key": "NULL" if is_job else "account_key",
                    "details": dialect.empty_object,
                    "created_at": "created_at",
                },
                f"FROM {source} {'' if place == 0 else 'WHERE finished_at IS NOT NULL'}",
            )


def _insert(dialect: _Dialect, table: type[SQLModel], head: str, values: dict[str, str], tail: str) -> str:
    """Columns that nobody named get the default that the model gives them."""
    columns = dict(values)
    for column in table.__table__.columns:  # type: ignore[attr-defined]
        if column.name not in columns and not column.nullable:
            columns[column.name] = _literal(column.default.arg)
    placed = head.rpartition("SELECT")[0]
    insert = f"INSERT INTO {table.__tablename__} ({', '.join(columns)})"
    return f"{insert} {placed} SELECT {', '.join(columns.values())} {tail}"


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else f"'{value}'"
