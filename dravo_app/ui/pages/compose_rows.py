"""What the compose page shows, as plain rows: accounts, the networks they are on, and what there is to count."""

from dataclasses import dataclass, field

from sqlmodel import Session

from dravo_app.models import Account
from dravo_app.services.accounts import AccountFilter, list_accounts
from dravo_app.services.caller import Caller
from dravo_app.services.counting import Counter, counters_for, media_rules_for
from dravo_app.services.providers import ProviderView, list_providers

MAX_SHOWN = 500
_SIDE_LIMITS = ("bytes",)  # hardly anybody ever meets these: counted, and shown only when they come near


@dataclass(frozen=True)
class AccountRow:
    """An account to choose; `words` is what a search looks through."""

    id: str
    network: str
    network_name: str
    name: str
    handle: str
    health: str
    words: str


@dataclass(frozen=True)
class OptionRow:
    """One option of a network; `path` is its place in the draft."""

    path: str
    label: str
    kind: str
    hint: str
    choices: list[str]


@dataclass(frozen=True)
class NetworkRow:
    """A network with at least one connected account; `max_alt` is 0 where descriptions have no limit."""

    slug: str
    name: str
    text_path: str
    options_path: str
    counting: str
    takes_media: bool
    max_alt: int
    options: list[OptionRow]


@dataclass(frozen=True)
class CounterRow:
    """One limit, and the accounts (ids with spaces between) that it is for."""

    id: str
    network: str
    network_name: str
    rule: str
    limit: int
    per_link: int
    unit: str
    source: str
    accounts: str
    is_quiet: bool


@dataclass(frozen=True)
class Desk:
    """Everything to choose from, in one world."""

    accounts: list[AccountRow] = field(default_factory=list)
    networks: list[NetworkRow] = field(default_factory=list)
    counters: list[CounterRow] = field(default_factory=list)
    total: int = 0

    @property
    def network_of(self) -> dict[str, str]:
        """Which network each account is on."""
        return {account.id: account.network for account in self.accounts}

    @property
    def takes_media(self) -> list[str]:
        """The networks that take pictures."""
        return [network.slug for network in self.networks if network.takes_media]


def load_desk(session: Session, caller: Caller) -> Desk:
    """The caller's connected accounts, by network and name, with what their networks say."""
    page = list_accounts(session, caller, AccountFilter(limit=MAX_SHOWN))
    views = {view.provider: view for view in list_providers(caller.environment)}
    order = list(views)
    accounts = sorted(page.items, key=lambda one: (order.index(one.provider), (one.name or one.handle).casefold()))
    used = dict.fromkeys(account.provider for account in accounts)
    return Desk(
        accounts=[_account(account, views[account.provider]) for account in accounts],
        networks=[_network(views[slug], accounts) for slug in used],
        counters=_counters(accounts, views),
        total=page.total,
    )


def _account(account: Account, view: ProviderView) -> AccountRow:
    handle = account.handle if account.handle.startswith("@") else f"@{account.handle}"
    name = account.name or ""
    words = f"{name} {handle} {view.name} {account.platform_account_id}".casefold()
    return AccountRow(account.id, account.provider, view.name, name or handle, handle, account.health, words)


def _network(view: ProviderView, accounts: list[Account]) -> NetworkRow:
    rules = next(media_rules_for(account) for account in accounts if account.provider == view.provider)
    capabilities = view.capabilities
    return NetworkRow(
        slug=view.provider,
        name=view.name,
        text_path=f"texts.{view.provider}",
        options_path=f"options.{view.provider}",
        counting=capabilities.counting if capabilities else "",
        takes_media=rules is not None,
        max_alt=rules.max_alt.value if rules and rules.max_alt else 0,
        options=[
            OptionRow(
                path=f"options.{view.provider}.{option.name}",
                label=option.name.replace("_", " ").capitalize(),
                kind="choice" if option.choices else option.kind,
                hint=option.description.replace("`", ""),
                choices=list(option.choices),
            )
            for option in (capabilities.options if capabilities else ())
        ],
    )


def _counters(accounts: list[Account], views: dict[str, ProviderView]) -> list[CounterRow]:
    found: dict[Counter, list[str]] = {}
    for account in accounts:
        for counter in counters_for(account):
            found.setdefault(counter, []).append(account.id)
    return [
        CounterRow(
            id=f"{counter.provider}-{counter.rule}-{counter.limit}-{counter.per_link}",
            network=counter.provider,
            network_name=views[counter.provider].name,
            rule=counter.rule,
            limit=counter.limit,
            per_link=counter.per_link,
            unit=counter.unit,
            source=counter.source,
            accounts=" ".join(ids),
            is_quiet=counter.rule in _SIDE_LIMITS,
        )
        for counter, ids in found.items()
    ]
