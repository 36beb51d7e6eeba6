"""What nobody knows is looked up; absent is what two look-ups have proven; else a person is asked."""

from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from sqlmodel import Session, col, select

from dravo_app import clock, db
from dravo_app.errors import OutcomeUnknown, PostsAlike, ProviderError, ProviderUnavailable
from dravo_app.models import Attempt, AttemptKind, AttemptResult, Delivery, DeliveryState
from dravo_app.providers import registry
from dravo_app.providers.types import Capabilities
from dravo_app.providers.x.publish import X
from dravo_app.services.publishing import attempts, reconcile
from dravo_app.services.publishing.claims import Claim
from dravo_app.services.publishing.rollup import roll_up
from dravo_app.settings import get_settings
from tests.services.publishing.unknown import ask_a_person, lose
from tests.support.world import ON_SQLITE, World, working

pytestmark = ON_SQLITE


@pytest.fixture
def lost(world: World) -> Delivery:
    world.is_settled = False
    return lose(world, world.publish("Where is it?", world.connect("alice")))


def test_a_lost_conversation_is_unknown_and_its_account_free_again(world: World, lost: Delivery) -> None:
    assert (lost.state, lost.error_code, lost.tries, lost.who_acts) == ("unconfirmed", "outcome_unknown", 1, "nobody")
    assert lost.unknown_since is not None and lost.run_at > lost.unknown_since


def test_one_look_proves_nothing(lost: Delivery) -> None:
    assert _look(lost, after_seconds=60).state == "unconfirmed"


def test_two_looks_prove_it_once_the_post_would_have_been_visible(lost: Delivery) -> None:
    _look(lost, after_seconds=0.1)
    early = _look(lost, after_seconds=0.9)
    assert (early.state, early.looks) == ("unconfirmed", 2)
    late = _look(lost, after_seconds=_settled(lost))
    assert (late.state, late.error_code) == ("waiting", "provider_unavailable")


