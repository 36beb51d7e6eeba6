"""The table of states: a row for each, and `move` makes the changes it has and no other."""

from datetime import UTC, datetime

import pytest
from sqlmodel import Session

from dravo_app.models import Delivery, DeliveryState, Event
from dravo_app.services.publishing.lifecycle import FINAL, LEGAL, IllegalChange, move, shown

NOW = datetime(2026, 7, 1, tzinfo=UTC)
PAIRS = [(before, after) for before in DeliveryState for after in DeliveryState]


def test_every_state_has_a_row_and_only_two_are_the_end() -> None:
    assert set(LEGAL) == set(DeliveryState)
    assert {state for state, following in LEGAL.items() if not following} == {"published", "canceled"}


def test_every_state_can_be_reached_and_can_come_to_an_end() -> None:
    for start in (DeliveryState.SCHEDULED, DeliveryState.QUEUED):
        assert FINAL & _reachable(start)
    assert _reachable(DeliveryState.SCHEDULED) == set(DeliveryState)
    assert all(_reachable(state) & FINAL for state in DeliveryState)


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_move_makes_what_is_legal_and_refuses_the_rest(before: DeliveryState, after: DeliveryState) -> None:
    session, delivery = Session(), _delivery(before)
    if after not in LEGAL[before]:
        with pytest.raises(IllegalChange):
            move(session, delivery, after, NOW)
        assert (delivery.state, list(session.new)) == (before, [])
        return
    move(session, delivery, after, NOW)
    assert [row.type for row in session.new if isinstance(row, Event)] == [f"delivery.{after}"]
    assert (delivery.finished_at == NOW) == (after in FINAL)
    assert (delivery.lease_owner is None) == (after is not DeliveryState.SENDING)


def test_queued_again_still_shows_as_processing() -> None:
    assert [shown("queued", fence) for fence in (0, 1, 2)] == ["queued", "processing", "processing"]
    assert {shown(state.value, 0) for state in DeliveryState} == {
        "scheduled", "queued", "processing", "failed", "published", "canceled",
    }  # fmt: skip


def _reachable(start: DeliveryState) -> set[DeliveryState]:
    found, line = {start}, [start]
    while line:
        fresh = LEGAL[line.pop()] - found
        found |= fresh
        line += fresh
    return found


def _delivery(state: DeliveryState) -> Delivery:
    return Delivery(
        key=1, id="dlv_1", workspace_key=1, environment="test", job_key=1, account_key=1, provider="x",
        state=state.value, run_at=NOW, created_at=NOW, changed_at=NOW, lease_owner="somebody", lease_until=NOW,
    )  # fmt: skip
