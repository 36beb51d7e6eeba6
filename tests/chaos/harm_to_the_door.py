"""Harm to the API: it is killed while people ask, and around its commit. Each function leaves it open again."""

import random
import time

import httpx
from sqlmodel import col, select

from dravo_app import db
from dravo_app.models import PublishJob
from tests.chaos import programs
from tests.chaos.books import HANDLE
from tests.chaos.ground import Ground
from tests.chaos.people import Person
from tests.flow.test_a_killed_worker_never_posts_twice import OF_PUBLISHERS

_KILLS = 3
_DIES_WITHIN_SECONDS = 20.0
_DRAWN_DIES_WITHIN_SECONDS = 4.0


def kill_the_door(ground: Ground, chance: random.Random) -> None:
    """While it answers, if anybody asks."""
    if ground.door is not None:
        ground.door.kill()
        time.sleep(chance.uniform(0.0, 0.5))
        _open_again(ground)


def kill_the_door_while_it_answers(ground: Ground, chance: random.Random) -> None:
    """Again and again, and somebody asks all the while. Raises AssertionError where they didn't get one job for each post."""
    account = ground.world.connect(f"{HANDLE}-caller")
    caller = Person("Caller", ground, [account], f"{chance.random()}", pause_seconds=0.1)
    caller.start()
    try:
        for _ in range(_KILLS):
            time.sleep(1.0)
            kill_the_door(ground, chance)
    finally:
        caller.stop()
    assert caller.counted.asked_again, "nobody was asking when it was killed"
    assert not caller.counted.gave_up, f"{caller.counted.gave_up} posts were never answered"
    for promise in caller.promises:
        jobs = _jobs_of(promise.text)
        assert jobs == [promise.job_id], f"{promise.text}: the caller heard of {promise.job_id}, there are {jobs}"


def kill_the_door_at_a_crash_point(ground: Ground, chance: random.Random) -> None:
    """Before or after the commit of a post that somebody asks for; whether anybody does is up to what goes on."""
    if ground.door is not None:
        ground.door.kill()
        doomed = ground.open_door(chance.choice(OF_PUBLISHERS))
        doomed.wait(_DRAWN_DIES_WITHIN_SECONDS)
        doomed.kill()
        _open_again(ground)


def kill_the_door_at_every_crash_point(ground: Ground, _chance: random.Random) -> None:
    """Before and after the commit of a post, which is asked for again. Raises AssertionError where it isn't one job in the end."""
    account = ground.world.connect(f"{HANDLE}-caller")
    for point in OF_PUBLISHERS:
        text = f"Asked for twice, {point}"
        _die_answering(ground, point, text, account)
        jobs = _jobs_of(text)
        assert len(jobs) == (point == "publish_committed"), f"{point}: {len(jobs)} jobs after the kill"
        _open_again(ground)
        answer = _ask(ground, text, account)
        assert answer is not None and answer.status_code == 202, f"{point}: asked again, the answer was {answer}"
        after = _jobs_of(text)
        assert after == [answer.json()["job_id"]] and set(jobs) <= set(after), f"{point}: {jobs} became {after}"


def _die_answering(ground: Ground, point: str, text: str, account: str) -> None:
    assert ground.door is not None
    ground.door.kill()
    doomed = ground.open_door(point)
    assert programs.wait_for_door(ground.door_port), "the API didn't start"
    answer = _ask(ground, text, account)
    code = doomed.wait(_DIES_WITHIN_SECONDS)
    doomed.kill()
    assert answer is None and code is not None, f"the API didn't die at {point}: it answered {answer}"


def _open_again(ground: Ground) -> None:
    ground.open_door()
    programs.wait_for_door(ground.door_port)


def _ask(ground: Ground, text: str, account: str) -> httpx.Response | None:
    """A post, always under the same key; None where there is no answer."""
    headers = {"Authorization": f"Bearer {ground.api_key}", "Idempotency-Key": text.encode().hex()}
    body = {"account_ids": [account], "text": text}
    try:
        url = f"http://127.0.0.1:{ground.door_port}/v1/publish"
        return httpx.post(url, json=body, headers=headers, timeout=20, trust_env=False)
    except httpx.HTTPError:
        return None


def _jobs_of(text: str) -> list[str]:
    with db.reading() as session:
        return list(session.exec(select(PublishJob.id).where(col(PublishJob.text) == text)))
