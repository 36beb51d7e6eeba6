"""What happened, told once: every change of state writes its event here, in the transaction that makes the change."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert
from sqlmodel import Session

from dravo_app import clock
from dravo_app.ids import new_id
from dravo_app.models import Account, Delivery, DeliveryState, Environment, Event, PublishJob, Workspace

STUCK = "delivery.stuck"
_GOES_ON_AT = (DeliveryState.WAITING, DeliveryState.UNCONFIRMED, DeliveryState.PROCESSING)

_BY_REASON = (DeliveryState.HELD, DeliveryState.CANCELED)


@dataclass(frozen=True)
class JobChange:
    """A job that has just taken a status."""

    key: int
    workspace_key: int
    environment: str
    status: str


def record_job(session: Session, job: PublishJob) -> None:
    """`job.<status>` for the status the job has just taken."""
    session.add(_event(job.workspace_key, job.environment, f"job.{job.status}", job_key=job.key))


def record_jobs(session: Session, changes: Sequence[JobChange]) -> None:
    """The same for many at once, written at this moment."""
    _insert(session, [_row(job.workspace_key, job.environment, f"job.{job.status}", job.key) for job in changes])


def record_delivery(session: Session, delivery: Delivery) -> None:
    """`delivery.<state>` for the state the delivery has just taken."""
    session.add(Event.model_validate(_delivery_row(delivery)))


def record_deliveries(session: Session, deliveries: Sequence[Delivery]) -> None:
    """The same for many at once, written at this moment: an object for each would cost a worker a seventh of its time."""
    _insert(session, [_delivery_row(delivery) for delivery in deliveries])


def record_resolution(session: Session, delivery: Delivery, actor: str, answer: dict[str, object]) -> None:
    """`delivery.resolved`: who said what about an unknown outcome."""
    event = _event(delivery.workspace_key, delivery.environment, "delivery.resolved", job_key=delivery.job_key)
    event.delivery_key, event.account_key = delivery.key, delivery.account_key
    event.details = {"actor": actor, **answer}
    session.add(event)


def record_retry(session: Session, delivery: Delivery, actor: str) -> None:
    """`delivery.retried`: who had a failed delivery sent again, and what it had failed with."""
    event = _event(delivery.workspace_key, delivery.environment, "delivery.retried", job_key=delivery.job_key)
    event.delivery_key, event.account_key = delivery.key, delivery.account_key
    event.details = {"actor": actor, "error_code": delivery.error_code or ""}
    session.add(event)


def record_release(session: Session, delivery: Delivery, actor: str) -> None:
    """`delivery.released`: who let a held delivery go, and why it had been held."""
    event = _event(delivery.workspace_key, delivery.environment, "delivery.released", job_key=delivery.job_key)
    event.delivery_key, event.account_key = delivery.key, delivery.account_key
    event.details = {"actor": actor, "reason": delivery.state_reason or ""}
    session.add(event)


def record_stuck(session: Session, delivery: Delivery, details: dict[str, object]) -> None:
    """`delivery.stuck`: it stands still for too long; why, and who does what about it. No change of state."""
    event = _event(delivery.workspace_key, delivery.environment, STUCK, job_key=delivery.job_key)
    event.delivery_key, event.account_key = delivery.key, delivery.account_key
    event.details = details
    session.add(event)


def record_account(session: Session, account: Account, what: str, **details: object) -> None:
    """`account.<what>`, such as `account.needs_reconnect`."""
    event = _event(account.workspace_key, account.environment, f"account.{what}")
    event.account_key = account.key
    event.details = details
    session.add(event)


def record_late_policy(session: Session, workspace: Workspace, policy: str, actor: str) -> None:
    """`workspace.late_policy`: who changed the rule, from what to what. Kept with the live posts, which it concerns most."""
    event = _event(workspace.key or 0, Environment.LIVE.value, "workspace.late_policy")
    event.details = {"actor": actor, "from": workspace.late_policy, "to": policy}
    session.add(event)


def _delivery_row(delivery: Delivery) -> dict[str, object]:
    row = _row(delivery.workspace_key, delivery.environment, f"delivery.{delivery.state}", delivery.job_key)
    details: dict[str, object] = {}
    if delivery.error_code:
        details |= {"error_code": delivery.error_code, "error_message": delivery.error_message or ""}
    if delivery.state in _BY_REASON and delivery.state_reason:
        details |= {"reason": delivery.state_reason, "message": delivery.error_message or ""}
    if delivery.state in _GOES_ON_AT:
        details["until"] = clock.isoformat(delivery.run_at)
    return row | {"delivery_key": delivery.key, "account_key": delivery.account_key, "details": details}


def _event(workspace_key: int, environment: str, kind: str, job_key: int | None = None) -> Event:
    return Event.model_validate(_row(workspace_key, environment, kind, job_key))


def _row(workspace_key: int, environment: str, kind: str, job_key: int | None) -> dict[str, object]:
    now = clock.now()
    return {
        "id": new_id("evt", now),
        "workspace_key": workspace_key,
        "environment": environment,
        "type": kind,
        "job_key": job_key,
        "delivery_key": None,
        "account_key": None,
        "details": {},
        "created_at": now,
    }


def _insert(session: Session, rows: list[dict[str, object]]) -> None:
    if rows:
        session.flush()  # the rows that they tell of come first
        session.connection().execute(insert(Event), rows)
