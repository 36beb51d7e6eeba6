"""How much one release takes, and whose: bounded by deliveries, whole jobs only, workspaces in turns, by time within each."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import Session, col, func, select

from dravo_app import clock, db
from dravo_app.ids import new_id
from dravo_app.models import Account, Delivery, DeliveryState, Event, PublishJob
from dravo_app.services.publishing import turns
from dravo_app.services.publishing.dispatch import IS_SCHEDULED
from dravo_app.services.publishing.release import release
from dravo_app.services.publishing.turns import Line, whose_turn
from tests.support.jobs import add_workspace

_SCHEDULED = Line("publish_job", "scheduled_at", IS_SCHEDULED)


def test_one_workspace_s_flood_holds_nobody_else_s_post_back(database: str) -> None:
    with db.transaction() as session:
        others = [add_workspace(session) for _ in range(3)]
        _schedule(session, 1, jobs=1000, accounts=1, seconds_ago=600)
        mine = [_schedule(session, other, jobs=1, accounts=1, seconds_ago=1)[0] for other in others]
    assert _release() == 200
    with db.reading() as session:
        assert {session.get_one(PublishJob, key).status for key in mine} == {"queued"}


def test_of_large_jobs_too_a_flood_leaves_others_their_turn(database: str) -> None:
    """Also where all the jobs that are due would be few enough for one release, but not their deliveries."""
    with db.transaction() as session:
        other = add_workspace(session)
        _schedule(session, 1, jobs=20, accounts=60, seconds_ago=600)
        (mine,) = _schedule(session, other, jobs=1, accounts=1, seconds_ago=1)
    assert _release() == 9
    with db.reading() as session:
        assert session.get_one(PublishJob, mine).status == "queued"


def test_a_large_job_is_not_put_off_by_many_small_ones_of_others(database: str) -> None:
    with db.transaction() as session:
        for other in (1, add_workspace(session)):
            _schedule(session, other, jobs=600, accounts=1, seconds_ago=600)
        (mine,) = _schedule(session, add_workspace(session), jobs=1, accounts=100, seconds_ago=1)
    _release()
    with db.reading() as session:
        assert session.get_one(PublishJob, mine).status == "queued"


def test_what_a_workspace_leaves_of_its_share_goes_to_the_others(database: str) -> None:
    with db.transaction() as session:
        for other in (add_workspace(session), add_workspace(session)):
            _schedule(session, other, jobs=10, accounts=1, seconds_ago=1)
        _schedule(session, 1, jobs=300, accounts=1, seconds_ago=600)
    assert _release() == 200
    assert _released() == {1: 180, 2: 10, 3: 10}


@pytest.mark.parametrize(
    ("jobs", "policy", "state", "status"),
    [
        (200, "publish", "queued", "queued"),
        (60, "skip", "canceled", "canceled"),
        (60, "ask", "held", "scheduled"),
    ],
)
def test_one_release_is_short_and_takes_whole_jobs(
    database: str, jobs: int, policy: str, state: str, status: str
) -> None:
    with db.transaction() as session:
        keys = _schedule(session, 1, jobs=jobs, accounts=25, seconds_ago=3600, policy=policy)
    sizes = []
    while _release():
        states = _states(keys)
        assert {len(found) for found in states.values()} == {1}, "a job was divided"
        sizes.append(sum(found.total() for found in states.values() if state in found))
    steps = [after - before for before, after in zip([0, *sizes], sizes, strict=False)]
    assert steps == [500] * (jobs // 20)
    with db.reading() as session:
        assert set(session.exec(select(PublishJob.status))) == {status}
        told = select(func.count()).select_from(Event).where(col(Event.type) == f"delivery.{state}")
        assert session.exec(told).one() == jobs * 25


def test_a_job_larger_than_the_bound_goes_alone(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dravo_app.services.publishing.release._MOST_DELIVERIES", 5)
    with db.transaction() as session:
        keys = _schedule(session, 1, jobs=2, accounts=8, seconds_ago=60)
    assert [_release(), _release(), _release()] == [1, 1, 0]
    assert all(set(found) == {"queued"} for found in _states(keys).values())


def test_within_a_workspace_the_order_is_that_of_time(database: str) -> None:
    with db.transaction() as session:
        other = add_workspace(session)
        later, earlier = (_schedule(session, 1, jobs=5, accounts=2, seconds_ago=ago) for ago in (10, 500))
        _schedule(session, other, jobs=4, accounts=2, seconds_ago=900)
    assert _release(limit=8) == 8
    assert {key for key in earlier + later if _is_queued(key)} >= set(sorted(earlier)[:4])
    assert not any(_is_queued(key) for key in later)


def test_the_rested_take_turns_too(database: str) -> None:
    with db.transaction() as session:
        other = add_workspace(session)
        _schedule(session, 1, jobs=300, accounts=1, seconds_ago=600, state=DeliveryState.WAITING)
        (mine,) = _schedule(session, other, jobs=1, accounts=1, seconds_ago=1, state=DeliveryState.WAITING)
    assert 100 <= _release() <= 200
    assert set(_states([mine])[mine]) == {"queued"}
    while _release():
        pass
    assert _waiting() == 0


def test_only_whose_first_row_is_due_gets_a_turn(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.transaction() as session:
        keys = [add_workspace(session) for _ in range(8)]
        for number, key in enumerate(keys):
            _schedule(session, key, jobs=2, accounts=1, seconds_ago=5 if number % 2 else -3600)
    for _ in range(20):  # it begins anywhere
        with db.reading() as session:
            assert sorted(whose_turn(session, _SCHEDULED, clock.now())) == keys[1::2]
    monkeypatch.setattr(turns, "_MOST_WORKSPACES", 2)
    seen: set[int] = set()
    for _ in range(50):
        with db.reading() as session:
            found = whose_turn(session, _SCHEDULED, clock.now())
        assert len(found) == 2
        seen |= set(found)
    assert seen == set(keys[1::2])


def _release(limit: int = 200) -> int:
    with db.transaction() as session:
        return release(session, limit)


def _released() -> dict[int, int]:
    """How many jobs of each workspace."""
    with db.reading() as session:
        return Counter(session.exec(select(PublishJob.workspace_key).where(col(PublishJob.released_at).is_not(None))))


def _states(job_keys: list[int]) -> dict[int, Counter[str]]:
    found: dict[int, Counter[str]] = {key: Counter() for key in job_keys}
    with db.reading() as session:
        for key, state in session.exec(select(Delivery.job_key, Delivery.state)):
            if key in found:
                found[key][state] += 1
    return found


def _is_queued(job_key: int) -> bool:
    return set(_states([job_key])[job_key]) == {"queued"}


def _waiting() -> int:
    with db.reading() as session:
        return len(session.exec(select(Delivery.key).where(col(Delivery.state) == "waiting")).all())


def _schedule(
    session: Session,
    workspace_key: int,
    *,
    jobs: int,
    accounts: int,
    seconds_ago: float,
    policy: str | None = None,
    state: DeliveryState = DeliveryState.SCHEDULED,
) -> list[int]:
    """Keys of jobs due so long ago, the first of them first, each with a delivery to each of so many accounts."""
    chosen = [_account(workspace_key) for _ in range(accounts)]
    due = clock.now() - timedelta(seconds=seconds_ago)
    status = "scheduled" if state == DeliveryState.SCHEDULED else "processing"
    made = [
        PublishJob(
            id=new_id("job"),
            workspace_key=workspace_key,
            environment="test",
            status=status,
            text="x",
            search_text="x",
            author="usr",
            late_policy=policy,
            scheduled_at=due + timedelta(milliseconds=number),
            created_at=due,
        )
        for number in range(jobs)
    ]
    session.add_all([*chosen, *made])
    session.flush()
    session.add_all([_delivery(job, account, state) for job in made for account in chosen])
    session.flush()
    return [job.key or 0 for job in made]


def _delivery(job: PublishJob, account: Account, state: DeliveryState) -> Delivery:
    assert job.scheduled_at is not None
    return Delivery(
        id=new_id("dlv"),
        job_key=job.key or 0,
        account_key=account.key or 0,
        provider="x",
        state=state.value,
        run_at=job.scheduled_at,
        workspace_key=job.workspace_key,
        environment="test",
        created_at=job.created_at,
        changed_at=job.created_at,
    )


def _account(workspace_key: int) -> Account:
    name = new_id("acc")
    return Account(
        id=name,
        workspace_key=workspace_key,
        environment="test",
        provider="x",
        platform_account_id=name,
        handle=name,
        credentials_sealed="",
        created_at=clock.now(),
    )
