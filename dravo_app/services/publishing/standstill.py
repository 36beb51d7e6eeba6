"""Beside the flow: what a delivery that has not come to an end waits for, since when, and whether that is too long.

Worked out from rows when somebody looks, never stored: the page, `/v1`, the sweep and `./dravo verify` all ask here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from dravo_app.models import DeliveryState, GateReason
from dravo_app.services.publishing.lifecycle import FINAL

S = DeliveryState


class Code(StrEnum):
    """What is waited for, in a word for programs."""

    ITS_TIME = "its_time"
    HELD = "held"
    HELD_LATE = "held_late"
    HELD_RESTORE = "held_restore"
    DUE = "due"
    OVERDUE = "overdue"
    NO_WORKER = "no_worker"
    ACCOUNT_BUSY = "account_busy"
    ACCOUNT_RESTING = "account_resting"
    NETWORK_RESTING = "network_resting"
    NETWORK_ANSWER = "network_answer"
    NETWORK_PROCESSING = "network_processing"
    WORKER_LOST = "worker_lost"
    RETRY_PAUSE = "retry_pause"
    LOOK_UP_PAUSE = "look_up_pause"


HELD_CODES = frozenset({Code.HELD, Code.HELD_LATE, Code.HELD_RESTORE})
"""Where a person decides, nothing of Dravo's stands still."""


@dataclass(frozen=True)
class Limit:
    """How long is too long. `overdue_seconds`: past the instant from which a worker should have moved it; `lasting_seconds`:
    in one state altogether. None: no such limit.
    """

    overdue_seconds: float | None = 60.0
    lasting_seconds: float | None = None


_RESTART_SECONDS = 10.0
"""A worker that is being restarted is back by then; nobody needs to be called."""
_HOUR = 3600.0
LIMITS: dict[DeliveryState, Limit] = {
    S.SCHEDULED: Limit(),
    S.HELD: Limit(overdue_seconds=None, lasting_seconds=24 * _HOUR),  # a person has forgotten it
    S.QUEUED: Limit(),
    S.SENDING: Limit(lasting_seconds=_HOUR / 4),  # pictures included, a conversation takes a minute or two at worst
    S.PROCESSING: Limit(lasting_seconds=_HOUR),
    S.WAITING: Limit(lasting_seconds=25 * _HOUR),  # MAX_WAIT, and an hour
    S.UNCONFIRMED: Limit(lasting_seconds=25 * _HOUR),
}
"""Every state that is not final has one."""


@dataclass(frozen=True)
class Facts:
    """What the rows say around one delivery: its own, its account's gate, its network's, and the workers'.

    `is_busy`: another delivery of the account is in flight, `is_behind`: another one is due before it.
    """

    changed_at: datetime
    run_at: datetime
    lease_until: datetime | None = None
    state_reason: str | None = None
    is_busy: bool = False
    is_behind: bool = False
    rests_until: datetime | None = None
    network_rests_until: datetime | None = None
    network_reason: str | None = None
    has_worker: bool = True


@dataclass(frozen=True)
class WaitingFor:
    """`before` and `after` stand around how long it has lasted, which goes on while somebody reads; where `after` is empty,
    the time says nothing. `until`: Dravo does what `then` says at that instant.
    """

    code: Code
    before: str
    after: str
    since: datetime
    until: datetime | None = None
    then: str = ""
    is_stuck: bool = False

    def sentence(self, now: datetime) -> str:
        """All of it, for who reads it once."""
        said = f"{self.before}{lasting(now - self.since)}{self.after}" if self.after else self.before
        if not (self.then and self.until):
            return said
        return f"{said} {self.then} at {self.until.astimezone(UTC):%H:%M:%S} UTC{_day(self.until, now)}."


def find(state: str, network: str, facts: Facts, now: datetime) -> WaitingFor | None:
    """What such a delivery waits for; None for what has come to an end."""
    known = DeliveryState(state)
    return None if known in FINAL else _BY_STATE[known](_Case(known, network, facts, now))


