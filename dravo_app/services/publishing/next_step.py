"""Who acts next on a delivery, and what they do: worked out when somebody looks, never stored, so it can't be out of date.

Whoever stands still for too long (`standstill`) never does so quietly: then somebody is named here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from dravo_app import clock
from dravo_app.errors import OutcomeUnknown, SetupUnusable, Verdict, WhoActs, error_classes, verdict_of
from dravo_app.models import DeliveryState, Health
from dravo_app.providers import catalogue
from dravo_app.services.publishing import retry, standstill
from dravo_app.services.publishing.late import LATE
from dravo_app.services.publishing.standstill import Code, Facts, WaitingFor
from dravo_app.services.publishing.watermark import RESTORED

S = DeliveryState


class Action(StrEnum):
    """What the person does in the dashboard, or the program through the API."""

    WAIT = "wait"
    NOTHING = "nothing"
    RETRY = "retry"
    RELEASE = "release"
    RESOLVE = "resolve"
    RECONNECT = "reconnect"
    NEW_POST = "new_post"
    FIX_SETUP = "fix_setup"
    START_WORKER = "start_worker"
    CHECK_WORKER = "check_worker"
    LOOK_AT_ACCOUNT = "look_at_account"


@dataclass(frozen=True)
class NextStep:
    """`at` is when Dravo goes on by itself, where it does and where that is known."""

    who: WhoActs
    action: Action
    sentence: str
    at: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """What the next step depends on: the delivery's row, its account's health, and how people call the network.

    `goes_on_at` is the row's `run_at`; `reason` is its `state_reason`; `looks` counts the look-ups since the outcome became
    unknown, None where nobody has counted. `facts` is what surrounds it, None where nobody has looked.
    """

    state: str
    error_code: str | None
    health: str
    network: str
    goes_on_at: datetime | None = None
    looks: int | None = None
    reason: str | None = None
    facts: Facts | None = None


class Row(Protocol):
    """A delivery, or as much of one as is needed here."""

    @property
    def state(self) -> str: ...
    @property
    def error_code(self) -> str | None: ...
    @property
    def provider(self) -> str: ...
    @property
    def run_at(self) -> datetime: ...
    @property
    def state_reason(self) -> str | None: ...


def standing_of(delivery: Row, health: str, facts: Facts | None, looks: int | None = None) -> Standing:
    """How one delivery stands, as its row and what was read around it say."""
    return Standing(
        state=delivery.state,
        error_code=delivery.error_code,
        health=health,
        network=catalogue.NAMES.get(delivery.provider, delivery.provider),
        goes_on_at=delivery.run_at,
        reason=delivery.state_reason,
        looks=looks,
        facts=facts,
    )


def next_step(standing: Standing, now: datetime | None = None) -> NextStep:
    """The one answer that the page and the API both show."""
    waiting = waiting_for(standing, now)
    if waiting is not None and (waiting.is_stuck or waiting.code is Code.NO_WORKER):
        found = _WHEN_STUCK.get(waiting.code)
        if found is not None:
            return NextStep(found[0], found[1], found[2].format(network=standing.network))
    if waiting is not None and standing.state == S.QUEUED and waiting.code in _WHEN_RESTED:
        sentence = _WHEN_RESTED[waiting.code].format(network=standing.network)
        return NextStep(WhoActs.NOBODY, Action.WAIT, sentence, waiting.until)
    return _BY_STATE[S(standing.state)](standing)


def waiting_for(standing: Standing, now: datetime | None = None) -> WaitingFor | None:
    """What it waits for; None for what has come to an end, and where nobody has looked."""
    if standing.facts is None:
        return None
    return standstill.find(standing.state, standing.network, standing.facts, now or clock.now())


def _scheduled(standing: Standing) -> NextStep:
    return NextStep(WhoActs.NOBODY, Action.WAIT, "Goes out at its time.", standing.goes_on_at)


def _held(standing: Standing) -> NextStep:
    sentence = _HELD.get(standing.reason or "", "Waits until somebody lets it go, or stops it.")
    return NextStep(WhoActs.AUTHOR, Action.RELEASE, sentence)


def _queued(standing: Standing) -> NextStep:
    if standing.health == Health.OK:
        return NextStep(WhoActs.NOBODY, Action.WAIT, "Goes out as soon as the account is free.")
    return NextStep(WhoActs.NOBODY, Action.WAIT, "Dravo tries it now, though the account needs attention.")


def _sending(standing: Standing) -> NextStep:
    return NextStep(WhoActs.NOBODY, Action.WAIT, f"Dravo is talking to {standing.network} right now.")


def _processing(standing: Standing) -> NextStep:
    sentence = f"{standing.network} has taken it and is still working on it; Dravo looks again."
    return NextStep(WhoActs.NOBODY, Action.WAIT, sentence, standing.goes_on_at)


def _waiting(standing: Standing) -> NextStep:
    if standing.error_code == SetupUnusable.code:
        sentence = "Whoever runs Dravo mends its setup; Dravo then goes on by itself."
        return NextStep(WhoActs.OPERATOR, Action.FIX_SETUP, sentence, standing.goes_on_at)
    return NextStep(WhoActs.NOBODY, Action.WAIT, "Dravo tries again by itself.", standing.goes_on_at)


def _unconfirmed(standing: Standing) -> NextStep:
    which = "" if standing.looks is None else f" ({_ordinal(standing.looks + 1)} look)"
    sentence = f"It may be public. Dravo looks it up{which} and does not send it again meanwhile."
    return NextStep(WhoActs.NOBODY, Action.WAIT, sentence, standing.goes_on_at)


def _published(standing: Standing) -> NextStep:
    return NextStep(WhoActs.NOBODY, Action.NOTHING, "Nothing is left to do.")


def _canceled(standing: Standing) -> NextStep:
    if standing.reason == RESTORED:
        sentence = "Nothing: Dravo doesn't send it. Whether it had gone out before the restore, only the account tells."
        return NextStep(WhoActs.NOBODY, Action.NOTHING, sentence)
    return NextStep(WhoActs.NOBODY, Action.NOTHING, "Nothing: it was stopped before anything was sent.")


def _failed(standing: Standing) -> NextStep:
    if standing.error_code == OutcomeUnknown.code:
        sentence = "Look at the account and say whether the post is there."
        return NextStep(WhoActs.AUTHOR, Action.RESOLVE, sentence)
    refusal = retry.refuse(standing.state, standing.error_code, standing.health)
    if refusal is None:
        return _retry(standing)
    if refusal.code in _MENDED_AT_THE_ACCOUNT:
        return NextStep(WhoActs.ADMIN, Action.RECONNECT, _MENDED_AT_THE_ACCOUNT[refusal.code])
    return NextStep(WhoActs.AUTHOR, Action.NEW_POST, refusal.sentence)


def _retry(standing: Standing) -> NextStep:
    verdict = _VERDICTS.get(standing.error_code or "")
    if verdict is Verdict.FIX_SETUP or standing.error_code == SetupUnusable.code:
        sentence = "Whoever runs Dravo mends what the message names; then retry."
        return NextStep(WhoActs.OPERATOR, Action.RETRY, sentence)
    if verdict is Verdict.RECONNECT:
        return NextStep(WhoActs.AUTHOR, Action.RETRY, "The account is well again: retry.")
    if standing.error_code == "not_published":
        return NextStep(WhoActs.AUTHOR, Action.RETRY, "Nothing, or retry: somebody has seen that it is not there.")
    sentence = f"Dravo has stopped trying. Retry when {standing.network} works again."
    return NextStep(WhoActs.AUTHOR, Action.RETRY, sentence)


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_BY_STATE: dict[DeliveryState, Callable[[Standing], NextStep]] = {
    S.SCHEDULED: _scheduled,
    S.HELD: _held,
    S.QUEUED: _queued,
    S.SENDING: _sending,
    S.PROCESSING: _processing,
    S.WAITING: _waiting,
    S.UNCONFIRMED: _unconfirmed,
    S.FAILED: _failed,
    S.PUBLISHED: _published,
    S.CANCELED: _canceled,
}
_HELD = {
    LATE: "Dravo was down at its time: publish it now after all, or don't.",
    RESTORED: "The database was restored from a backup, so this may have gone out already: look at the account, then "
    "publish it now or don't.",
}
_CHECK_WORKER = (
    WhoActs.OPERATOR,
    Action.CHECK_WORKER,
    "Look at the worker and its log: it lives, and does not get this done.",
)
_WHEN_STUCK = {
    Code.NO_WORKER: (
        WhoActs.OPERATOR,
        Action.START_WORKER,
        "Start a worker; this then goes on by itself.",
    ),
    Code.OVERDUE: _CHECK_WORKER,
    Code.WORKER_LOST: _CHECK_WORKER,
    Code.NETWORK_ANSWER: _CHECK_WORKER,
    Code.RETRY_PAUSE: _CHECK_WORKER,
    Code.LOOK_UP_PAUSE: _CHECK_WORKER,
    Code.NETWORK_PROCESSING: (
        WhoActs.AUTHOR,
        Action.LOOK_AT_ACCOUNT,
        "Look at the account: {network} does not usually take this long. Dravo goes on looking.",
    ),
}
"""Held posts name a person in any case."""
_WHEN_RESTED = {
    Code.ACCOUNT_RESTING: "Goes out when {network} lets this account post again.",
    Code.NETWORK_RESTING: "Goes out when {network} can be asked again.",
}
_MENDED_AT_THE_ACCOUNT = {
    "reconnect_first": "An admin connects the account again; then retry.",
    "account_blocked": "An admin settles it with the network and connects the account again; then retry.",
    "account_disconnected": "An admin connects the account again; then retry.",
}
_VERDICTS = {error.code: verdict_of(error) for error in error_classes()}
