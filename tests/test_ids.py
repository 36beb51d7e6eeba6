"""Ids sort by age and can't be guessed."""

from datetime import UTC, datetime, timedelta

from dravo_app.ids import new_id, sibling_id

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_ids_sort_by_the_instant_they_carry() -> None:
    made = [new_id("job", START + timedelta(milliseconds=step)) for step in range(0, 5000, 7)]
    assert made == sorted(made)


def test_an_id_carries_130_random_bits_that_all_move() -> None:
    tails = [new_id("job", START)[-26:] for _ in range(2000)]
    assert len(set(tails)) == 2000
    assert all(len({tail[place] for tail in tails}) == 32 for place in range(26))


def test_job_and_log_of_the_same_job_share_all_but_the_prefix() -> None:
    job = new_id("job")
    assert sibling_id("log", job) == "log_" + job.removeprefix("job_") and len(job) <= 48