def test_a_request_without_an_answer_is_outwaited(lost: Delivery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAVO_ENGINE_SETTLE_SECONDS", "30")
    get_settings.cache_clear()
    for seconds in (2, 10, 29):
        assert _look(lost, after_seconds=seconds).state == "unconfirmed"
    assert _look(lost, after_seconds=32).state == "waiting"


def test_a_request_that_left_late_is_outwaited_from_then_on(lost: Delivery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAVO_ENGINE_SETTLE_SECONDS", "30")
    get_settings.cache_clear()
    with db.transaction() as session:  # forty seconds went by with its pictures; then the connection broke
        sent = session.exec(select(Attempt).where(col(Attempt.delivery_key) == lost.key)).one()
        sent.result, sent.started_at, sent.closed_at = AttemptResult.FAILED, _at(lost, -40), _at(lost, 0)
    for seconds in (2, 10, 29):
        assert _look(lost, after_seconds=seconds).state == "unconfirmed"
    assert _look(lost, after_seconds=32).state == "waiting"


@pytest.mark.parametrize("status", [408, 504, 524])
def test_a_gateway_that_speaks_for_the_network_is_outwaited_too(
    lost: Delivery, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setenv("DRAVO_ENGINE_SETTLE_SECONDS", "30")
    get_settings.cache_clear()
    with db.transaction() as session:
        session.exec(select(Attempt).where(col(Attempt.delivery_key) == lost.key)).one().http_status = status
    _look(lost, after_seconds=2)
    assert _look(lost, after_seconds=10).state == "unconfirmed"


def test_what_the_network_answered_itself_is_given_the_time_to_become_visible(lost: Delivery) -> None:
    with db.transaction() as session:
        session.exec(select(Attempt).where(col(Attempt.delivery_key) == lost.key)).one().http_status = 500
    for seconds in (0.1, 0.9):
        assert _look(lost, after_seconds=seconds).state == "unconfirmed"
    assert _look(lost, after_seconds=1.1).state == "waiting"


def test_absent_after_the_last_try_is_a_failure_that_says_so(lost: Delivery) -> None:
    with db.transaction() as session:
        session.get_one(Delivery, lost.key).tries = 5
    _look(lost, after_seconds=0.1)
    failed = _look(lost, after_seconds=_settled(lost))
    assert (failed.state, failed.error_code) == ("failed", "provider_unavailable")
    assert failed.error_message and "nothing was published" in failed.error_message


def test_a_network_that_never_answers_ends_with_a_question(lost: Delivery) -> None:
    for number in range(reconcile.MAX_LOOKS):
        assert lost.state == "unconfirmed", f"gave up after {number} looks"
        lost = _look_in_vain(lost)
    assert (lost.state, lost.error_code, lost.who_acts) == ("failed", OutcomeUnknown.code, "author")
    assert lost.error_message and lost.error_message.startswith("It may be public. No answer.")


def test_posts_that_say_the_same_are_a_question_for_a_person_soon(lost: Delivery) -> None:
    for number in range(reconcile.MAX_LOOKS_AT_ALIKE):
        assert lost.state == "unconfirmed", f"gave up after {number} looks"
        lost = _look_in_vain(lost, PostsAlike())
    assert (lost.state, lost.error_code, lost.who_acts) == ("failed", OutcomeUnknown.code, "author")
    assert lost.error_message and "with the same words" in lost.error_message


def test_looks_come_at_growing_distances(lost: Delivery) -> None:
    waits = [(_look_in_vain(lost).run_at - _at(lost, 1)).total_seconds() for _ in range(6)]
    assert waits == sorted(waits) and waits[-1] >= 10 * waits[0]


def test_a_network_that_can_t_be_asked_leaves_it_to_a_person(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Mute(X):
        capabilities: ClassVar[Capabilities] = Capabilities(text_limits=(), counting="", can_look_up=False)

    job = world.publish("Hello?", world.connect("alice"))
    monkeypatch.setitem(registry.PROVIDERS, "x", Mute)
    delivery = lose(world, job)
    assert (delivery.state, delivery.error_code, delivery.who_acts) == ("failed", "outcome_unknown", "author")
    assert delivery.error_message and delivery.error_message.startswith("It may be public.")


def test_lost_access_asks_a_person_because_nobody_can_look(world: World) -> None:
    delivery = ask_a_person(world, world.publish("Hello?", world.connect("alice")))
    assert delivery.error_message == (
        "It may be public. Access is gone. Look at the account and tell Dravo what you see."
    )


def _look(lost: Delivery, *, after_seconds: float) -> Delivery:
    """A successful look-up that found nothing, so many seconds after the outcome became unknown."""
    with db.transaction() as session:
        delivery = session.get_one(Delivery, lost.key)
        look = _open_look(session, delivery)
        look.started_at = _at(lost, after_seconds)
        attempts.close(session, look, AttemptResult.ABSENT, look.started_at)
        reconcile.after_absent(session, delivery, look, look.started_at)
        session.flush()
        roll_up(session, [delivery.job_key], look.started_at)
    return delivery


def _look_in_vain(lost: Delivery, error: ProviderError | None = None) -> Delivery:
    """A look-up, a second after the outcome became unknown, that the network did not answer, or with that error."""
    error, now = error or ProviderUnavailable("No answer."), _at(lost, 1)
    with db.transaction() as session:
        delivery = session.get_one(Delivery, lost.key)
        attempts.close_failed(session, _open_look(session, delivery), error, now)
        reconcile.after_failed_look(session, delivery, error, now)
        session.flush()
        roll_up(session, [delivery.job_key], now)
    return delivery


def _open_look(session: Session, delivery: Delivery) -> Attempt:
    delivery.fence += 1
    claim = Claim(delivery.key or 0, delivery.fence, AttemptKind.LOOK_UP)
    now = delivery.unknown_since
    assert now is not None and delivery.state == DeliveryState.UNCONFIRMED
    earlier = list(session.exec(select(Attempt).where(col(Attempt.delivery_key) == delivery.key)))
    attempt = attempts.open_attempt(session, delivery, claim, earlier, "Where is it?", now)
    session.flush()
    return attempt


def _at(lost: Delivery, seconds: float) -> datetime:
    assert lost.unknown_since is not None
    return lost.unknown_since + timedelta(seconds=seconds)


def _settled(lost: Delivery) -> float:
    return get_settings().engine.settle_seconds + 1.1


def test_what_was_queued_by_a_clock_that_was_ahead_is_due_once_it_is_right(world: World) -> None:
    real = clock.now()
    clock.set_source(lambda: real + timedelta(hours=1))
    job = world.publish("From the future", world.connect("alice"))
    clock.set_source(None)
    with working():
        assert world.wait_until_final(job)[0].status == "published"
