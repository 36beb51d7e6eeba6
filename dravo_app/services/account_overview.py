"""The accounts page's question: a page of accounts, each with what a person wants to know about it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from dravo_app.models import Account, Delivery, DeliveryState, Health
from dravo_app.services.account_health import HealthTold, count_posts_after_end, ends_for_good_at, tell
from dravo_app.services.accounts import AccountFilter, list_accounts
from dravo_app.services.caller import Caller
from dravo_app.services.publishing.cancel import STOPPABLE


@dataclass(frozen=True)
class AccountView:
    """One account; `ends_at` is when its access ends for good, `waiting` how many of its posts wait for their time."""

    account: Account
    health: HealthTold
    ends_at: datetime | None
    last_published_at: datetime | None
    waiting: int


@dataclass(frozen=True)
class Overview:
    """A page of accounts, newest first; `counts` has the number of accounts by health, whatever the filters."""

    items: list[AccountView]
    next_cursor: str | None
    total: int
    counts: dict[str, int]


def look_over(session: Session, caller: Caller, filters: AccountFilter) -> Overview:
    """A page of the caller's accounts. Costs five questions, however many accounts there are. Raises as `list_accounts`."""
    page = list_accounts(session, caller, filters)
    keys = [account.key or 0 for account in page.items]
    after_end = count_posts_after_end(session, page.items)
    published, waiting = _last_published(session, keys), _count_waiting(session, keys)
    items = [
        AccountView(
            account,
            tell(account, after_end.get(account.key or 0, 0)),
            ends_for_good_at(account),
            published.get(account.key or 0),
            waiting.get(account.key or 0, 0),
        )
        for account in page.items
    ]
    return Overview(items, page.next_cursor, page.total, _count_by_health(session, caller))


def _last_published(session: Session, keys: list[int]) -> dict[int, datetime | None]:
    latest = (
        select(Delivery.finished_at)
        .where(col(Delivery.account_key) == col(Account.key), col(Delivery.state) == DeliveryState.PUBLISHED.value)
        .order_by(col(Delivery.job_key).desc())  # the index has this order; the time itself would read every delivery
        .limit(1)
        .scalar_subquery()
    )
    return {key or 0: at for key, at in session.exec(select(Account.key, latest).where(col(Account.key).in_(keys)))}


def _count_waiting(session: Session, keys: list[int]) -> dict[int, int]:
    query = select(Delivery.account_key, func.count()).where(
        col(Delivery.account_key).in_(keys), col(Delivery.state).in_(STOPPABLE)
    )
    return dict(session.exec(query.group_by(col(Delivery.account_key))).all())


def _count_by_health(session: Session, caller: Caller) -> dict[str, int]:
    query = select(Account.health, func.count()).where(
        col(Account.workspace_key) == caller.workspace_key, col(Account.environment) == caller.environment.value
    )
    counts = dict(session.exec(query.group_by(col(Account.health))).all())
    return {health.value: counts.get(health.value, 0) for health in Health}
