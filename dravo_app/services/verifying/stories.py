"""I5 and I6: do the events tell one legal change after the other, and end where the row stands? Jobs' too."""

from itertools import pairwise

from dravo_app.models import DeliveryState, JobStatus
from dravo_app.services.publishing.lifecycle import LEGAL
from dravo_app.services.publishing.rollup import status_of
from dravo_app.services.verifying.books import Books, Invariant
from dravo_app.services.verifying.rows import Batch, DeliveryRow, EventRow, JobRow

_STATES = frozenset(state.value for state in DeliveryState)
_STATUSES = [status.value for status in JobStatus]
_FIRST = (DeliveryState.SCHEDULED, DeliveryState.QUEUED)
_ENDED = frozenset({JobStatus.PUBLISHED, JobStatus.PARTIAL, JobStatus.FAILED, JobStatus.CANCELED})
_BACK_TO_WORK = ("delivery.resolved", "delivery.retried")
"""A person's word may lead a job that had ended on."""


def check(books: Books, batch: Batch) -> None:
    for delivery in batch.deliveries:
        _check_delivery(books, delivery, batch.told[delivery.key])
    again = {one.job_key for one in batch.deliveries if _was_sent_back(batch.told[one.key])}
    states: dict[int, list[tuple[str, int]]] = {key: [] for key in batch.jobs}
    for delivery in batch.deliveries:
        states[delivery.job_key].append((delivery.state, delivery.fence))
    for key, job in batch.jobs.items():
        _check_job(books, job, batch.of_jobs[key], status_of(states[key]), is_again=key in again)


def _check_delivery(books: Books, delivery: DeliveryRow, events: list[EventRow]) -> None:
    told = [word for event in events if (word := event.type.removeprefix("delivery.")) in _STATES]
    books.look(Invariant.I6, len(told))
    books.look(Invariant.I5, max(0, len(told) - 1))
    if not told or told[0] not in _FIRST or told[-1] != delivery.state:
        books.find(Invariant.I6, delivery.id, f"is {delivery.state}, its events tell {_path(told)}")
    for before, after in pairwise(told):
        if after not in LEGAL[DeliveryState(before)]:
            books.find(Invariant.I5, delivery.id, f"went {before} → {after}: {_path(told)}")


def _check_job(books: Books, job: JobRow, events: list[EventRow], expected: JobStatus, *, is_again: bool) -> None:
    told = [word for event in events if (word := event.type.removeprefix("job.")) in _STATUSES]
    books.look(Invariant.I6, len(told))
    books.look(Invariant.I5, max(0, len(told) - 1))
    if job.status != expected:
        books.find(Invariant.I9, job.id, f"is {job.status}, its deliveries say {expected}")
    if not told or told[-1] != job.status or any(before == after for before, after in pairwise(told)):
        books.find(Invariant.I6, job.id, f"is {job.status}, its events tell {_path(told)}")
    if not is_again and not _goes_forward(told):
        books.find(Invariant.I5, job.id, f"moved backwards: {_path(told)}")
    if (job.status in _ENDED) != (job.finished_at is not None):
        books.find(Invariant.I9, job.id, f"is {job.status}, finished_at {job.finished_at}")


def _was_sent_back(events: list[EventRow]) -> bool:
    return any(event.type in _BACK_TO_WORK for event in events)


def _goes_forward(told: list[str]) -> bool:
    places = [min(_STATUSES.index(status), 3) for status in told]
    return places == sorted(set(places))


def _path(told: list[str]) -> str:
    return " → ".join(told) or "nothing"
