"""How an account is, in words: what is wrong, what that means for its posts, and who acts next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from dravo_app import clock
from dravo_app.errors import WhoActs
from dravo_app.models import Account, Delivery, Health
from dravo_app.providers.registry import PROVIDERS
from dravo_app.services.publishing.cancel import STOPPABLE

WARN_BEFORE = timedelta(days=14)


@dataclass(frozen=True)
class HealthTold:
    """`kind` is a Health, or `ends_soon` or `ended` for one that no network has refused yet; `sentence` is "" where all is well."""

    kind: str
    sentence: str
    who_acts: WhoActs


def tell(account: Account, posts_after_end: int = 0) -> HealthTold:
    """The account's health in words; `posts_after_end` counts the posts that wait for a time after its token's end."""
    reason = account.health_reason or ""
    if account.health == Health.NEEDS_RECONNECT:
        sentence = f"{reason or 'Its access is gone.'} Posts to it fail until it is connected again."
        return HealthTold(account.health, sentence, WhoActs.ADMIN)
    if account.health == Health.BLOCKED:
        sentence = (
            f"{reason or 'The network has blocked it.'} Settle it with the network; connecting again doesn't help."
        )
        return HealthTold(account.health, sentence, WhoActs.ADMIN)
    if account.health == Health.DISCONNECTED:
        sentence = "Nothing is sent to it; its history stays. Connecting it again brings it back."
        return HealthTold(account.health, sentence, WhoActs.NOBODY)
    ends_at = ends_for_good_at(account)
    if ends_at is None or (ends_at - clock.now() > WARN_BEFORE and not posts_after_end):
        return HealthTold(account.health, "", WhoActs.NOBODY)
    kind = "ended" if ends_at <= clock.now() else "ends_soon"
    return HealthTold(kind, _end_in_words(ends_at, posts_after_end), WhoActs.ADMIN)


def ends_for_good_at(account: Account) -> datetime | None:
    """When the access ends and nobody renews it; None where Dravo does, or where it has no end that is known."""
    adapter = PROVIDERS.get(account.provider)
    renews = adapter is not None and adapter.capabilities.can_refresh
    return None if renews or account.health == Health.DISCONNECTED else account.token_expires_at


def count_posts_after_end(session: Session, accounts: Iterable[Account]) -> dict[int, int]:
    """How many posts wait for a time at which the account's token has ended, by account key; one question for all."""
    ending = [account.key for account in accounts if ends_for_good_at(account)]
    if not ending:
        return {}
    query = (
        select(Delivery.account_key, func.count())
        .join(Account, col(Account.key) == col(Delivery.account_key))
        .where(col(Delivery.account_key).in_(ending), col(Delivery.state).in_(STOPPABLE))
        .where(col(Delivery.run_at) >= col(Account.token_expires_at))
        .group_by(col(Delivery.account_key))
    )
    return dict(session.exec(query).all())


def _end_in_words(ends_at: datetime, posts: int) -> str:
    before = "" if not posts else ", before 1 scheduled post" if posts == 1 else f", before {posts:,} scheduled posts"
    if ends_at <= clock.now():
        return f"Its access has ended{before}. Connect it again."
    return f"Its access ends {_until(ends_at)}{before}. Connect it again before then."


def _until(instant: datetime) -> str:
    hours = (instant - clock.now()) / timedelta(hours=1)
    for unit, size in (("day", 24), ("hour", 1)):
        count = int(hours // size)
        if count >= 1:
            return f"in {count:,} {unit}" if count == 1 else f"in {count:,} {unit}s"
    return "within the hour"
