"""Publish jobs: accept, cancel, list, receipt, and a person's answer to an unknown outcome."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query
from sqlmodel import Session
from starlette.responses import Response

from dravo_app.api.dependencies import Answer, AVisit, Visit
from dravo_app.api.description import problems_of
from dravo_app.api.strict_route import StrictRoute
from dravo_app.api.v1.accounts import Cursor, Limit, Provider
from dravo_app.api.v1.schemas.common import QueryInstant
from dravo_app.api.v1.schemas.publish import History, JobShown, Receipt, RehearsalShown
from dravo_app.models import JobStatus
from dravo_app.services import history
from dravo_app.services.caller import Caller
from dravo_app.services.history_pages import HistoryFilter
from dravo_app.services.publishing import cancel, held, plan, rehearsal, resolve, retry
from dravo_app.services.publishing.plan import PublishRequest
from dravo_app.services.publishing.resolve import Resolution
from dravo_app.services.publishing.retry import RetryRequest

router = APIRouter(prefix="/publish", tags=["Publish"], route_class=StrictRoute)

Since = Annotated[QueryInstant | None, Query(description="Not before this time.", examples=["2026-07-01T00:00:00Z"])]
Until = Annotated[QueryInstant | None, Query(description="Before this time.", examples=["2026-08-01T00:00:00Z"])]


@router.post(
    "",
    operation_id="publish",
    status_code=202,
    response_model=JobShown,
    response_description="Accepted and stored; the receipt tells what becomes of it.",
    responses=problems_of(400, 409, 413, 422),
)
def publish(visit: AVisit, body: PublishRequest) -> Response:
    """Publish one text, with pictures if you like, to 1 to 100 accounts, now or at a set time."""
    if not plan.names_media(body):
        return visit.write(lambda session, caller: Answer(JobShown.of(plan.publish(session, caller, body)), 202))
    return visit.write_after(
        lambda _: plan.check_media_addresses(body),
        lambda session, caller, flaws: Answer(JobShown.of(plan.publish(session, caller, body, flaws)), 202),
    )


@router.post(
    "/validate",
    operation_id="validatePublish",
    response_model=RehearsalShown,
    response_description="What `publish` would say and what each account would get; nothing was stored or sent.",
    responses=problems_of(400, 413),
)
def validate_publish(visit: AVisit, body: PublishRequest) -> Response:
    """Ask every rule without publishing: flaws and warnings of the job and of each account, with its final text."""
    if not plan.names_media(body):
        return visit.read(lambda session, caller: RehearsalShown.of(rehearsal.rehearse(session, caller, body)))
    return visit.read_after(
        lambda _: plan.check_media_addresses(body),
        lambda session, caller, flaws: RehearsalShown.of(rehearsal.rehearse(session, caller, body, flaws)),
    )


@router.get("", operation_id="listPublishJobs", response_model=History, responses=problems_of(400))
def list_publish_jobs(
    visit: AVisit,
    status: Annotated[JobStatus | None, Query(description="Only jobs in this state.")] = None,
    provider: Provider = None,
    q: Annotated[
        str | None,
        Query(description="Words of the text; all must match, the last one by its beginning.", max_length=5000),
    ] = None,
    account_id: Annotated[str | None, Query(description="Only jobs to this account.", max_length=64)] = None,
    created_after: Since = None,
    created_before: Until = None,
    scheduled_after: Since = None,
    scheduled_before: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The history of publish jobs, newest first."""
    filters = HistoryFilter(
        status=status,
        provider=provider,
        q=q,
        account_id=account_id,
        created_after=created_after,
        created_before=created_before,
        scheduled_after=scheduled_after,
        scheduled_before=scheduled_before,
        limit=limit,
        cursor=cursor,
    )
    return visit.read(lambda session, caller: History.of(history.list_jobs(session, caller, filters)))


@router.get("/{job_id}", operation_id="getReceipt", response_model=Receipt, responses=problems_of(404))
def get_receipt(visit: AVisit, job_id: str) -> Response:
    """The receipt of one job: every account's result with its attempts."""
    return visit.read(lambda session, caller: Receipt.of(history.get_receipt(session, caller, job_id)))


@router.post(
    "/{job_id}/cancel",
    operation_id="cancelPublishJob",
    response_model=JobShown,
    response_description="Canceled: nothing of it will be sent.",
    responses=problems_of(400, 404, 409, 422),
)
def cancel_publish_job(visit: AVisit, job_id: str) -> Response:
    """Cancel a job while its status is `scheduled`, also where it is held. `discard` stops what is held of any job."""
    return visit.write(lambda session, caller: Answer(JobShown.of(cancel.cancel(session, caller, job_id))))


@router.post(
    "/{job_id}/release",
    operation_id="releasePublishJob",
    status_code=202,
    response_model=Receipt,
    response_description="Let go: queued, or scheduled where its time is still ahead; the receipt as it is now.",
    responses=problems_of(400, 404, 409, 422),
)
def release_publish_job(visit: AVisit, job_id: str) -> Response:
    """Let go what is held of a job, because it came late or after a restore from a backup. `discard` stops it instead."""
    return _change(visit, job_id, lambda session, caller: held.let_go(session, caller, job_id), 202)


@router.post(
    "/{job_id}/discard",
    operation_id="discardPublishJob",
    response_model=Receipt,
    response_description="What was held of it is canceled; the receipt as it is now.",
    responses=problems_of(400, 404, 409, 422),
)
def discard_publish_job(visit: AVisit, job_id: str) -> Response:
    """Stop what is held of a job: Dravo doesn't send it. What isn't held stays as it is. `release` lets it go instead."""
    return _change(visit, job_id, lambda session, caller: held.discard(session, caller, job_id))


@router.post(
    "/{job_id}/retry",
    operation_id="retryPublishJob",
    status_code=202,
    response_model=Receipt,
    response_description="Queued again; the receipt as it is now.",
    responses=problems_of(400, 404, 409, 413, 422),
)
def retry_publish_job(visit: AVisit, job_id: str, body: RetryRequest | None = None) -> Response:
    """Send failed deliveries again: those of the named accounts, or all that can be. Never what is or may be public."""
    return _change(
        visit,
        job_id,
        lambda session, caller: retry.retry(session, caller, job_id, body.account_ids if body else None),
        202,
    )


@router.post(
    "/{job_id}/deliveries/{account_id}/resolve",
    operation_id="resolveDelivery",
    response_model=Receipt,
    response_description="The job's receipt after your answer.",
    responses=problems_of(400, 404, 409, 413, 422),
)
def resolve_delivery(visit: AVisit, job_id: str, account_id: str, body: Resolution) -> Response:
    """Say what became of a delivery whose outcome is unknown: it is public, or it is not (and may be sent again)."""
    return _change(visit, job_id, lambda session, caller: resolve.resolve(session, caller, job_id, account_id, body))


def _change(visit: Visit, job_id: str, change: Callable[[Session, Caller], object], status: int = 200) -> Response:
    """Make the change, and answer with the job's receipt as it is then."""

    def work(session: Session, caller: Caller) -> Answer:
        change(session, caller)
        session.flush()
        return Answer(Receipt.of(history.get_receipt(session, caller, job_id)), status)

    return visit.write(work)
