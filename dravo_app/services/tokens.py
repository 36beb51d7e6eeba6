"""Access tokens kept fresh: one refresher per account at a time, and what comes back is stored before it is used.

Networks that rotate refresh tokens kill the whole grant when an old one is used twice, so the refresh runs under a lease.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from dravo_app import clock, db
from dravo_app.errors import ReconnectRequired, Throttled
from dravo_app.ids import new_id
from dravo_app.models import Account, Health
from dravo_app.providers.base import Provider
from dravo_app.providers.types import Credentials
from dravo_app.services import events, leases, networks
from dravo_app.services.vault import open_credentials, seal_credentials
from dravo_app.settings import get_settings

_EARLY = timedelta(seconds=60)


@dataclass(frozen=True)
class _Held:
    """What the row said when it was read."""

    provider: Provider
    credentials: Credentials
    token_expires_at: datetime | None
    version: int

    @property
    def access(self) -> "Access":
        return Access(self.provider, self.credentials, self.version)


class Access(NamedTuple):
    """What a conversation needs; `version` of the credentials says later whether its answer still concerns the account."""

    provider: Provider
    credentials: Credentials
    version: int


def ready(account: Account) -> Access:
    """The account's adapter, and credentials whose token is not about to end; from its row as it was just read.

    Opens transactions of its own around the network call. Raises ReconnectRequired where access is gone,
    ProviderUnavailable where the network doesn't answer, Throttled where another worker is refreshing at this moment,
    ConfigurationError where the credentials can't be opened or there is no sandbox.
    """
    held = _hold(account)
    if not is_stale(held.token_expires_at):
        return held.access
    if not held.provider.capabilities.can_refresh:
        raise ReconnectRequired("The access token has ended and can't be renewed.", provider=held.provider.slug)
    return _refresh(account.key or 0)


def is_stale(token_expires_at: datetime | None) -> bool:
    """Has the token ended, or will it within a minute?"""
    return token_expires_at is not None and token_expires_at <= clock.now() + _EARLY


def lock_as_used(session: Session, account: Account, version: int) -> bool:
    """Lock the row before an answer changes it; False where its credentials have been replaced since: by a person who connected
    it again, say, whose new ones an answer to the old ones says nothing of.
    """
    session.flush()  # what an earlier answer of the same batch has changed would be forgotten
    session.refresh(account, with_for_update={"key_share": True})
    return account.credentials_version == version


def mark_stale(session: Session, account: Account) -> None:
    """The network called this token expired: the next use refreshes it first."""
    account.token_expires_at = clock.now()
    session.add(account)


def mark_health(session: Session, account: Account, health: Health, reason: str) -> None:
    """Turn an account red once, with its event; a disconnected one stays as it is."""
    if account.health in (health, Health.DISCONNECTED):
        return
    account.health, account.health_reason = health.value, reason
    session.add(account)
    events.record_account(session, account, health.value, reason=reason)


def mark_well(session: Session, account: Account) -> None:
    """The network has just taken a post: whatever turned the account red is over."""
    if account.health in (Health.OK, Health.DISCONNECTED):
        return
    account.health, account.health_reason = Health.OK.value, None
    session.add(account)
    events.record_account(session, account, Health.OK.value)


def _refresh(account_key: int) -> Access:
    name, holder = f"refresh:{account_key}", new_id("ref")
    with db.transaction() as session:
        if not leases.take(session, name, holder, get_settings().engine.lease_seconds):
            raise Throttled("The access token is being renewed right now.", retry_at=clock.now() + timedelta(seconds=1))
        held = _hold(session.get_one(Account, account_key))
    try:
        if not is_stale(held.token_expires_at):  # somebody else was quicker
            return held.access
        with _kept(name, holder):
            renewed, expires_at = held.provider.refresh(held.credentials, clock.now())
        # The network has spent the old refresh token: what is not stored now is lost for good.
        held = db.insistently(lambda session: _store(session, account_key, held, renewed, expires_at))
        return held.access
    finally:
        with db.transaction() as session:
            leases.give_back(session, name, holder)


@contextmanager
def _kept(name: str, holder: str) -> Iterator[None]:
    """The lease goes on while the network takes its time; of one who dies meanwhile it runs out as soon as any other."""
    over, engine = threading.Event(), get_settings().engine

    def keep() -> None:
        while not over.wait(engine.heartbeat_seconds):
            with suppress(SQLAlchemyError), db.transaction() as session:
                leases.take(session, name, holder, engine.lease_seconds)

    thread = threading.Thread(target=keep, name="refresh", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _hold(account: Account) -> _Held:
    if not account.credentials_sealed:
        raise ReconnectRequired("The account was disconnected.", provider=account.provider)
    credentials = open_credentials(account)
    provider = networks.provider_for(account.environment, account.provider, credentials)
    return _Held(provider, credentials, account.token_expires_at, account.credentials_version)


def _store(
    session: Session, account_key: int, held: _Held, credentials: Credentials, expires_at: datetime | None
) -> _Held:
    """What the row says afterwards. Raises ReconnectRequired where a person has disconnected the account meanwhile."""
    account = session.get_one(Account, account_key, with_for_update={"key_share": True})
    if account.credentials_version == held.version:  # else reconnected in the meantime: what a person typed wins
        seal_credentials(account, credentials)
        account.token_expires_at = expires_at
        session.add(account)
    return _hold(account)
