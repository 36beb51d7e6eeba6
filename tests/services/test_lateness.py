"""How late posts are begun is visible: on the receipt, in `/v1` and in `./dravo status`."""

from datetime import timedelta

from sqlmodel import col, select

from dravo_app import db
from dravo_app.models import Attempt, PublishJob
from dravo_app.services import history, lateness
from dravo_app.services.caller import Caller
from tests.services.verifying.books_of_a_world import Installation


def test_due_started_and_published_stand_on_the_receipt(caller: Caller) -> None:
    installation = Installation(caller)
    sent = installation.published("Hello", installation.account())
    with db.reading() as session:
        shown = history.list_jobs(session, caller, history.HistoryFilter()).items[0].results[0]
    assert shown.due_at == sent.created_at
    assert shown.started_at is not None and shown.published_at is not None
    assert shown.due_at <= shown.started_at <= shown.published_at


def test_half_and_nearly_all_are_told_by_network_over_a_day(caller: Caller) -> None:
    installation = Installation(caller)
    ada = installation.account()
    for _ in range(101):
        installation.queued("Hello", ada)
    with db.transaction() as session:
        for number, job in enumerate(session.exec(select(PublishJob)).all(), start=1):
            _begin(session, job, number, seconds=number / 10)
        long_ago = session.exec(select(Attempt).where(col(Attempt.id) == "att_101")).one()
        long_ago.started_at -= timedelta(hours=25)
    with db.reading() as session:
        found = lateness.by_provider(session)["x"]
    assert (found.starts, found.p50_seconds, found.p95_seconds, found.p99_seconds) == (100, 5.0, 9.5, 9.9)


def _begin(session, job: PublishJob, number: int, *, seconds: float) -> None:  # type: ignore[no-untyped-def]
    attempt = Attempt(
        id=f"att_{number}",
        workspace_key=1,
        delivery_key=number,
        number=1,
        fence=number,
        kind="publish",
        fingerprint="",
        started_at=job.created_at + timedelta(seconds=seconds),
    )
    session.add(attempt)
    session.flush()
