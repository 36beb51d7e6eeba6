"""I1 and I3, and what of I9 a delivery's row says by itself: does it end with a reason, or move on in time?"""

from datetime import datetime

from sqlmodel import Session

from dravo_app.models import DeliveryState
from dravo_app.providers import catalogue
from dravo_app.services.publishing import standstill, surroundings
from dravo_app.services.publishing.lifecycle import FINAL
from dravo_app.services.publishing.standstill import HELD_CODES
from dravo_app.services.verifying.books import Books, Invariant
from dravo_app.services.verifying.rows import Batch, DeliveryRow

S = DeliveryState


def check(session: Session, books: Books, batch: Batch, now: datetime, *, is_settled: bool) -> None:
    """`is_settled`: everything should have come to an end."""
    facts = surroundings.read(session, batch.deliveries, now)
    for delivery in batch.deliveries:
        books.states[delivery.state] += 1
        books.live += delivery.environment == "live"
        books.look(Invariant.I1)
        books.look(Invariant.I9)
        _check_ending(books, delivery, is_settled)
        _check_row(books, delivery)
        if delivery.state not in FINAL:
            books.look(Invariant.I3)
            _check_limit(books, delivery, facts[delivery.key], now)


def _check_ending(books: Books, delivery: DeliveryRow, is_settled: bool) -> None:
    state = S(delivery.state)
    if is_settled and state not in FINAL:
        books.find(Invariant.I1, delivery.id, f"did not end: {state}, {delivery.error_code or 'no error'}")
    if state is not S.FAILED:
        return
    if not (delivery.error_code and delivery.error_message and delivery.who_acts):
        books.find(Invariant.I1, delivery.id, "failed without a reason")
    elif delivery.error_code == "outcome_unknown" and not delivery.error_message.startswith("It may be public."):
        books.find(Invariant.I1, delivery.id, f"asks nobody: {delivery.error_message}")


def _check_limit(books: Books, delivery: DeliveryRow, facts: standstill.Facts, now: datetime) -> None:
    network = catalogue.NAMES.get(delivery.provider, delivery.provider)
    found = standstill.find(delivery.state, network, facts, now)
    if found is not None and found.is_stuck and found.code not in HELD_CODES:
        books.find(Invariant.I3, delivery.id, f"is {delivery.state}: {found.sentence(now)}")


def _check_row(books: Books, delivery: DeliveryRow) -> None:
    state = S(delivery.state)
    if (state in FINAL) != (delivery.finished_at is not None):
        books.find(Invariant.I9, delivery.id, f"is {state}, finished_at {delivery.finished_at}")
    if state in FINAL and delivery.lease_owner:
        books.find(Invariant.I9, delivery.id, f"is {state} and leased to {delivery.lease_owner}")
    if state is S.SENDING and not (delivery.lease_owner and delivery.lease_until):
        books.find(Invariant.I9, delivery.id, "is being sent by nobody: it has no lease")
