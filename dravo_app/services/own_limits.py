"""The limits of an account's own server, for networks where each server sets its own: asked live, at most once an hour.

Read when the account is connected and again before a post goes out; the composer counts by what was read last.
"""

from collections.abc import Mapping
from datetime import timedelta

from sqlmodel import Session

from dravo_app import clock, db
from dravo_app.errors import ProviderError
from dravo_app.models import Account
from dravo_app.providers.base import Provider
from dravo_app.providers.types import Credentials

MAX_AGE = timedelta(hours=1)


def fresh(account_key: int, provider: Provider, credentials: Credentials) -> Mapping[str, int]:
    """The server's limits, not older than MAX_AGE; the last known ones where it doesn't tell; {} for other networks.

    Opens transactions of its own around the network call.
    """
    if not provider.capabilities.has_own_limits:
        return {}
    with db.reading() as session:
        account = session.get_one(Account, account_key)
        known, read_at = account.own_limits or {}, account.own_limits_read_at
    if read_at is not None and clock.now() - read_at < MAX_AGE:
        return known
    try:
        limits = provider.read_limits(credentials)
    except ProviderError:  # the post itself will tell whether the server is well
        return known
    with db.transaction() as session:
        _store(session, account_key, limits)
    return limits


def keep(account: Account, limits: Mapping[str, int] | None) -> None:
    """Note what the server said when the account was connected."""
    if limits is None:
        return
    account.own_limits, account.own_limits_read_at = dict(limits), clock.now()


def _store(session: Session, account_key: int, limits: Mapping[str, int]) -> None:
    account = session.get_one(Account, account_key, with_for_update={"key_share": True})
    keep(account, limits)
    session.add(account)
