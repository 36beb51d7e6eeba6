"""What the history shows of a publish job: plain values, ready to be read by people."""

from dataclasses import dataclass, field

from dravo_app.models import Environment, JobStatus
from dravo_app.services.history import JobView, ResultView
from dravo_app.services.publishing.next_step import Action
from dravo_app.ui import routes
from dravo_app.ui.pages.receipt_rows import MOVING, WHO, iso

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
    """One publish job; instants are ISO 8601 or empty. `trouble` and what is next tell of the delivery that wants most."""

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
        status=job.status,
        text=job.text if len(job.text) <= _SHOWN_CHARACTERS else job.text[:_SHOWN_CHARACTERS] + "…",
        at=iso(job.scheduled_at or job.created_at),
        href=routes.address(routes.RECEIPT, job=job.job_id, environment=world),
        marks=marks[:_SHOWN_MARKS],
        more=f"+{len(marks) - _SHOWN_MARKS}" if len(marks) > _SHOWN_MARKS else "",
    )
    telling = [result for result in job.results if result.error_message and result.status != "canceled"]
    if telling and job.status not in _UNTOLD:
        _tell(row, min(telling, key=_urgency), len(telling), names)
    return row


def _tell(row: HistoryRow, result: ResultView, number: int, names: dict[str, str]) -> None:
    step = result.next_step
    others = f" (and {number - 1} more)" if number > 1 else ""
    row.trouble = f"{names.get(result.provider, result.provider)}, {result.handle}{others}: {result.error_message}"
    row.next_who, row.next_words, row.next_at = WHO[step.who], step.sentence, iso(step.at)


_URGENT = (Action.RESOLVE, Action.RECONNECT, Action.FIX_SETUP, Action.RETRY, Action.NEW_POST)


def _urgency(result: ResultView) -> int:
    action = result.next_step.action
    return _URGENT.index(action) if action in _URGENT else len(_URGENT)
