"""Answers about accounts. Credentials are in none of them."""

from pydantic import Field

from dravo_app.api.v1.schemas.common import Instant, Shown
from dravo_app.models import Account, Health
from dravo_app.services.accounts import AccountPage, Stopped


class AccountShown(Shown):
    """A connected profile or page."""

    id: str = Field(examples=["acc_01k9f3a5b7c9d1e3f5g7h9j1k3m5n7p9q1r3"])
    provider: str = Field(examples=["x"])
    handle: str = Field(description="What the network calls it.", examples=["alice"])
    platform_account_id: str = Field(description="The network's own id of it.")
    name: str | None = Field(description="What you call it, where you chose a name.")
    health: Health
    health_reason: str | None = Field(description="A sentence, where the health isn't ok.")
    connection_type: str = Field(examples=["credentials"])
    token_expires_at: Instant | None
    created_at: Instant


class AccountList(Shown):
    """A page of accounts, newest first."""

    items: list[AccountShown]
    next_cursor: str | None = Field(description="Ask again with it for the next page; null on the last one.")
    total: int = Field(description="How many accounts match the filters.")

    @classmethod
    def of(cls, page: AccountPage) -> "AccountList":
        return cls(items=[shown(a) for a in page.items], next_cursor=page.next_cursor, total=page.total)


class StoppedShown(Shown):
    """A delivery that was waiting for this account and will not be sent."""

    job_id: str
    delivery_id: str
    scheduled_at: Instant | None
    status: str = Field(description="What the delivery is now.")


class Disconnected(Shown):
    """The account is disconnected: its credentials are gone, its history stays."""

    id: str
    health: Health
    disconnected_at: Instant
    stopped_deliveries: list[StoppedShown] = Field(description="Deliveries that this stopped.")

    @classmethod
    def of(cls, account: Account, stopped: list[Stopped]) -> "Disconnected":
        assert account.disconnected_at is not None
        return cls(
            id=account.id,
            health=Health(account.health),
            disconnected_at=account.disconnected_at,
            stopped_deliveries=[StoppedShown.model_validate(one) for one in stopped],
        )


def shown(account: Account) -> AccountShown:
    """The account as the API shows it."""
    return AccountShown.model_validate(account)
