"""The job's status is a pure function of its deliveries, and never moves backwards."""

from collections.abc import Iterator
from itertools import combinations_with_replacement

import pytest

from dravo_app.models import DeliveryState as S
from dravo_app.models import JobStatus
from dravo_app.services.publishing.lifecycle import FINAL, LEGAL
from dravo_app.services.publishing.rollup import status_of

KINDS = [(state.value, fence) for state in S for fence in ((0, 1) if state in (S.QUEUED, S.HELD) else (1,))]
RANK = {"scheduled": 0, "queued": 1, "processing": 2, "published": 3, "partial": 3, "failed": 3, "canceled": 3}
One = tuple[str, int]
Job = tuple[One, ...]


def _expected(deliveries: Job) -> str:
    """The rule as `docs/` tells it, in words of its own."""
    states = {state for state, _ in deliveries}
    live = states - {"canceled"}
    if not live:
        return "canceled"
    if all(state in ("scheduled", "canceled") or (state, fence) == ("held", 0) for state, fence in deliveries):
        return "scheduled"
    if all(one in (("queued", 0), ("canceled", 1)) for one in deliveries):
        return "queued"
    if live - {state.value for state in FINAL}:
        return "processing"
    if "published" not in live:
        return "failed"
    return "published" if states == {"published"} else "partial"


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_every_combination_has_the_status_that_the_rule_says(size: int) -> None:
    for deliveries in combinations_with_replacement(KINDS, size):
        assert status_of(deliveries) == _expected(deliveries), deliveries


def test_no_job_moves_backwards_whatever_its_deliveries_do() -> None:
    starts: list[Job] = [(("queued", 0),) * 3, (("scheduled", 0),) * 3]
    seen, line = set(starts), list(starts)
    while line:
        job = line.pop()
        for after in _following(job):
            assert RANK[status_of(after)] >= RANK[status_of(job)], f"{job} → {after}"
            if after not in seen:
                seen.add(after)
                line.append(after)
    assert {status_of(job) for job in seen} == set(JobStatus)


def _following(job: Job) -> Iterator[Job]:
    """One step of the engine: release moves all that are scheduled at once, everything else one delivery. What is held after
    a restore has its fence counted up, if it had begun.

    Left out are a person's steps: letting go what was held, and sending again what had failed.
    """
    if any(state == "scheduled" for state, _ in job):
        yield tuple(("queued", fence) if state == "scheduled" else (state, fence) for state, fence in job)
        yield tuple(("held", fence) if state == "scheduled" else (state, fence) for state, fence in job)
        for place in (n for n, (state, _) in enumerate(job) if state == "scheduled"):
            yield _with(job, place, ("canceled", 0))
        return
    for place, (state, fence) in enumerate(job):
        for to in LEGAL[S(state)] if state not in ("failed", "held") else ():
            if (state, to) == ("queued", S.CANCELED) and fence:
                continue  # skipped for being late is only what was never claimed
            yield _with(job, place, (to.value, 1 if to in (S.SENDING, S.HELD) else fence))


def _with(job: Job, place: int, one: One) -> Job:
    return (*job[:place], one, *job[place + 1 :])
