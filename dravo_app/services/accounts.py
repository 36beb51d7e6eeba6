"""The connected profiles of a workspace: list, read, rename, disconnect. `connecting.py` makes them."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from dravo_app import clock
from dravo_app.errors import Flaw, Invalid, NotFound
from dravo_app.models import Account, Delivery, Health, PublishJob
from dravo_app.providers import catalogue
from dravo_app.services import cursors, events
from dravo_app.services.caller import Caller
from dravo_app.services.publishing.cancel import STOPPABLE, stop_for_account
from dravo_app.services.roles import require_admin

_SHOWN_CHARACTERS = 140


@dataclass(frozen=True)
class AccountFilter:
    """Which accounts: `q` is a part of the handle, the name or the network's id. Disconnected ones only by `health`."""

    provider: str | None = None
    q: str | None = None
    health: Health | None = None
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True)
class AccountPage:
    """Newest first; `total` counts all that match, as of the first page."""

    items: list[Account]
    next_cursor: str | None
    total: int


@dataclass(frozen=True)
class Stopped:
    """A delivery that a disconnect stopped, or would stop; `status` is what it is now, `text` how the post begins."""

    job_id: str
    delivery_id: str
    scheduled_at: datetime | None
    status: str
    text: str


class Renaming(BaseModel):
    """What may be changed about an account."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        description="Your own name for the account; null to go back to the network's handle.", examples=["Company page"]
    )


def list_accounts(session: Session, caller: Caller, filters: AccountFilter) -> AccountPage:
    """A page of the caller's accounts. Raises Invalid for an unknown network and a cursor that isn't of this list."""
    if filters.provider is not None and filters.provider not in catalogue.NAMES:
        raise Invalid(flaws=[Flaw("?provider", "unknown_provider", "There is no such network.")])
    bound = f"accounts/{caller.workspace_key}/{caller.environment}/{filters.provider}/{filters.health}/{filters.q}"
    before, total = cursors.decode(filters.cursor, bound) if filters.cursor is not None else (None, None)
    keys = _matching_keys(session, caller, filters)
    total = len(keys) if total is None else total
    wanted = [key for key in keys if before is None or key < before]
    page = wanted[: filters.limit]
    next_cursor = cursors.encode(page[-1], bound, total) if len(wanted) > len(page) else None
    return AccountPage(_load(session, page), next_cursor, total)


def get_owned_account(session: Session, caller: Caller, account_id: str) -> Account:
    """The caller's connected account. Raises NotFound, for a disconnected one too."""
    account = get_known_account(session, caller, account_id)
    if account.health == Health.DISCONNECTED:
        raise NotFound("This account is disconnected. Connect it again and it comes back under the same id.")
    return account


def get_known_account(session: Session, caller: Caller, account_id: str) -> Account:
    """The caller's account, a disconnected one too. Raises NotFound."""
    account = session.exec(_owned(caller).where(col(Account.id) == account_id.replace("\x00", ""))).first()
    if account is None:
        raise NotFound("There is no account with this id here.")
    return account


def rename(session: Session, caller: Caller, account_id: str, renaming: Renaming) -> Account:
    """Give the account a name of the team's own. Raises NotAllowed, NotFound."""
    require_admin(caller)
    account = get_owned_account(session, caller, account_id)
    account.name = renaming.name
    session.add(account)
    return account


def disconnect(session: Session, caller: Caller, account_id: str) -> tuple[Account, list[Stopped]]:
    """Forget the credentials and stop what was waiting for this account; its history stays. Raises NotAllowed, NotFound."""
    require_admin(caller)
    account = get_owned_account(session, caller, account_id)
    account.health = Health.DISCONNECTED.value
    account.health_reason = "Somebody disconnected this account."
    account.disconnected_at = clock.now()
    account.credentials_sealed = ""
    account.credentials_version += 1
    account.token_expires_at = None
    session.add(account)
    job_ids = stop_for_account(session, account)
    events.record_account(session, account, "disconnected", stopped=len(job_ids))
    session.flush()
    return account, _list_stopped(session, account, job_ids)


def list_stops(session: Session, caller: Caller, account_id: str) -> list[Stopped]:
    """What disconnecting this account would stop, soonest first; nothing is done. Raises NotFound."""
    account = get_owned_account(session, caller, account_id)
    waiting = _stopped_of(account).where(col(Delivery.state).in_(STOPPABLE))
    return [Stopped(*found) for found in session.exec(waiting.order_by(col(Delivery.run_at), col(Delivery.key)))]


def _list_stopped(session: Session, account: Account, job_ids: list[str]) -> list[Stopped]:
    query = _stopped_of(account).where(col(PublishJob.id).in_(job_ids)).order_by(col(Delivery.key))
    return [Stopped(*found) for found in session.exec(query)]


def _stopped_of(account: Account) -> SelectOfScalar[tuple[str, str, datetime | None, str, str]]:
    begin = func.substr(PublishJob.text, 1, _SHOWN_CHARACTERS)
    query = select(PublishJob.id, Delivery.id, PublishJob.scheduled_at, Delivery.state, begin)  # type: ignore[call-overload]
    joined = query.join(PublishJob, col(PublishJob.key) == col(Delivery.job_key))
    return joined.where(col(Delivery.account_key) == account.key)  # type: ignore[no-any-return]


def _owned(caller: Caller) -> SelectOfScalar[Account]:
    return select(Account).where(
        col(Account.workspace_key) == caller.workspace_key, col(Account.environment) == caller.environment.value
    )


def _matching_keys(session: Session, caller: Caller, filters: AccountFilter) -> list[int]:
    # All keys of a workspace are few (thousands at most); comparing here makes `q` mean the same on both databases.
    query = select(Account.key, Account.handle, Account.name, Account.platform_account_id).where(
        col(Account.workspace_key) == caller.workspace_key, col(Account.environment) == caller.environment.value
    )
    if filters.provider is not None:
        query = query.where(col(Account.provider) == filters.provider)
    if filters.health is None:
        query = query.where(col(Account.health) != Health.DISCONNECTED.value)
    else:
        query = query.where(col(Account.health) == filters.health.value)
    wanted = _folded(filters.q or "")
    rows = session.exec(query.order_by(col(Account.key).desc()))
    return [key for key, *texts in rows if key is not None and any(wanted in _folded(text or "") for text in texts)]


def _load(session: Session, keys: list[int]) -> list[Account]:
    found = session.exec(select(Account).where(col(Account.key).in_(keys)))
    return sorted(found, key=lambda account: account.key or 0, reverse=True)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip().removeprefix("@")
