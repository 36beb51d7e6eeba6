"""The engine's invariants, checked by one function: the database against itself and against what the world saw.

I1 every accepted delivery ends, failed ones with a reason · I2 at most one visible post per delivery · I3 nothing moves past
its limit · I4 published only if the network shows it · I5 only legal changes · I6 one event per change · I9 the books balance.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from sqlmodel import col, select

from dravo_app import clock, db
from dravo_app.models import Account, AccountGate, Attempt, Delivery, DeliveryState, Event, JobStatus, PublishJob
from dravo_app.services import composition
from dravo_app.services.publishing.lifecycle import FINAL, LEGAL
from dravo_app.services.publishing.rollup import status_of
from tests.support.sandbox_server import Sandbox

LIMIT = timedelta(seconds=60)
_FIRST_STATES = ("scheduled", "queued")
_BY_PEOPLE = ("delivery.resolved", "delivery.retried")
_FINAL_STATUSES = ("published", "partial", "failed", "canceled")


@dataclass(frozen=True)
class _Books:
    jobs: dict[int, PublishJob]
    accounts: dict[int, Account]
    gates: dict[int, AccountGate]
    deliveries: list[Delivery]
    attempts: dict[int, list[Attempt]]
    events: list[Event]


def check_invariants(sandbox: Sandbox, *, is_settled: bool = True) -> None:
    """Fail with every broken invariant; `is_settled`: everything should have come to an end (I1)."""
    books = _read()
    ours = {(account.provider, _plain(account.handle)) for account in books.accounts.values()}
    seen = [item for item in sandbox.log() if (item["network"], _plain(item["account"])) in ours]
    broken = []
    for delivery in books.deliveries:
        broken += _about_state(delivery, is_settled)
        broken += _about_events(books, delivery)
        broken += _about_attempts(delivery, books.attempts[delivery.key or 0])
    broken += _about_the_world(books, seen)
    broken += _about_jobs(books)
    broken += _about_gates(books)
    assert not broken, "\n".join(broken)


def _read() -> _Books:
    with db.reading() as session:
        attempts: dict[int, list[Attempt]] = defaultdict(list)
        for attempt in session.exec(select(Attempt).order_by(col(Attempt.delivery_key), col(Attempt.number))):
            attempts[attempt.delivery_key].append(attempt)
        return _Books(
            jobs={job.key or 0: job for job in session.exec(select(PublishJob))},
            accounts={account.key or 0: account for account in session.exec(select(Account))},
            gates={gate.account_key: gate for gate in session.exec(select(AccountGate))},
            deliveries=list(session.exec(select(Delivery).order_by(col(Delivery.key)))),
            attempts=attempts,
            events=list(session.exec(select(Event).order_by(col(Event.key)))),
        )


def _about_state(delivery: Delivery, is_settled: bool) -> list[str]:
    broken = []
    state, now = DeliveryState(delivery.state), clock.now()
    if is_settled and state not in FINAL:
        broken.append(f"I1 {delivery.id} did not end: {state}, {delivery.error_code}")
    if state is DeliveryState.FAILED and not (delivery.error_code and delivery.error_message and delivery.who_acts):
        broken.append(f"I1 {delivery.id} failed without a reason")
    asks = (delivery.error_message or "").startswith("It may be public.")
    if state is DeliveryState.FAILED and delivery.error_code == "outcome_unknown" and not asks:
        broken.append(f"I1 {delivery.id} asks nobody: {delivery.error_message}")
    if state is DeliveryState.SENDING and (delivery.lease_until is None or delivery.lease_until < now - LIMIT):
        broken.append(f"I3 {delivery.id} is sending since {delivery.changed_at} without a lease")
    if state in (DeliveryState.QUEUED, DeliveryState.SCHEDULED) and delivery.run_at < now - LIMIT:
        broken.append(f"I3 {delivery.id} is {state} and was due {delivery.run_at}")
    if (state in FINAL) != (delivery.finished_at is not None):
        broken.append(f"I9 {delivery.id} is {state}, finished_at {delivery.finished_at}")
    if state is not DeliveryState.SENDING and state in FINAL and delivery.lease_owner:
        broken.append(f"I9 {delivery.id} is {state} and leased")
    return broken


def _about_events(books: _Books, delivery: Delivery) -> list[str]:
    told = [
        event.type.removeprefix("delivery.")
        for event in books.events
        if event.delivery_key == delivery.key and event.type not in _BY_PEOPLE
    ]
    if not told or told[0] not in _FIRST_STATES or told[-1] != delivery.state:
        return [f"I6 {delivery.id} is {delivery.state}, its events tell {told}"]
    wrong = [(a, b) for a, b in pairwise(told) if DeliveryState(b) not in LEGAL[DeliveryState(a)]]
    return [f"I5 {delivery.id} went {a} → {b}: {told}" for a, b in wrong]


def _about_attempts(delivery: Delivery, attempts: list[Attempt]) -> list[str]:
    broken = []
    if [attempt.number for attempt in attempts] != list(range(1, len(attempts) + 1)):
        broken.append(f"I9 {delivery.id}'s attempts are numbered {[attempt.number for attempt in attempts]}")
    if any(a.fence >= b.fence for a, b in pairwise(attempts)):
        broken.append(f"I9 {delivery.id}'s fences do not grow: {[attempt.fence for attempt in attempts]}")
    results = Counter(attempt.result for attempt in attempts)
    if delivery.state in FINAL and results["open"]:
        broken.append(f"I9 {delivery.id} is {delivery.state} with an open attempt")
    if results["published"] != (delivery.state == "published" and delivery.platform_post_id is not None):
        broken.append(f"I9 {delivery.id} is {delivery.state}, its attempts ended {dict(results)}")
    if any((attempt.closed_at is None) != (attempt.result == "open") for attempt in attempts):
        broken.append(f"I9 {delivery.id} has an attempt that is half closed")
    return broken


def _about_the_world(books: _Books, seen: list[dict[str, object]]) -> list[str]:
    broken = []
    shown = {(str(item["network"]), str(item["post_id"])): item for item in seen}
    claimed: Counter[tuple[str, str]] = Counter()
    wanted: Counter[tuple[str, str, str]] = Counter()
    explained: Counter[tuple[str, str, str]] = Counter()
    for delivery in books.deliveries:
        account, job = books.accounts[delivery.account_key], books.jobs[delivery.job_key]
        text = composition.text_for(job.text, job.provider_options, delivery.provider, account.id)
        place = (delivery.provider, _plain(account.handle), text)
        again = sum(1 for e in books.events if e.delivery_key == delivery.key and e.details.get("send_again"))
        wanted[place] += 1 + again
        may_be_public = delivery.state == "published" or delivery.error_code == "outcome_unknown"
        explained[place] += may_be_public + again or delivery.state not in FINAL
        if delivery.platform_post_id is not None:
            claimed[(delivery.provider, delivery.platform_post_id)] += 1
        elif delivery.state == "published" and not _is_resolved(books, delivery):
            broken.append(f"I4 {delivery.id} is published, nobody says where")
    broken += [f"I4 {place} is claimed and the network doesn't show it" for place in claimed if place not in shown]
    broken += [f"I2 {place} is claimed {number} times" for place, number in claimed.items() if number > 1]
    visible = Counter((str(i["network"]), _plain(str(i["account"])), str(i["text"])) for i in seen)
    broken += [
        f"I2 {place} is visible {n} times, wanted {wanted[place]}" for place, n in visible.items() if n > wanted[place]
    ]
    broken += [f"I9 {place} is visible and nobody says so" for place, n in visible.items() if n > explained[place]]
    return broken


def _about_jobs(books: _Books) -> list[str]:
    broken = []
    deliveries: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for delivery in books.deliveries:
        deliveries[delivery.job_key].append((delivery.state, delivery.fence))
    for key, job in books.jobs.items():
        told = [e.type.removeprefix("job.") for e in books.events if e.job_key == key and e.type.startswith("job.")]
        if job.status != status_of(deliveries[key]):
            broken.append(f"I9 {job.id} is {job.status}, its deliveries say {status_of(deliveries[key])}")
        if not told or told[-1] != job.status or any(a == b for a, b in pairwise(told)):
            broken.append(f"I6 {job.id} is {job.status}, its events tell {told}")
        if not _goes_forward(told) and not any(e.job_key == key and e.type in _BY_PEOPLE for e in books.events):
            broken.append(f"I5 {job.id} moved backwards: {told}")
        if (job.status in _FINAL_STATUSES) != (job.finished_at is not None):
            broken.append(f"I9 {job.id} is {job.status}, finished_at {job.finished_at}")
    return broken


def _goes_forward(told: list[str]) -> bool:
    places = [min([s.value for s in JobStatus].index(status), 3) for status in told]
    return places == sorted(set(places))


def _about_gates(books: _Books) -> list[str]:
    sending: dict[int, list[int]] = defaultdict(list)
    for delivery in books.deliveries:
        if delivery.state == "sending":
            sending[delivery.account_key].append(delivery.key or 0)
    broken = [f"I9 account {key} sends {keys} at once" for key, keys in sending.items() if len(keys) > 1]
    for key, gate in books.gates.items():
        expected: list[int | None] = [*sending[key]] or [None]
        if [gate.in_flight_key] != expected:
            broken.append(f"I9 account {key}'s gate names {gate.in_flight_key}, sending are {sending[key]}")
    return broken


def _is_resolved(books: _Books, delivery: Delivery) -> bool:
    return any(e.delivery_key == delivery.key and e.type == "delivery.resolved" for e in books.events)


def _plain(handle: str) -> str:
    return handle.lstrip("@").lower().removesuffix(".test")
