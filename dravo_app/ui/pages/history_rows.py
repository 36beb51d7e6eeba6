"""What the history shows of a publish job: plain values, ready to be read by people."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dravo_app import clock
from dravo_app.models import Environment, JobStatus
from dravo_app.services.history import JobView, ResultView
from dravo_app.services.publishing.next_step import Action
from dravo_app.services.publishing.standstill import WaitingFor
from dravo_app.ui import routes
from dravo_app.ui.pages.receipt_rows import MOVING, WHO, iso, shown_status

_SHOWN_MARKS = 3
_SHOWN_CHARACTERS = 280
_UNTOLD = frozenset({JobStatus.PUBLISHED, JobStatus.CANCELED, JobStatus.SCHEDULED, JobStatus.QUEUED})


@dataclass
class Choice:
    """One line of a select, or one filter that is on."""

    value: str
    label: str


@dataclass
class Mark:
    """One account's network and how the post stands there."""

    network: str
    network_name: str
    status: str


@dataclass
class HistoryRow:
    """One publish job; instants are ISO 8601 or empty. `trouble` and what is next tell of the delivery that wants most;
    `waits_*` of the one that has waited longest, where nothing is in trouble."""

    job_id: str
    status: str
    text: str
    at: str
    href: str
    marks: list[Mark] = field(default_factory=list)
    more: str = ""
    trouble: str = ""
    next_who: str = ""
    next_words: str = ""
    next_at: str = ""
    is_stuck: bool = False
    waits_before: str = ""
    waits_since: str = ""
    waits_after: str = ""
    waits_then: str = ""
    waits_until: str = ""

    @property
    def is_moving(self) -> bool:
        return self.status in MOVING


def to_rows(jobs: list[JobView], names: dict[str, str], environment: Environment) -> list[HistoryRow]:
    """Jobs as rows; `names` are the networks' names by slug."""
    return [_row(job, names, environment) for job in jobs]


def _row(job: JobView, names: dict[str, str], environment: Environment) -> HistoryRow:
    marks = [
        Mark(result.provider, names.get(result.provider, result.provider), result.status) for result in job.results
    ]
    world = "test" if environment is Environment.TEST else None
    row = HistoryRow(
        job_id=job.job_id,
        status=shown_status(job),
        text=job.text if len(job.text) <= _SHOWN_CHARACTERS else job.text[:_SHOWN_CHARACTERS] + "…",
        at=iso(job.scheduled_at or job.created_at),
        href=routes.address(routes.RECEIPT, job=job.job_id, environment=world),
        marks=marks[:_SHOWN_MARKS],
        more=f"+{len(marks) - _SHOWN_MARKS}" if len(marks) > _SHOWN_MARKS else "",
    )
    stuck = [result for result in job.results if result.waiting_for and result.waiting_for.is_stuck]
    held = [result for result in job.results if result.next_step.action is Action.RELEASE]
    telling = [result for result in job.results if result.error_message and result.status != "canceled"]
    if stuck:
        _tell_stuck(row, stuck, names)
    elif held:
        row.trouble, step = "Held: waits for you.", held[0].next_step
        row.next_who, row.next_words = WHO[step.who], step.sentence
    elif telling and job.status not in _UNTOLD:
        _tell(row, min(telling, key=_urgency), len(telling), names)
    elif job.status in MOVING:
        _tell_waiting(row, job, names)
    return row


def _tell(row: HistoryRow, result: ResultView, number: int, names: dict[str, str]) -> None:
    step = result.next_step
    row.trouble = f"{_whose(result, number, names)}{result.error_message}"
    row.next_who, row.next_words, row.next_at = WHO[step.who], step.sentence, iso(step.at)


def _tell_stuck(row: HistoryRow, stuck: list[ResultView], names: dict[str, str]) -> None:
    result = min(stuck, key=_waits_since)
    step = result.next_step
    row.is_stuck, row.trouble = True, _whose(result, len(stuck), names)
    row.next_who, row.next_words, row.next_at = WHO[step.who], step.sentence, iso(step.at)
    if result.waiting_for is not None:
        _fill(row, result.waiting_for)


def _tell_waiting(row: HistoryRow, job: JobView, names: dict[str, str]) -> None:
    """Not for what will be over before it is read."""
    waiting = [result for result in job.results if result.waiting_for and result.waiting_for.after]
    if not waiting:
        return
    result = min(waiting, key=_waits_since)
    waits = result.waiting_for
    if waits is not None and clock.now() - waits.since >= _WORTH_TELLING:
        _fill(row, waits)
        row.waits_before = f"{_whose(result, len(waiting), names)}{waits.before}"


def _fill(row: HistoryRow, waits: WaitingFor) -> None:
    row.waits_before, row.waits_since, row.waits_after = waits.before, iso(waits.since), waits.after
    row.waits_then, row.waits_until = waits.then, iso(waits.until)


def _whose(result: ResultView, number: int, names: dict[str, str]) -> str:
    others = f" (and {number - 1} more)" if number > 1 else ""
    return f"{names.get(result.provider, result.provider)}, {result.handle}{others}: "


def _waits_since(result: ResultView) -> datetime:
    return result.waiting_for.since if result.waiting_for else datetime.max.replace(tzinfo=UTC)


_WORTH_TELLING = timedelta(seconds=5)
_URGENT = (Action.RESOLVE, Action.RECONNECT, Action.FIX_SETUP, Action.RETRY, Action.NEW_POST)


def _urgency(result: ResultView) -> int:
    action = result.next_step.action
    return _URGENT.index(action) if action in _URGENT else len(_URGENT)
