"""A network in trouble is asked by one delivery at a time until it answers; an app that has used up its allowance rests as one."""

from datetime import UTC, datetime, timedelta

import pytest

from dravo_app import clock, db
from dravo_app.errors import (
    ContentRejected,
    MediaUnreachable,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    ReconnectRequired,
)
from dravo_app.providers.types import Published
from dravo_app.services.publishing import closing, dispatch, gates, opening
from dravo_app.services.publishing.deliver import Finished
from dravo_app.services.publishing.opening import Opened
from dravo_app.services.publishing.release import release
from tests.conftest import MovableClock
from tests.support.world import World

DOWN = ProviderUnavailable("It is down.", is_outage=True)
X, APP = gates.Behind("test:x", "test:x:app:one"), "test:x:app:one"


@pytest.fixture
def hand(database: str, movable_clock: MovableClock) -> MovableClock:
    return movable_clock


def _note(*answers: object) -> None:
    with db.transaction() as session:
        gates.note(session, [(X, answer) for answer in answers], clock.now())


def _resting() -> tuple[bool, bool]:
    """Is X closed, is it on trial?"""
    with db.transaction() as session:
        found = gates.get_resting(session, clock.now())
        return X.network in found.closed, X.network in found.on_trial


def test_five_broken_answers_in_a_row_close_a_network(hand: MovableClock) -> None:
    _note(*[DOWN] * 4)
    assert _resting() == (False, False)
    _note(OutcomeUnknown("It may be public.", is_outage=True))
    assert _resting() == (True, False)
    hand.move(seconds=5.1)
    assert _resting() == (False, True)


def test_any_answer_of_the_network_s_own_ends_the_row(hand: MovableClock) -> None:
    _note(*[DOWN] * 4, ContentRejected("No.", http_status=400), *[DOWN] * 4)
    assert _resting() == (False, False)


def test_what_the_network_has_not_said_ends_nothing(hand: MovableClock) -> None:
    _note(*[DOWN] * 4, MediaUnreachable("Its picture is away."), DOWN)
    assert _resting() == (True, False)


def test_a_crowd_that_fails_at_once_is_one_outage(hand: MovableClock) -> None:
    _note(*[DOWN] * 50)
    _note(*[DOWN] * 50)
    hand.move(seconds=5.1)
    assert _resting() == (False, True)


def test_a_trial_that_never_asked_the_network_leaves_it_to_the_next(hand: MovableClock) -> None:
    _note(*[DOWN] * 5)
    hand.move(seconds=5.1)
    with db.transaction() as session:
        gates.begin_trial(session, gates.get_resting(session, clock.now()).on_trial[X.network], clock.now())
    assert _resting() == (True, False)
    _note(ReconnectRequired("Its access is gone."))
    hand.move(seconds=1.1)
    assert _resting() == (False, True)


def test_pauses_grow_to_a_minute_and_the_first_answer_ends_them(hand: MovableClock) -> None:
    _note(*[DOWN] * 5)
    for seconds in (5, 10, 20, 40, 60, 60):
        hand.move(seconds=seconds - 0.1)
        assert _resting() == (True, False)
        hand.move(seconds=0.2)
        assert _resting() == (False, True)
        _note(DOWN)
    _note(Published("1", None))
    assert _resting() == (False, False)


def _claim(limit: int = 10) -> list[Opened]:
    with db.transaction() as session:
        claims = dispatch.claim(
            session, "one", limit, lease_seconds=1e9
        )  # for the invariants, which are asked when the clock runs again
    with db.transaction() as session:
        return opening.open_all(session, claims)


def _end(opened: list[Opened], error: ProviderError) -> None:
    with db.transaction() as session:
        behind = [gates.behind(one.environment, one.provider, {"client_id": "sandbox"}) for one in opened]
        closing.close_all(session, [Finished(one, error, found) for one, found in zip(opened, behind, strict=True)])


def test_while_a_network_rests_one_delivery_is_let_through_and_others_go_on(
    world: World, movable_clock: MovableClock
) -> None:
    world.is_settled = False
    movable_clock.now = datetime.now(UTC)  # for the invariants, as above
    on_x = [world.connect(f"x{n}") for n in range(9)]
    world.publish("First", *on_x[:5])
    _end(_claim(), DOWN)
    world.publish("Second", *on_x[5:], world.connect("sky", "bluesky"))
    assert {one.provider for one in _claim()} == {"bluesky"}
    movable_clock.move(seconds=0.2)  # the pause is a tenth of a second in this world
    assert [one.provider for one in _claim()] == ["x"]
    assert _claim() == []


def test_an_app_s_allowance_is_used_up_for_all_its_accounts(world: World, movable_clock: MovableClock) -> None:
    world.is_settled = False
    movable_clock.now = datetime.now(UTC)
    job = world.publish("One", world.connect("ada"))
    until = clock.now() + timedelta(hours=3)
    _end(_claim(), QuotaExhausted("Used up.", http_status=429, retry_at=until, is_for_app=True))
    world.publish("Two", world.connect("bob"))
    assert _claim() == []
    assert world.deliveries(job)[0].tries == 0
    movable_clock.move(hours=3, seconds=1)
    with db.transaction() as session:
        release(session)
    assert len(_claim()) == 2
