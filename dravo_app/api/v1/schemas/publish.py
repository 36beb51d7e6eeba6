"""Answers about publish jobs: accepted, canceled, history, receipt."""

from dataclasses import fields
from typing import Any

from pydantic import Field

from dravo_app import clock
from dravo_app.api.v1.schemas.common import FlawShown, Instant, Shown
from dravo_app.errors import Flaw
from dravo_app.models import JobStatus, PublishJob
from dravo_app.services.history import HistoryPage, JobView, ResultView
from dravo_app.services.publishing.rehearsal import AccountRehearsal, Rehearsal
from dravo_app.services.publishing.standstill import Code, WaitingFor

_INSIDE = ("results", "author")
"""What only the dashboard shows."""
_JOB_ID = Field(description="The publish job's id.", examples=["job_01k9f3a5b7c9d1e3f5g7h9j1k3m5n7p9q1r3"])

_LATE_POLICY = Field(description="As it was asked for: publish, skip or ask; null is the workspace's rule.")
_LATE_SECONDS = Field(description="How long after its time Dravo took it up, where that was late; else null.")
_HELD_AT = Field(description="Since when some of it is held and waits for a person; null where nothing is.")


class JobShown(Shown):
    """A publish job's state in short."""

    job_id: str = _JOB_ID
    status: JobStatus
    scheduled_at: Instant | None

    @classmethod
    def of(cls, job: PublishJob) -> "JobShown":
        return cls(job_id=job.id, status=JobStatus(job.status), scheduled_at=job.scheduled_at)


class RehearsedMediumShown(Shown):
    """One picture that an account would get."""

    url: str
    alt_text: str = Field(description="What it shows; empty where nobody says.")


class AccountRehearsalShown(Shown):
    """What one account would get."""

    account_id: str
    provider: str = Field(examples=["x"])
    text: str = Field(description="The final text, overrides applied.")
    media: list[RehearsedMediumShown] = Field(
        description="The pictures, overrides applied; nobody has fetched them yet."
    )
    errors: list[FlawShown] = Field(description="What this account's network would refuse.")
    warnings: list[FlawShown]

    @classmethod
    def of(cls, account: AccountRehearsal) -> "AccountRehearsalShown":
        return cls(
            account_id=account.account_id,
            provider=account.provider,
            text=account.text,
            media=[RehearsedMediumShown(url=medium.url, alt_text=medium.alt_text) for medium in account.media],
            errors=_flaws(account.flaws),
            warnings=_flaws(account.warnings),
        )


class RehearsalShown(Shown):
    """What `publish` would say to this body."""

    publishable: bool = Field(description="Would `publish` answer 202 to the same body?")
    errors: list[FlawShown] = Field(description="What is wrong with the job itself.")
    warnings: list[FlawShown] = Field(description="What keeps nothing from going out, but may not be meant.")
    accounts: list[AccountRehearsalShown] = Field(description="The accounts that were found, in the order asked for.")

    @classmethod
    def of(cls, found: Rehearsal) -> "RehearsalShown":
        return cls(
            publishable=found.is_publishable,
            errors=_flaws(found.flaws),
            warnings=_flaws(found.warnings),
            accounts=[AccountRehearsalShown.of(account) for account in found.accounts],
        )


class NextStepShown(Shown):
    """Who does what next, worked out when you ask."""

    who_acts: str = Field(description="nobody (Dravo goes on by itself), author, admin, operator or caller.")
    action: str = Field(
        description="wait, nothing, retry, release, resolve, reconnect, new_post, fix_setup, start_worker, check_worker or "
        "look_at_account."
    )
    message: str = Field(description="A sentence for people.", examples=["Dravo tries again by itself."])
    at: Instant | None = Field(description="When Dravo goes on by itself, where that is known.")


class WaitingForShown(Shown):
    """What a delivery under way waits for, worked out when you ask."""

    code: str = Field(
        description=f"One of {', '.join(code.value for code in Code)}.", examples=[Code.NETWORK_PROCESSING.value]
    )
    message: str = Field(
        description="A sentence for people.",
        examples=["Mastodon has been processing it for 41 s. Dravo looks again at 09:00:41 UTC."],
    )
    since: Instant = Field(description="Since when it has been waiting for that.")
    until: Instant | None = Field(description="When Dravo goes on by itself, where that is known.")
    is_stuck: bool = Field(description="True where that is too long; `next_step` then names who acts.")


