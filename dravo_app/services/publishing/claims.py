"""Between steps 3 and 5: a claim is the right to carry one delivery on, and the lock that asks whether it still stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from dravo_app.models import AccountGate, AttemptKind, Delivery


@dataclass(frozen=True)
class Claim:
    """A delivery taken by one worker; `fence` is the number under which it may write its answer."""

    delivery_key: int
    fence: int
    kind: AttemptKind


def lock_mine(session: Session, claims: Sequence[Claim]) -> dict[int, Delivery]:
    """By key, locked: the claimed deliveries whose fence is still the claim's. Those of a zombie are left out.

    A zombie and its successor may be in one batch: the newer claim of a delivery counts, and the caller compares fences.
    """
    fences = {claim.delivery_key: claim.fence for claim in sorted(claims, key=lambda claim: claim.fence)}
    statement = select(Delivery).where(col(Delivery.key).in_(fences), col(Delivery.lease_owner).is_not(None))
    locked = session.exec(
        statement.order_by(col(Delivery.key)).with_for_update(key_share=True).execution_options(populate_existing=True)
    )
    return {delivery.key or 0: delivery for delivery in locked if delivery.fence == fences[delivery.key or 0]}


def lock_gates(session: Session, account_keys: Sequence[int]) -> dict[int, AccountGate]:
    """By account, locked: whoever changes what is in flight holds the account's gate."""
    statement = select(AccountGate).where(col(AccountGate.account_key).in_(set(account_keys)))
    locked = session.exec(
        statement.order_by(col(AccountGate.account_key))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {gate.account_key: gate for gate in locked}
