"""What the accounts page shows of an account: plain values, ready to be read by people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dravo_app import clock
from dravo_app.errors import WhoActs
from dravo_app.models import Account, Environment, Health
from dravo_app.services.account_overview import AccountView
from dravo_app.services.accounts import Stopped
from dravo_app.ui import routes

SHOWN_STOPS = 5


@dataclass
class AccountRow:
    """One account; instants are ISO 8601 or empty. `title` is the team's own name, or the handle where there is none."""

    id: str
    network: str
    network_name: str
    title: str
    handle: str
    name: str
    platform_id: str
    health: str
    sentence: str
    connected_at: str
    ends_at: str
    last_published_at: str
    waiting: str
    limits: str
    history: str
    is_connected: bool
    needs_reconnect: bool
    needs_admin: bool


@dataclass
class StopRow:
    """A post that a disconnect would stop."""

    job_id: str
    at: str
    text: str


def to_rows(views: list[AccountView], names: Mapping[str, str], environment: Environment) -> list[AccountRow]:
    """Accounts as rows; `names` are the networks' names by slug."""
    return [_row(view, names, environment) for view in views]


def to_stop_rows(stops: list[Stopped]) -> list[StopRow]:
    """The first few, soonest first."""
    return [StopRow(stop.job_id, instant(stop.scheduled_at), stop.text) for stop in stops[:SHOWN_STOPS]]


def posts(count: int) -> str:
    """How many scheduled posts, in words."""
    return "1 scheduled post" if count == 1 else f"{count:,} scheduled posts"


def instant(at: datetime | None) -> str:
    """As the browser reads it."""
    return clock.isoformat(at) if at else ""


def _row(view: AccountView, names: Mapping[str, str], environment: Environment) -> AccountRow:
    account, told = view.account, view.health
    is_test = environment is Environment.TEST
    return AccountRow(
        id=account.id,
        network=account.provider,
        network_name=names.get(account.provider, account.provider),
        title=account.name or account.handle,
        handle=account.handle,
        name=account.name or "",
        platform_id=account.platform_account_id,
        health=told.kind,
        sentence=told.sentence,
        connected_at=instant(account.created_at),
        ends_at=instant(view.ends_at),
        last_published_at=instant(view.last_published_at),
        waiting=posts(view.waiting) if view.waiting else "",
        limits=_limits(account),
        history=routes.address(routes.HISTORY, environment="test" if is_test else None, account=account.id),
        is_connected=account.health != Health.DISCONNECTED,
        needs_reconnect=told.kind not in (Health.OK, Health.BLOCKED),
        needs_admin=told.who_acts is WhoActs.ADMIN,
    )


def _limits(account: Account) -> str:
    known = account.own_limits or {}
    told = [words(known[name]) for name, words in _LIMITS.items() if name in known]
    return f"Its server takes {', '.join(told)}" if told else ""


def _megabytes(size: int) -> str:
    return f"{size / 1_048_576:.0f} MB each" if size >= 1_048_576 else f"{size / 1024:.0f} KB each"


_LIMITS = {
    "max_characters": "{:,} characters".format,
    "max_media_attachments": "{:,} pictures".format,
    "image_size_limit": _megabytes,
}
"""What a server says of itself, as far as a person wants to know it here; the rest is for the composer."""
