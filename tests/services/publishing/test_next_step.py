"""Who acts next is worked out from what is; every state and every error has an answer that a person can act on."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from dravo_app.errors import WhoActs, error_classes, verdict_of
from dravo_app.models import DeliveryState, Health
from dravo_app.services.publishing.next_step import Action, Standing, next_step
from dravo_app.services.publishing.retry import why_not
from dravo_app.services.publishing.standstill import Facts

S, AT = DeliveryState, datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
OF_DELIVERIES = [error.code for error in error_classes() if verdict_of(error)] + ["not_published", "made_up"]

CASES = [
    ("scheduled", None, "ok", WhoActs.NOBODY, Action.WAIT, "Goes out at its time."),
    ("waiting", "provider_unavailable", "ok", WhoActs.NOBODY, Action.WAIT, "Dravo tries again by itself."),
    ("waiting", "setup_unusable", "ok", WhoActs.OPERATOR, Action.FIX_SETUP, "Whoever runs Dravo mends its setup"),
    ("unconfirmed", "outcome_unknown", "ok", WhoActs.NOBODY, Action.WAIT, "Dravo looks it up (3rd look)"),
    ("failed", "outcome_unknown", "ok", WhoActs.AUTHOR, Action.RESOLVE, "say whether the post is there"),
    ("failed", "outcome_unknown", "blocked", WhoActs.AUTHOR, Action.RESOLVE, "say whether the post is there"),
    ("failed", "provider_unavailable", "ok", WhoActs.AUTHOR, Action.RETRY, "Retry when X works again."),
    ("failed", "throttled", "ok", WhoActs.AUTHOR, Action.RETRY, "Dravo has stopped trying."),
    ("failed", "reconnect_required", "needs_reconnect", WhoActs.ADMIN, Action.RECONNECT, "then retry"),
    ("failed", "reconnect_required", "ok", WhoActs.AUTHOR, Action.RETRY, "The account is well again: retry."),
    ("failed", "permission_missing", "needs_reconnect", WhoActs.ADMIN, Action.RECONNECT, "connects the account again"),
    ("failed", "account_blocked", "blocked", WhoActs.ADMIN, Action.RECONNECT, "settles it with the network"),
    ("failed", "provider_unavailable", "disconnected", WhoActs.ADMIN, Action.RECONNECT, "connects the account again"),
    ("failed", "app_not_approved", "ok", WhoActs.OPERATOR, Action.RETRY, "mends what the message names"),
    ("failed", "setup_unusable", "ok", WhoActs.OPERATOR, Action.RETRY, "mends what the message names"),
    ("failed", "content_rejected", "ok", WhoActs.AUTHOR, Action.NEW_POST, "send it as a new one"),
    ("failed", "media_unusable", "disconnected", WhoActs.AUTHOR, Action.NEW_POST, "send it as a new one"),
    ("failed", "not_published", "ok", WhoActs.AUTHOR, Action.RETRY, "somebody has seen that it is not there"),
    ("published", None, "needs_reconnect", WhoActs.NOBODY, Action.NOTHING, "Nothing is left to do."),
    ("canceled", "account_disconnected", "disconnected", WhoActs.NOBODY, Action.NOTHING, "stopped before"),
]


@pytest.mark.parametrize(("state", "code", "health", "who", "action", "words"), CASES)
def test_the_next_step_names_who_and_what(
    state: str, code: str | None, health: str, who: WhoActs, action: Action, words: str
) -> None:
    step = next_step(_standing(state, code, health))
    assert (step.who, step.action) == (who, action)
    assert words in step.sentence


def test_whatever_moves_by_itself_says_when() -> None:
    moving = (S.SCHEDULED, S.WAITING, S.UNCONFIRMED, S.PROCESSING)
    assert {state for state in S if next_step(_standing(state, None, "ok")).at == AT} == set(moving)


def test_what_is_queued_behind_a_rest_says_when_it_is_over() -> None:
    until = AT + timedelta(minutes=10)
    for facts, words in (
        (Facts(AT, AT, rests_until=until), "Goes out when X lets this account post again."),
        (Facts(AT, AT, network_rests_until=until), "Goes out when X can be asked again."),
    ):
        step = next_step(Standing("queued", None, "ok", "X", AT, facts=facts), AT)
        assert (step.action, step.sentence, step.at) == (Action.WAIT, words, until)


@pytest.mark.parametrize("code", [None, *OF_DELIVERIES])
def test_every_combination_has_an_answer_that_agrees_with_what_retry_allows(code: str | None) -> None:
    for state, health in itertools.product(S, Health):
        step = next_step(Standing(state, code, health, "X", AT))
        may = why_not(state, code, health) is None
        assert may == (step.action is Action.RETRY)
        assert step.sentence.endswith(".") and step.sentence[0].isupper()
        if state is S.FAILED:  # after the last try it is never nobody's turn
            assert step.who is not WhoActs.NOBODY and step.at is None
        elif step.action is not Action.NOTHING:
            assert step.action in (Action.WAIT, Action.FIX_SETUP, Action.RELEASE)


@pytest.mark.parametrize(
    ("looks", "word"), [(0, "1st"), (1, "2nd"), (2, "3rd"), (3, "4th"), (10, "11th"), (21, "22nd")]
)
def test_looks_are_counted_as_people_count(looks: int, word: str) -> None:
    step = next_step(Standing("unconfirmed", "outcome_unknown", "ok", "X", AT, looks))
    assert f"({word} look)" in step.sentence


def test_in_a_list_nobody_has_counted_the_looks() -> None:
    assert "look)" not in next_step(Standing("unconfirmed", "outcome_unknown", "ok", "X", AT)).sentence


def _standing(state: str, code: str | None, health: str) -> Standing:
    return Standing(state, code, health, "X", AT, looks=2)
