"""Whose turn it is: workspaces one after the other, an account's posts in the order of their time."""

from datetime import timedelta

from sqlmodel import Session

from dravo_app import clock, db
from dravo_app.ids import new_id
from dravo_app.models import Account, AccountGate, Delivery, DeliveryState, PublishJob
from dravo_app.services.publishing import dispatch
from tests.support.jobs import add_workspace


def test_one_workspace_s_flood_leaves_another_its_turn(database: str) -> None:
    with db.transaction() as session:
        _due(session, add_workspace(session), accounts=2, seconds_ago=1)
        _due(session, 1, accounts=300, seconds_ago=60)
    with db.transaction() as session:
        taken = _claimed(session, limit=8)
        assert sorted(delivery.workspace_key for delivery in taken) == [1] * 6 + [2] * 2


def test_a_workspace_alone_gets_all_there_is(database: str) -> None:
    with db.transaction() as session:
        add_workspace(session)
        _due(session, 1, accounts=20, seconds_ago=60)
    with db.transaction() as session:
        assert len(_claimed(session, limit=16)) == 16


def test_many_workspaces_all_get_a_turn_in_the_end(database: str) -> None:
    with db.transaction() as session:
        keys = [add_workspace(session) for _ in range(12)]
        for key in keys:
            _due(session, key, accounts=1, seconds_ago=1)
    seen: set[int] = set()
    for _ in range(4):
        with db.transaction() as session:
            seen |= {delivery.workspace_key for delivery in _claimed(session, limit=3)}
    assert seen == set(keys)


def test_of_an_account_s_posts_the_earliest_is_taken_first(database: str) -> None:
    with db.transaction() as session:
        (account,) = _due(session, 1, accounts=1, seconds_ago=10)
        _due(session, 1, accounts=0, seconds_ago=60, to=account)
    with db.transaction() as session:
        (first,) = _claimed(session, limit=5)
        assert (clock.now() - first.run_at).total_seconds() > 30


def test_accounts_with_long_queues_leave_others_their_turn(database: str) -> None:
    with db.transaction() as session:
        for account in _due(session, 1, accounts=5, seconds_ago=60):
            for _ in range(40):
                _due(session, 1, accounts=0, seconds_ago=50, to=account)
        _due(session, 1, accounts=1, seconds_ago=1)
    with db.transaction() as session:
        assert len(_claimed(session, limit=8)) == 6


def _claimed(session: Session, limit: int) -> list[Delivery]:
    claims = dispatch.claim(session, "one", limit, lease_seconds=30)
    return [session.get_one(Delivery, claim.delivery_key) for claim in claims]


def _due(
    session: Session, workspace_key: int, *, accounts: int, seconds_ago: float, to: Account | None = None
) -> list[Account]:
    now = clock.now()
    made = [_account(session, workspace_key) for _ in range(accounts)]
    for account in [to] if to else made:
        job = PublishJob(
            id=new_id("job"),
            workspace_key=workspace_key,
            environment="test",
            status="queued",
            text="x",
            search_text="x",
            author="usr",
            created_at=now,
        )
        session.add(job)
        session.flush()
        session.add(
            Delivery(
                id=new_id("dlv"),
                job_key=job.key or 0,
                account_key=account.key or 0,
                provider="x",
                state=DeliveryState.QUEUED.value,
                run_at=now - timedelta(seconds=seconds_ago),
                workspace_key=workspace_key,
                environment="test",
                created_at=now,
                changed_at=now,
            )
        )
    session.flush()
    return made


def _account(session: Session, workspace_key: int) -> Account:
    name = new_id("acc")
    account = Account(
        id=name,
        workspace_key=workspace_key,
        environment="test",
        provider="x",
        platform_account_id=name,
        handle=name,
        credentials_sealed="",
        created_at=clock.now(),
    )
    session.add(account)
    session.flush()
    session.add(AccountGate(account_key=account.key or 0, workspace_key=workspace_key))
    return account
