"""The books of a run: what people were promised, what the database says, and what the world saw, held against each other."""

from collections import Counter
from dataclasses import dataclass, field

from sqlmodel import col, select

from dravo_app import db
from dravo_app.models import Account, Delivery, PublishJob
from dravo_app.services.publishing.lifecycle import FINAL
from tests.chaos.ground import Ground
from tests.chaos.people import Promise
from tests.support.invariants import check_invariants

HANDLE = "chaos"
"""Every account of a run is called so, with a number: its token is what no log may show."""

_FINAL = {state.value for state in FINAL}


@dataclass
class Books:
    """Counts are deliveries. `trouble` has a sentence for each thing that is lost, twice, stuck or broken."""

    accepted: int = 0
    published: int = 0
    canceled: int = 0
    asking: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    twice: int = 0
    stuck: int = 0
    secrets_in_logs: int = 0
    broken: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    @property
    def are_good(self) -> bool:
        return not (self.lost or self.twice or self.stuck or self.broken or self.secrets_in_logs)


def close_books(ground: Ground, promises: list[Promise]) -> Books:
    """Count; the database is read directly, the world's own log is the judge."""
    books = Books()
    rows = _rows()
    known_jobs = {job_id for _, _, job_id, _ in rows}
    for promise in promises:
        if promise.job_id and promise.job_id not in known_jobs:
            books.lost += len(promise.accounts)
            books.trouble.append(f"lost: {promise.job_id} was accepted and is not in the database")
    books.broken += _asked_once_and_two_jobs(promises, {(job_id, text) for _, _, job_id, text in rows})
    canceled = {promise.job_id for promise in promises if promise.was_canceled}
    seen = Counter(
        (item["network"], item["account"].removesuffix(".test").lower(), item["text"]) for item in ground.sandbox.log()
    )
    wanted: Counter[tuple[str, str, str]] = Counter()
    for delivery, account, job_id, text in rows:
        place = (account.provider, account.handle.lstrip("@").removesuffix(".test").lower(), text)
        wanted[place] += 1
        _count(books, delivery, is_seen=place in seen, was_canceled=job_id in canceled)
    for place, number in seen.items():
        if number > max(1, wanted[place]):
            books.twice += number - max(1, wanted[place])
            books.trouble.append(f"twice: {place} is visible {number} times")
    books.broken += broken_invariants(ground, is_settled=not books.stuck)
    books.secrets_in_logs = _count_secrets(ground)
    return books


def broken_invariants(ground: Ground, *, is_settled: bool = True) -> list[str]:
    """A sentence for each."""
    try:
        check_invariants(ground.sandbox, is_settled=is_settled)
    except AssertionError as broken:
        return str(broken).splitlines()
    return []


def _asked_once_and_two_jobs(promises: list[Promise], jobs: set[tuple[str, str]]) -> list[str]:
    """A person's texts are all different: who asks again does it under the same key."""
    number = Counter(text for _, text in jobs)
    return [f"{p.text} was asked for once and is {number[p.text]} jobs" for p in promises if number[p.text] > 1]


def _rows() -> list[tuple[Delivery, Account, str, str]]:
    with db.reading() as session:
        statement = (
            select(Delivery, Account, PublishJob.id, PublishJob.text)
            .join(Account, col(Account.key) == col(Delivery.account_key))
            .join(PublishJob, col(PublishJob.key) == col(Delivery.job_key))
        )
        return [(delivery, account, job_id, text) for delivery, account, job_id, text in session.exec(statement)]


def _count(books: Books, delivery: Delivery, *, is_seen: bool, was_canceled: bool) -> None:
    books.accepted += 1
    if was_canceled and (is_seen or delivery.state != "canceled"):
        books.broken.append(
            f"{delivery.id} was canceled, so the caller heard, and is {delivery.state}, seen: {is_seen}"
        )
    if delivery.state not in _FINAL:
        books.stuck += 1
        books.trouble.append(
            f"stuck: {delivery.id} is {delivery.state} since {delivery.changed_at}, goes on {delivery.run_at}, {delivery.error_code}"
        )
    elif delivery.state == "published":
        books.published += 1
        if not is_seen:
            books.lost += 1
            books.trouble.append(f"lost: {delivery.id} is published and the world doesn't see it")
    elif delivery.state == "canceled":
        books.canceled += 1
    elif delivery.error_code == "outcome_unknown":
        books.asking += 1
    else:
        books.failed[delivery.error_code or "without a reason"] += 1


def _count_secrets(ground: Ground) -> int:
    said = ground.logs()
    return said.count(ground.api_key) + said.count(f"sandbox_{HANDLE}")
