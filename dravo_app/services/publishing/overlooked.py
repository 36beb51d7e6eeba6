"""Part of step 3: what was queued at its time, and then nobody was there to send it: its late policy counts now.

Queues run ahead of what is sent, so a crash in a busy moment leaves many such posts. What rests because its account or network
does is none of them, nor what waits while workers live: Dravo was there, and says in the receipt how late it was.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from dravo_app.models import AccountGate, Delivery, DeliveryState, NetworkGate, PublishJob
from dravo_app.services import leases
from dravo_app.services.publishing import late
from dravo_app.services.publishing.late import LatePolicy, late_policies, late_seconds
from dravo_app.settings import get_settings


def stop_late(session: Session, found: Sequence[tuple[Delivery, AccountGate]], now: datetime) -> list[Delivery]:
    """Skip or hold those whose late policy says so. They and their gates are locked; the caller rolls their jobs up."""
    limit = timedelta(seconds=get_settings().late_after_seconds)
    suspects = [(one, gate) for one, gate in found if _is_untouched(one) and now - one.run_at > limit]
    since = leases.held_since(session, leases.PRESENT) if suspects else None
    if since is None:
        return []
    rests = _rests(session, [gate for _, gate in suspects])
    chosen = select(PublishJob).where(col(PublishJob.key).in_({one.job_key for one, _ in suspects}))
    jobs = {job.key or 0: job for job in session.exec(chosen) if _was_deserted(job, since, limit)}
    policies = late_policies(session, list(jobs.values()), now)
    late_ones = [
        one
        for one, gate in suspects
        if one.job_key in jobs and not _rested(one, gate, rests, limit) and one.run_at != jobs[one.job_key].released_at
    ]
    return [one for policy in _ACTS for one in _stop(session, jobs, policies, policy, late_ones, now)]


def _is_untouched(delivery: Delivery) -> bool:
    """Never claimed; nor sent again by a person, whose first try stays written down."""
    return delivery.state == DeliveryState.QUEUED and delivery.fence == 0 and delivery.first_tried_at is None


def _was_deserted(job: PublishJob, since: datetime, limit: timedelta) -> bool:
    """Released in time, and then nobody was there until it was late. Who let a late one go has answered already."""
    is_released_in_time = job.scheduled_at is not None and job.released_at is not None and late_seconds(job) is None
    return is_released_in_time and since - (job.scheduled_at or since) > limit


def _rests(session: Session, gates: Iterable[AccountGate]) -> dict[str, datetime]:
    """Until when networks and apps were known to be in trouble, by their gates' names: a rest's end, or when it was lifted."""
    names = {name for gate in gates for name in (gate.network, gate.app) if name}
    chosen = select(NetworkGate).where(col(NetworkGate.name).in_(names))
    return {gate.name: max(gate.changed_at, gate.next_allowed_at or gate.changed_at) for gate in session.exec(chosen)}


def _rested(delivery: Delivery, gate: AccountGate, rests: dict[str, datetime], limit: timedelta) -> bool:
    """Was it kept back by its account's or network's rest, beyond the limit?"""
    ends = [gate.next_allowed_at, *(rests.get(name) for name in (gate.network, gate.app) if name)]
    return any(end is not None and end - delivery.run_at > limit for end in ends)


_ACTS = {LatePolicy.SKIP: late.skip, LatePolicy.ASK: late.ask}


def _stop(
    session: Session,
    jobs: dict[int, PublishJob],
    policies: dict[int, LatePolicy],
    policy: LatePolicy,
    deliveries: Sequence[Delivery],
    now: datetime,
) -> list[Delivery]:
    some = [one for one in deliveries if policies.get(one.job_key) is policy]
    for one in some:
        one.fence += 1  # as after a claim: what was queued must not show as scheduled again
    _ACTS[policy](session, [jobs[key] for key in dict.fromkeys(one.job_key for one in some)], some, now)
    return some
