"""Verdict → next state, for every error that a network can cause."""

from datetime import UTC, datetime, timedelta

import pytest

from dravo_app.errors import ProviderError, ProviderUnavailable, Throttled, Verdict, error_classes
from dravo_app.models import DeliveryState, Health
from dravo_app.services.publishing import outcome
from dravo_app.services.publishing.lifecycle import LEGAL
from dravo_app.services.publishing.outcome import MAX_TRIES, MAX_WAIT, TABLE, next_after
from tests.conftest import Settle

NOW = datetime(2026, 7, 1, tzinfo=UTC)
ERRORS = [kind for kind in error_classes() if issubclass(kind, ProviderError)]


@pytest.fixture(autouse=True)
def _own_settings(settle: Settle) -> None:
    settle()


def test_every_verdict_has_a_row_and_every_row_a_state_that_sending_may_become() -> None:
    assert set(TABLE) == set(Verdict)
    assert len(ERRORS) >= 14
    for rule in TABLE.values():
        assert {rule.to, rule.else_to} <= LEGAL[DeliveryState.SENDING]
        assert rule.account_health in (None, *Health)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: str(kind.code))
def test_every_error_leads_on_and_says_what_happened(kind: type[ProviderError]) -> None:
    following = next_after(kind(), tries=1, begun_at=NOW, now=NOW)
    assert following.state is TABLE[kind.verdict].to
    assert NOW <= following.run_at <= NOW + MAX_WAIT
    assert kind().detail == kind.sentence() and kind.code != "error"


def test_a_retry_waits_longer_each_time_and_ends_after_five_tries_in_two_hours() -> None:
    longest = [max(_wait(ProviderUnavailable(), tries) for _ in range(200)) for tries in range(1, MAX_TRIES)]
    assert longest == sorted(longest) and longest[0] <= 5.0
    assert 3600 <= sum(longest) <= 2 * 3600
    assert next_after(ProviderUnavailable(), MAX_TRIES, NOW, NOW).state is DeliveryState.FAILED


def test_pauses_spread_out_over_their_whole_length() -> None:
    waits = sorted(_wait(ProviderUnavailable(), 3) for _ in range(2000))
    assert waits[200] < 0.25 * waits[-1] and 0.35 * waits[-1] < waits[1000] < 0.65 * waits[-1]


def test_the_network_s_own_time_is_kept_up_to_a_day() -> None:
    asked = NOW + timedelta(minutes=7)
    assert next_after(Throttled(retry_at=asked), 0, NOW, NOW).run_at == asked
    assert next_after(Throttled(retry_at=NOW + timedelta(days=400)), 0, NOW, NOW).run_at == NOW + MAX_WAIT
    assert next_after(Throttled(retry_at=NOW - timedelta(days=1)), 0, NOW, NOW).run_at == NOW
    assert next_after(Throttled(), 0, NOW, NOW).run_at > NOW


def test_waiting_uses_no_try_but_not_longer_than_a_day() -> None:
    assert not TABLE[Verdict.WAIT].uses_a_try
    assert next_after(Throttled(), 99, NOW, NOW + timedelta(hours=23)).state is DeliveryState.WAITING
    assert next_after(Throttled(), 0, NOW, NOW + timedelta(hours=24)).state is DeliveryState.FAILED


def test_the_unit_of_the_pauses_is_a_setting(settle: Settle) -> None:
    settle(DRAVO_ENGINE_BACKOFF_SECONDS="0.001")
    assert _wait(ProviderUnavailable(), 4) <= 0.001 * outcome._BACKOFF[-1]


def _wait(error: ProviderError, tries: int) -> float:
    return (next_after(error, tries, NOW, NOW).run_at - NOW).total_seconds()