class ResultShown(Shown):
    """One account's delivery of the job."""

    provider: str = Field(examples=["x"])
    status: str = Field(description="The delivery's state, in the words of a job's.", examples=["published"])
    platform_post_id: str | None = Field(description="The network's own id of the post.")
    delivery_id: str
    account_id: str
    handle: str
    permalink: str | None
    state_reason: str | None = Field(
        description="Why it is held, was skipped, or isn't sent again by itself: `late` or `restore`; else null."
    )
    error_code: str | None = Field(description="Explained at /v1/errors/{code}.")
    error_message: str | None
    who_acts: str | None = Field(description="Who has to do something next.")
    retry_at: Instant | None = Field(description="When it is tried again, where it is.")
    attempts: int = Field(description="Conversations with the network so far.")
    raw_response: str | None = Field(description="The network's answer, trimmed, for developers.")
    next_step: NextStepShown
    waiting_for: WaitingForShown | None = Field(description="What it waits for; null once it has come to an end.")
    due_at: Instant = Field(description="When it was to go out: the set time, else when it was accepted.")
    started_at: Instant | None = Field(description="When the first conversation with the network began.")
    published_at: Instant | None = Field(description="When the network's word came that it is public.")


class AttemptShown(Shown):
    """One conversation with a network, as it happened."""

    number: int
    kind: str = Field(description="publish, resume or look_up.")
    result: str = Field(description="open, published, processing, absent, failed or lost.")
    started_at: Instant
    closed_at: Instant | None
    error_code: str | None
    error_message: str | None
    http_status: int | None


class ReceiptResult(ResultShown):
    history: list[AttemptShown] = Field(description="The attempts, oldest first.")


class HistoryItem(Shown):
    """One publish job with what became of it."""

    id: str = Field(examples=["log_01k9f3a5b7c9d1e3f5g7h9j1k3m5n7p9q1r3"])
    job_id: str = _JOB_ID
    status: JobStatus
    text: str
    providers: list[str]
    results: list[ResultShown]
    media_urls: list[str]
    metadata: dict[str, str]
    scheduled_at: Instant | None
    late_policy: str | None = _LATE_POLICY
    late_seconds: int | None = _LATE_SECONDS
    held_at: Instant | None = _HELD_AT
    created_at: Instant
    finished_at: Instant | None


class History(Shown):
    """A page of publish jobs, newest first."""

    items: list[HistoryItem]
    next_cursor: str | None = Field(description="Ask again with it for the next page; null on the last one.")
    total: int = Field(description="How many jobs match the filters.")
    total_is_lower_bound: bool = Field(description="True where a search matches more than `total`.")

    @classmethod
    def of(cls, page: HistoryPage) -> "History":
        return cls(
            items=[HistoryItem(**_job(view), results=[_result(r) for r in view.results]) for view in page.items],
            next_cursor=page.next_cursor,
            total=page.total,
            total_is_lower_bound=page.total_is_lower_bound,
        )


class Receipt(Shown):
    """Everything there is to know about one publish job."""

    job_id: str = _JOB_ID
    id: str
    status: JobStatus
    text: str
    scheduled_at: Instant | None
    late_policy: str | None = _LATE_POLICY
    late_seconds: int | None = _LATE_SECONDS
    held_at: Instant | None = _HELD_AT
    created_at: Instant
    finished_at: Instant | None
    results: list[ReceiptResult]
    providers: list[str]
    media_urls: list[str]
    metadata: dict[str, str]

    @classmethod
    def of(cls, view: JobView) -> "Receipt":
        return cls(**_job(view), results=[_receipt_result(result) for result in view.results])


def _flaws(flaws: list[Flaw]) -> list[FlawShown]:
    return [FlawShown.model_validate(flaw) for flaw in flaws]


def _job(view: JobView) -> dict[str, Any]:
    return {field.name: getattr(view, field.name) for field in fields(view) if field.name not in _INSIDE}


def _result(view: ResultView) -> ResultShown:
    return ResultShown(**_result_fields(view))


def _receipt_result(view: ResultView) -> ReceiptResult:
    history = [AttemptShown.model_validate(attempt) for attempt in view.history]
    return ReceiptResult(**_result_fields(view), history=history)


def _result_fields(view: ResultView) -> dict[str, Any]:
    step = view.next_step
    shown = NextStepShown(who_acts=step.who.value, action=step.action.value, message=step.sentence, at=step.at)
    found = {name: getattr(view, name) for name in ResultShown.model_fields if name not in ("next_step", "waiting_for")}
    return {**found, "next_step": shown, "waiting_for": _waiting_for(view.waiting_for)}


def _waiting_for(found: WaitingFor | None) -> WaitingForShown | None:
    if found is None:
        return None
    return WaitingForShown(
        code=found.code.value,
        message=found.sentence(clock.now()),
        since=found.since,
        until=found.until,
        is_stuck=found.is_stuck,
    )
