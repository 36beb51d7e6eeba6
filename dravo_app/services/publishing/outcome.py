"""Step 5: verdict → next state. A table, no ifs: what a failure means is decided here and nowhere else."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from dravo_app.errors import ProviderError, Verdict
from dravo_app.models import DeliveryState
from dravo_app.settings import get_settings

MAX_TRIES = 5
MAX_WAIT = timedelta(hours=24)
_BACKOFF = (1, 24, 240, 1140)  # times `backoff_seconds`, before the 2nd to the 5th try: just under two hours in all
_DEFAULT_WAIT = timedelta(minutes=15)  # where the network says "slow down" and not until when


@dataclass(frozen=True)
class Rule:
    """`to` while tries are left, `else_to` after; `uses_a_try`: does this count against MAX_TRIES?"""

    to: DeliveryState
    uses_a_try: bool
    else_to: DeliveryState = DeliveryState.FAILED
    account_health: str | None = None


TABLE: dict[Verdict, Rule] = {
    Verdict.RETRY: Rule(DeliveryState.WAITING, uses_a_try=True),
    Verdict.WAIT: Rule(DeliveryState.WAITING, uses_a_try=False),
    Verdict.REFRESH: Rule(DeliveryState.WAITING, uses_a_try=False),
    Verdict.RECONNECT: Rule(DeliveryState.FAILED, uses_a_try=True, account_health="needs_reconnect"),
    Verdict.FIX_POST: Rule(DeliveryState.FAILED, uses_a_try=True),
    Verdict.FIX_SETUP: Rule(DeliveryState.FAILED, uses_a_try=True),
    Verdict.GIVE_UP: Rule(DeliveryState.FAILED, uses_a_try=True),
    Verdict.LOOK_UP: Rule(DeliveryState.UNCONFIRMED, uses_a_try=True),
}


@dataclass(frozen=True)
class Next:
    """Where a failed delivery goes, and not before which instant it is taken up again."""

    state: DeliveryState
    run_at: datetime


def next_after(error: ProviderError, tries: int, begun_at: datetime, now: datetime) -> Next:
    """What follows an error: `tries` are those used up, this one included where it counts; `begun_at` is the first one's."""
    rule = TABLE[error.verdict]
    is_out_of_tries = rule.uses_a_try and tries >= MAX_TRIES
    is_out_of_time = now - begun_at >= MAX_WAIT
    is_used_up = rule.to is DeliveryState.WAITING and (is_out_of_tries or is_out_of_time)
    delay = _DELAYS.get(error.verdict, _at_once)
    return Next(rule.else_to if is_used_up else rule.to, delay(error, tries, now))


def _after_backoff(error: ProviderError, tries: int, now: datetime) -> datetime:
    longest = get_settings().engine.backoff_seconds * _BACKOFF[min(max(tries, 1), len(_BACKOFF)) - 1]
    return now + timedelta(seconds=longest * random.random())  # full jitter: a crowd spreads out


def _as_asked(error: ProviderError, tries: int, now: datetime) -> datetime:
    asked = error.retry_at or now + _DEFAULT_WAIT
    return min(max(asked, now), now + MAX_WAIT)


def _at_once(error: ProviderError, tries: int, now: datetime) -> datetime:
    return now


_DELAYS = {Verdict.RETRY: _after_backoff, Verdict.WAIT: _as_asked}
