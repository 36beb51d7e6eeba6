"""What the history shows of a publish job: plain values, ready to be read by people."""

from dataclasses import dataclass
from datetime import datetime

from dravo_app import clock
from dravo_app.errors import WhoActs
from dravo_app.models import Environment
from dravo_app.services.error_help import FIXES
from dravo_app.services.history import JobView, ResultView
from dravo_app.ui import routes

_WHO = {
    WhoActs.NOBODY: "Dravo",
    WhoActs.AUTHOR: "The author",
    WhoActs.ADMIN: "An admin",
    WhoActs.OPERATOR: "Whoever runs Dravo",
    WhoActs.CALLER: "The program that sent it",
}


@dataclass
class Choice:
    """One line of a select."""

    value: str
    label: str


@dataclass
class ResultRow:
    """What happened at one account."""

    account_id: str
    network: str
    network_name: str
    handle: str
    status: str
    link: str
    link_words: str
    post_id: str
    message: str
    code: str
    who: str
    what_next: str
    retry_at: str
    attempts: str


@dataclass
class HistoryRow:
    """One publish job; instants are ISO 8601 or empty."""

    job_id: str
    status: str
    text: str
    created_at: str
    scheduled_at: str
    finished_at: str
    results: list[ResultRow]
    shown_results: list[ResultRow]
    more: str


def to_rows(jobs: list[JobView], names: dict[str, str], environment: Environment) -> list[HistoryRow]:
    """Jobs as rows; `names` are the networks' names by slug."""
    return [_row(job, names, environment) for job in jobs]


def _row(job: JobView, names: dict[str, str], environment: Environment) -> HistoryRow:
    results = [_result(result, names, environment) for result in job.results]
    return HistoryRow(
        job_id=job.job_id,
        status=job.status,
        text=job.text,
        created_at=_instant(job.created_at),
        scheduled_at=_instant(job.scheduled_at),
        finished_at=_instant(job.finished_at),
        results=results,
        shown_results=results[:3],
        more=f"+{len(results) - 3}" if len(results) > 3 else "",
    )


def _result(result: ResultView, names: dict[str, str], environment: Environment) -> ResultRow:
    code = result.error_code or ""
    who = _WHO.get(WhoActs(result.who_acts), "") if result.who_acts else ""
    return ResultRow(
        account_id=result.account_id,
        network=result.provider,
        network_name=names.get(result.provider, result.provider),
        handle=result.handle,
        status=result.status,
        link=_link(result, environment),
        link_words="View in the sandbox" if environment is Environment.TEST else "View post",
        post_id=result.platform_post_id or "",
        message=result.error_message or result.state_reason or "",
        code=code,
        who=who,
        what_next=FIXES.get(code, "") if code else "",
        retry_at=_instant(result.retry_at),
        attempts="" if result.attempts < 2 else f"{result.attempts} attempts",
    )


def _link(result: ResultView, environment: Environment) -> str:
    if environment is Environment.LIVE or not result.permalink:
        return result.permalink or ""
    # A sandbox post has the real network's kind of address, and nothing is there.
    return routes.address(routes.SANDBOX, network=result.provider, account=result.handle)


def _instant(instant: datetime | None) -> str:
    return clock.isoformat(instant) if instant else ""
