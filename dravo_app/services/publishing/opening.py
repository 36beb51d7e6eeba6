"""Step 4, first part: what the conversations need is read and their attempts are written down, a batch in one transaction.

The caller COMMITS before any request leaves. A crash from then on leaves an open attempt behind, which `reconcile` reads as
"it may be public".
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlmodel import Session, col, select

from dravo_app import clock
from dravo_app.crashpoints import crashpoint
from dravo_app.models import Account, Attempt, AttemptKind, Delivery, PublishJob
from dravo_app.providers.types import Json, Publication
from dravo_app.services import composition
from dravo_app.services.publishing import attempts
from dravo_app.services.publishing.claims import Claim, lock_mine

_CLOCKS_DIFFER = timedelta(hours=2)  # a look-up reaches back past our start, further than a clock may have been wrong
_FILES_ARE_KEPT = timedelta(hours=12)  # networks throw unposted files away, X and Mastodon after a day


@dataclass(frozen=True)
class Opened:
    """All that one conversation needs, so that it touches no row."""

    claim: Claim
    attempt_key: int
    job_id: str
    account: Account
    """Its row as it was read in this moment, so that no conversation has to wait for the database."""
    environment: str
    provider: str
    publication: Publication
    handle: dict[str, Json]


def open_all(session: Session, claims: Sequence[Claim]) -> list[Opened]:
    """Write down that these conversations are about to begin. Claims whose fence is outdated are left out."""
    mine = lock_mine(session, claims)
    if not mine:
        return []
    now = clock.now()
    books = _read(session, list(mine.values()))
    begun = []
    for claim in claims:
        if (delivery := mine.get(claim.delivery_key)) is None:
            continue
        publication = _publication(books, delivery, now)
        earlier = books.attempts.get(claim.delivery_key, [])
        attempt = attempts.open_attempt(session, delivery, claim, earlier, publication.text, now)
        delivery.first_tried_at = publication.started_at
        delivery.begun_at = delivery.begun_at or now
        session.add(delivery)
        begun.append((claim, delivery, attempt, publication))
    session.flush()
    crashpoint("deliver_before_attempt_commit")
    return [_opened(books, *one) for one in begun]


@dataclass(frozen=True)
class _Books:
    """What a batch's deliveries belong to; `taken` are the account's posts that belong to other deliveries, by delivery."""

    accounts: Mapping[int, Account]
    jobs: Mapping[int, PublishJob]
    attempts: Mapping[int, list[Attempt]]
    taken: Mapping[int, frozenset[str]]


def _read(session: Session, deliveries: Sequence[Delivery]) -> _Books:
    of_accounts = select(Account).where(col(Account.key).in_({delivery.account_key for delivery in deliveries}))
    of_jobs = select(PublishJob).where(col(PublishJob.key).in_({delivery.job_key for delivery in deliveries}))
    accounts = {account.key or 0: account for account in session.exec(of_accounts)}
    jobs = {job.key or 0: job for job in session.exec(of_jobs)}
    earlier: dict[int, list[Attempt]] = defaultdict(list)
    told = select(Attempt).where(col(Attempt.delivery_key).in_([delivery.key for delivery in deliveries]))
    for attempt in session.exec(told.order_by(col(Attempt.number))):
        earlier[attempt.delivery_key].append(attempt)
    taken = {delivery.key or 0: _taken(session, delivery, jobs) for delivery in deliveries if delivery.unknown_since}
    return _Books(accounts, jobs, earlier, taken)


def _taken(session: Session, delivery: Delivery, jobs: Mapping[int, PublishJob]) -> frozenset[str]:
    """Only what is looked up has to know: a look-up must not take another delivery's post for its own."""
    others = select(Delivery.platform_post_id).where(
        col(Delivery.account_key) == delivery.account_key,
        col(Delivery.key) != delivery.key,
        col(Delivery.platform_post_id).is_not(None),
        col(Delivery.finished_at) >= jobs[delivery.job_key].created_at - _CLOCKS_DIFFER,
    )
    return frozenset(found for found in session.exec(others) if found)


def _publication(books: _Books, delivery: Delivery, now: datetime) -> Publication:
    account, job = books.accounts[delivery.account_key], books.jobs[delivery.job_key]
    earlier = books.attempts.get(delivery.key or 0, [])
    named = (job.provider_options, delivery.provider, account.id)
    return Publication(
        delivery_id=delivery.id,
        platform_account_id=account.platform_account_id,
        handle=account.handle,
        text=composition.text_for(job.text, *named),
        options=composition.options_for(*named),
        started_at=delivery.first_tried_at or now,
        is_repeat=delivery.unknown_since is not None,
        unknown_since=next((attempt.started_at for attempt in earlier if attempts.may_have_made_it(attempt)), None),
        taken_post_ids=books.taken.get(delivery.key or 0, frozenset()),
        prepared=_prepared(delivery, earlier, now),
        media_urls=composition.media_for(job.media_urls, *named),
        alt_texts=composition.alt_texts_for(*named),
        limits=account.own_limits or {},
    )


def _prepared(delivery: Delivery, earlier: Sequence[Attempt], now: datetime) -> dict[str, Json]:
    """What the network has of the post already; nothing, to begin anew, once the account had to rest for very long since."""
    looked = [attempt.closed_at for attempt in earlier if attempt.kind == AttemptKind.RESUME]
    is_old = bool(looked) and looked[-1] is not None and now - looked[-1] > _FILES_ARE_KEPT
    return {} if is_old else cast(dict[str, Json], delivery.handle or {})


def _opened(books: _Books, claim: Claim, delivery: Delivery, attempt: Attempt, publication: Publication) -> Opened:
    return Opened(
        claim=claim,
        attempt_key=attempt.key or 0,
        job_id=books.jobs[delivery.job_key].id,
        account=books.accounts[delivery.account_key],
        environment=delivery.environment,
        provider=delivery.provider,
        publication=publication,
        handle=cast(dict[str, Json], delivery.handle or {}),
    )