def lasting(span: timedelta) -> str:
    """`41 s`, `12 min`, `3 h 5 min`, `2 d 3 h`."""
    seconds = max(0, int(span.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days} d {hours % 24} h" if hours % 24 else f"{days} d"
    if hours:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"


def _day(until: datetime, now: datetime) -> str:
    at = until.astimezone(UTC)
    return "" if at.date() == now.astimezone(UTC).date() else f" on {at:%-d %b %Y}"


@dataclass(frozen=True)
class _Case:
    state: DeliveryState
    network: str
    facts: Facts
    now: datetime

    @property
    def is_leased(self) -> bool:
        return self.facts.lease_until is not None and self.facts.lease_until >= self.now

    def is_past(self, since: datetime, seconds: float | None) -> bool:
        return seconds is not None and self.now - since > timedelta(seconds=seconds)

    def lasts_too_long(self) -> bool:
        return self.is_past(self.facts.changed_at, LIMITS[self.state].lasting_seconds)


def _scheduled(case: _Case) -> WaitingFor:
    facts = case.facts
    if case.now < facts.run_at:
        return WaitingFor(
            Code.ITS_TIME, "It waits for its time.", "", facts.changed_at, facts.run_at, "Dravo sends it then,"
        )
    return _due(case, facts.run_at)


def _held(case: _Case) -> WaitingFor:
    code = _HELD_BY.get(case.facts.state_reason or "", Code.HELD)
    return WaitingFor(
        code,
        f"{_HELD_WORDS[code]} It has been held for ",
        ".",
        case.facts.changed_at,
        is_stuck=case.lasts_too_long(),
    )


def _queued(case: _Case) -> WaitingFor:
    return _resting(case) or _busy(case) or _due(case, _expected_at(case))


def _sending(case: _Case) -> WaitingFor:
    facts = case.facts
    lease_end = facts.lease_until or facts.changed_at
    if not case.is_leased:
        if _is_deserted(case, lease_end):
            return _no_worker(case, lease_end)
        return WaitingFor(
            Code.WORKER_LOST,
            "The worker that was sending it has not been heard of for ",
            "; Dravo takes it over.",
            lease_end,
            is_stuck=case.is_past(lease_end, LIMITS[case.state].overdue_seconds),
        )
    return WaitingFor(
        Code.NETWORK_ANSWER,
        f"Dravo has been talking to {case.network} for ",
        ".",
        facts.changed_at,
        is_stuck=case.lasts_too_long(),
    )


def _processing(case: _Case) -> WaitingFor:
    facts = case.facts
    if not case.is_leased and case.now >= facts.run_at:
        late = _late(case)
        if late is not None:
            return late
    return WaitingFor(
        Code.NETWORK_PROCESSING,
        f"{case.network} has been processing it for ",
        ".",
        facts.changed_at,
        _ahead(facts.run_at, case.now),
        "Dravo looks again",
        case.lasts_too_long(),
    )


def _waiting(case: _Case) -> WaitingFor:
    facts = case.facts
    if case.now < facts.run_at:
        return WaitingFor(
            Code.RETRY_PAUSE,
            "Nothing is public. It has been paused for ",
            ".",
            facts.changed_at,
            facts.run_at,
            "Dravo tries again",
            case.lasts_too_long(),
        )
    return _due(case, facts.run_at)


def _unconfirmed(case: _Case) -> WaitingFor:
    facts = case.facts
    if not case.is_leased and case.now >= facts.run_at:
        late = _late(case)
        if late is not None:
            return late
    return WaitingFor(
        Code.LOOK_UP_PAUSE,
        "It may be public; that has been unknown for ",
        ".",
        facts.changed_at,
        _ahead(facts.run_at, case.now),
        "Dravo looks it up",
        case.lasts_too_long(),
    )


def _late(case: _Case) -> WaitingFor | None:
    """A look that is due: kept back by the account's rest, or by nobody being there; None where one is about to begin."""
    found = _resting(case) or _due(case, _expected_at(case))
    return None if found.code is Code.DUE else found


def _resting(case: _Case) -> WaitingFor | None:
    facts = case.facts
    if facts.network_rests_until is not None and facts.network_rests_until > case.now:
        why = _RESTS_BECAUSE.get(facts.network_reason or "", "is left alone for a while")
        return WaitingFor(
            Code.NETWORK_RESTING,
            f"{case.network} {why}; this has been waiting for ",
            ".",
            facts.changed_at,
            facts.network_rests_until,
            "It goes on",
        )
    if facts.rests_until is not None and facts.rests_until > case.now:
        return WaitingFor(
            Code.ACCOUNT_RESTING,
            f"{case.network} has asked this account to slow down; this has been waiting for ",
            ".",
            facts.changed_at,
            facts.rests_until,
            "It goes on",
        )
    return None


def _busy(case: _Case) -> WaitingFor | None:
    if not case.facts.has_worker or not (case.facts.is_busy or case.facts.is_behind):
        return None
    before = (
        "Another post to this account is being sent" if case.facts.is_busy else "Posts to this account go out by turns"
    )
    return WaitingFor(Code.ACCOUNT_BUSY, f"{before}; this one has been waiting for ", ".", case.facts.changed_at)


def _due(case: _Case, since: datetime) -> WaitingFor:
    if _is_deserted(case, since):
        return _no_worker(case, since)
    if case.is_past(since, LIMITS[case.state].overdue_seconds):
        return WaitingFor(
            Code.OVERDUE, "It has been due for ", ", and no worker has taken it up.", since, is_stuck=True
        )
    return WaitingFor(Code.DUE, "It is due; a worker takes it up now.", "", since)


def _is_deserted(case: _Case, since: datetime) -> bool:
    return not case.facts.has_worker and case.is_past(since, _RESTART_SECONDS)


def _no_worker(case: _Case, since: datetime) -> WaitingFor:
    return WaitingFor(
        Code.NO_WORKER,
        "No worker has reported, and this has been due for ",
        ".",
        since,
        is_stuck=case.is_past(since, LIMITS[case.state].overdue_seconds),
    )


def _expected_at(case: _Case) -> datetime:
    """The first instant at which a worker might have taken it."""
    facts = case.facts
    starts = [facts.run_at, facts.lease_until, facts.rests_until, facts.network_rests_until]
    if case.state is S.QUEUED:
        starts.append(facts.changed_at)
    return max(start for start in starts if start is not None)


def _ahead(at: datetime, now: datetime) -> datetime | None:
    return at if at > now else None


_RESTS_BECAUSE = {
    GateReason.OUTAGE.value: "has not been working, so Dravo leaves it alone for a while",
    GateReason.TRIAL.value: "has not been working, and one post is trying it right now",
    GateReason.THROTTLED.value: "has asked Dravo to slow down",
}
_HELD_BY = {"late": Code.HELD_LATE, "restore": Code.HELD_RESTORE}
_HELD_WORDS = {
    Code.HELD: "It waits for a person.",
    Code.HELD_LATE: "Its time had passed before Dravo could send it.",
    Code.HELD_RESTORE: "The database was restored from a backup, and it may have gone out since that was made.",
}
_BY_STATE: dict[DeliveryState, Callable[[_Case], WaitingFor]] = {
    S.SCHEDULED: _scheduled,
    S.HELD: _held,
    S.QUEUED: _queued,
    S.SENDING: _sending,
    S.PROCESSING: _processing,
    S.WAITING: _waiting,
    S.UNCONFIRMED: _unconfirmed,
}
