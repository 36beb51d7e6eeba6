"""Failed deliveries sent again by a person: only where it can help, once, and never what is or may be public."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import col, select

from dravo_app import clock, db
from dravo_app.errors import Conflict, Invalid, NotFound, ProviderUnavailable, RetryRefused, error_classes, verdict_of
from dravo_app.models import Account, Delivery, DeliveryState, Event, Health
from dravo_app.services import accounts, connecting
from dravo_app.services.publishing import closing, dispatch, opening, reconcile
from dravo_app.services.publishing.deliver import Finished
from dravo_app.services.publishing.lifecycle import move
from dravo_app.services.publishing.resolve import Resolution, resolve
from dravo_app.services.publishing.retry import retry, why_not
from dravo_app.services.publishing.rollup import roll_up
from tests.services.publishing.unknown import ask_a_person, lose
from tests.support.world import ON_SQLITE, World, working

S = DeliveryState
CODES = [error.code for error in error_classes() if verdict_of(error)] + ["not_published", "made_up"]
SENT_AGAIN = {
    *("provider_unavailable", "media_unreachable", "throttled", "quota_exhausted", "setup_unusable", "access_expired"),
    *("reconnect_required", "permission_missing", "account_blocked", "app_not_approved", "not_published"),
}


@pytest.fixture
def account(world: World) -> str:
    return world.connect("alice")


@pytest.mark.parametrize("code", [None, *CODES])
def test_only_what_failed_for_certain_and_may_be_helped_is_sent_again(code: str | None) -> None:
    for state in S:
        allowed = state is S.FAILED and code in SENT_AGAIN
        assert (why_not(state, code, Health.OK) is None) == allowed
        for health in (Health.NEEDS_RECONNECT, Health.BLOCKED, Health.DISCONNECTED):
            assert why_not(state, code, health) is not None


def test_a_failed_delivery_that_is_retried_posts_exactly_once(world: World, account: str) -> None:
    job = _failed(world, "Once more", account)
    first_tried_at = world.deliveries(job)[0].first_tried_at
    _retry(world, job)
    assert world.receipt(job).status == "processing"
    with working():
        (receipt,) = world.wait_until_final(job)
    assert receipt.status == "published" and len(world.visible("Once more")) == 1
    assert world.states(job)[-4:] == ["retried", "queued", "sending", "published"]
    assert world.deliveries(job)[0].first_tried_at == first_tried_at
    assert world.deliveries(job)[0].tries == 0


@ON_SQLITE
@pytest.mark.parametrize("network", ["x", "bluesky"])
def test_what_was_public_after_all_is_found_and_not_posted_twice(world: World, network: str) -> None:
    """The look-ups called it absent (they were wrong), the tries were used up, and somebody retries."""
    account = world.connect("mallory", network)
    job = world.publish("Wrongly absent", account)
    lose(world, job, sent=True)
    _fail(world, job, "provider_unavailable")
    _retry(world, job)
    with working():
        (receipt,) = world.wait_until_final(job)
    assert receipt.status == "published" and len(world.visible("Wrongly absent")) == 1


def test_of_a_partial_job_only_the_failed_half_goes_out_again(world: World, account: str) -> None:
    other = world.connect("bob")
    world.sandbox.faults(network="x", account="bob", script=["token revoked"])
    job = world.publish("Both halves", account, other)
    with working():
        world.wait_until_final(job)
    assert world.receipt(job).status == "partial"
    with pytest.raises(RetryRefused) as refused:
        _retry(world, job)
    assert "bob: The account needs to be connected again" in refused.value.detail
    _reconnect(world, "bob")
    _retry(world, job)
    with working():
        (receipt,) = world.wait_until_final(job)
    assert receipt.status == "published"
    assert sorted(item["account"] for item in world.visible("Both halves")) == ["alice", "bob"]


@ON_SQLITE
def test_accounts_that_are_named_succeed_together_or_not_at_all(world: World, account: str) -> None:
    other = world.connect("bob")
    job = _failed(world, "Two of them", account, other)
    _fail(world, job, "content_rejected", other)
    with pytest.raises(RetryRefused) as refused:
        _retry(world, job, [account, other])
    assert [(flaw.pointer, flaw.code) for flaw in refused.value.flaws] == [("/account_ids/1", "needs_a_new_post")]
    assert [delivery.state for delivery in world.deliveries(job)] == ["failed", "failed"]
    _retry(world, job)  # without names, what can go does
    assert [delivery.state for delivery in world.deliveries(job)] == ["queued", "failed"]
    with working():
        assert world.wait_until_final(job)[0].status == "partial"


@ON_SQLITE
def test_what_is_refused_stays_exactly_as_it_was(world: World, account: str) -> None:
    world.is_settled = False
    for code in CODES:
        job = _failed(world, f"Failed with {code}", account)
        _fail(world, job, code)
        before = world.deliveries(job)[0]
        if code in SENT_AGAIN:
            _retry(world, job)
            assert world.deliveries(job)[0].state == "queued"
        else:
            with pytest.raises(RetryRefused):
                _retry(world, job, [account])
            assert world.deliveries(job)[0] == before


@ON_SQLITE
def test_nothing_that_is_or_may_be_public_is_ever_sent_again(world: World, account: str) -> None:
    published = world.publish("Out there", account)
    with working():
        world.wait_until_final(published)
    asked = world.publish("Perhaps out there", account)
    ask_a_person(world, asked, sent=True)
    for job, code in ((published, "already_published"), (asked, "may_be_public")):
        with pytest.raises(RetryRefused) as refused:
            _retry(world, job, [account])
        assert refused.value.flaws[0].code == code
    with pytest.raises(Conflict):
        _retry(world, published)
    _resolve(world, asked, account, published=True)
    with pytest.raises(RetryRefused):
        _retry(world, asked, [account])
    assert len(world.visible("Out there")) == len(world.visible("Perhaps out there")) == 1


@ON_SQLITE
def test_seen_not_to_be_there_may_be_retried_later(world: World, account: str) -> None:
    job = world.publish("Not there", account)
    ask_a_person(world, job)
    _resolve(world, job, account, published=False)
    _retry(world, job)
    with working():
        assert world.wait_until_final(job)[0].status == "published"
    assert len(world.visible("Not there")) == 1


@ON_SQLITE
def test_a_disconnected_account_has_to_come_back_first(world: World, account: str) -> None:
    job = _failed(world, "Gone", account)
    with db.transaction() as session:
        accounts.disconnect(session, world.caller, account)
    with pytest.raises(RetryRefused) as refused:
        _retry(world, job)
    assert refused.value.flaws[0].code == "account_disconnected"
    assert world.connect("alice") == account
    _retry(world, job)
    with working():
        assert world.wait_until_final(job)[0].status == "published"


def test_of_many_retries_at_once_one_is_done(world: World, account: str) -> None:
    job = _failed(world, "All at once", account)
    outcomes = _at_once(8, lambda: _retry(world, job, [account]))
    assert outcomes.count(None) == 1
    assert {type(outcome) for outcome in outcomes} == {type(None), RetryRefused}
    with working():
        world.wait_until_final(job)
    assert len(world.visible("All at once")) == 1


def test_retries_in_the_middle_of_the_work_never_make_a_second_post(world: World, account: str) -> None:
    world.sandbox.faults(network="*", allow_duplicates=True, latency_seconds=0.05)
    jobs = [_failed(world, f"In the middle {n}", account) for n in range(4)]
    with working():
        for _ in range(30):
            for job in jobs:
                _at_once(2, lambda job=job: _retry(world, job))  # type: ignore[misc]
        world.wait_until_final(*jobs)
    assert [len(world.visible(f"In the middle {n}")) for n in range(4)] == [1, 1, 1, 1]


def test_a_zombie_of_the_first_round_can_do_nothing_in_the_second(world: World, account: str) -> None:
    job = world.publish("Zombie", account)
    with db.transaction() as session:
        (claim,) = dispatch.claim(session, "zombie", limit=1, lease_seconds=30)
        (opened,) = opening.open_all(session, [claim])
    _lose_lease(world, job)
    _fail(world, job, "provider_unavailable")
    _retry(world, job)
    before = world.deliveries(job)[0]
    with db.transaction() as session:
        closing.close_all(session, [Finished(opened, None)])
    assert world.deliveries(job)[0] == before
    with working():
        assert world.wait_until_final(job)[0].status == "published"
    assert len(world.visible("Zombie")) == 1


@ON_SQLITE
def test_who_retried_is_on_record(world: World, account: str) -> None:
    job = _failed(world, "Who was it?", account)
    _retry(world, job)
    with db.reading() as session:
        event = session.exec(select(Event).where(col(Event.type) == "delivery.retried")).one()
    assert event.details == {"actor": "usr_tester", "error_code": "provider_unavailable"}
    world.is_settled = False


@ON_SQLITE
def test_a_list_that_makes_no_sense_is_refused(world: World, account: str) -> None:
    job = _failed(world, "Nonsense", account)
    for wrong in ([], ["acc_unknown"], ["acc_\x00"], [account, account]):
        with pytest.raises(Invalid):
            _retry(world, job, wrong)
    with pytest.raises(NotFound):
        _retry(world, "job_unknown")


def _reconnect(world: World, handle: str) -> None:
    """With a second credential of the same account: the first was revoked."""
    request = connecting.ConnectRequest(
        provider="x", platform_account_id=handle, credentials={"access_token": f"sandbox_{handle}~2"}
    )
    identity = connecting.ask_identity(world.caller, request)
    with db.transaction() as session:
        assert connecting.connect(session, world.caller, "x", identity)[1] is False


def _lose_lease(world: World, job: str) -> None:
    """As if its worker had been away too long: recovered, and now unconfirmed."""
    with db.transaction() as session:
        for delivery in session.exec(select(Delivery).where(col(Delivery.state) == S.SENDING)):
            delivery.lease_until = clock.now() - timedelta(seconds=1)
            session.add(delivery)
    with db.transaction() as session:
        assert reconcile.recover_lost(session) == 1


def _failed(world: World, text: str, *account_ids: str) -> str:
    """A job whose deliveries have used up their tries without being sent."""
    job = world.publish(text, *account_ids)
    for account_id in account_ids:
        _begin_in_vain(world, account_id)
        _fail(world, job, "provider_unavailable", account_id)
    return job


def _begin_in_vain(world: World, account_id: str) -> None:
    """Claimed and begun, then nothing: the first try is on the books."""
    with db.transaction() as session:
        claims = dispatch.claim(session, "first", limit=10, lease_seconds=30)
        opened = opening.open_all(session, claims)
        closing.close_all(session, [Finished(one, ProviderUnavailable("Nothing was published.")) for one in opened])


def _fail(world: World, job: str, code: str, account_id: str | None = None) -> None:
    """Let it end as failed with that code, by legal steps, whatever it was in."""
    with db.transaction() as session:
        rows = session.exec(select(Delivery, Account).join(Account, col(Account.key) == col(Delivery.account_key)))
        key = world._job_key(job)
        for delivery, account in rows:
            if delivery.job_key != key or account_id not in (None, account.id):
                continue
            for step in _WAY_TO_FAILED[S(delivery.state)]:
                move(session, delivery, step, clock.now())
            delivery.error_code, delivery.error_message, delivery.who_acts = code, "It may be public. No.", "author"
            session.add(delivery)
        roll_up(session, [key], clock.now())


_WAY_TO_FAILED: dict[DeliveryState, tuple[DeliveryState, ...]] = {
    S.FAILED: (),
    S.UNCONFIRMED: (S.FAILED,),
    S.WAITING: (S.QUEUED, S.SENDING, S.FAILED),
    S.QUEUED: (S.SENDING, S.FAILED),
}


def _retry(world: World, job: str, account_ids: list[str] | None = None) -> None:
    with db.transaction() as session:
        retry(session, world.caller, job, account_ids)


def _resolve(world: World, job: str, account: str, **answer: object) -> None:
    with db.transaction() as session:
        resolve(session, world.caller, job, account, Resolution.model_validate(answer))


def _at_once(number: int, act: Callable[[], None]) -> list[Exception | None]:
    """Run it in that many threads at one moment; what each ended with."""
    gate = threading.Barrier(number)
    outcomes: list[Exception | None] = []

    def run() -> None:
        gate.wait()
        try:
            act()
            outcomes.append(None)
        except (RetryRefused, Conflict) as error:
            outcomes.append(error)

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
