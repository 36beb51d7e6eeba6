"""The accounts page's state: the filters are in the address, the rows are what the service answers to them."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from dravo_app.errors import DravoError, Flaw, Invalid
from dravo_app.models import Environment, Health
from dravo_app.services import roles
from dravo_app.services.account_overview import Overview, look_over
from dravo_app.services.accounts import AccountFilter
from dravo_app.services.caller import Caller
from dravo_app.services.providers import list_providers
from dravo_app.ui import routes
from dravo_app.ui.calls import read
from dravo_app.ui.pages.accounts_rows import AccountRow, to_rows
from dravo_app.ui.session import Look

PAGE_SIZE = 25
_FILTERS = ("q", "network", "health")


class AccountsState(Look):
    """`face` is loading, error, empty (no account is connected), unmatched (the filters let nothing through) or filled."""

    face: str = "loading"
    trouble: str = ""
    rows: list[AccountRow] = []
    total: str = ""
    filters: dict[str, str] = {}
    older: str = ""
    newest: str = ""
    may_change: bool = False
    attention: str = ""
    attention_link: str = ""
    disconnected: str = ""
    disconnected_link: str = ""

    @rx.event
    async def load(self) -> rx.event.EventSpec | None:
        """Show what the address asks for."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        self.filters = _filters_of(self.router.url.query_parameters)
        await self._show(caller)
        return None

    @rx.event
    async def try_again(self) -> rx.event.EventSpec | None:
        """After an error: load anew."""
        self.face = "loading"
        return await self.load()  # type: ignore[operator]  # Reflex wraps handlers, calling one is fine

    @rx.event
    def search(self, form: dict[str, Any]) -> rx.event.EventSpec:
        """The word, sent with Enter."""
        return self._go({"q": str(form.get("q") or "").strip()})

    @rx.event
    def choose_network(self, value: str) -> rx.event.EventSpec:
        return self._go({"network": value})

    @rx.event
    def choose_health(self, value: str) -> rx.event.EventSpec:
        return self._go({"health": value})

    async def _show(self, caller: Caller) -> None:
        self.may_change = roles.is_admin(caller)
        try:
            wanted = _to_filter(self.filters)
            found = await read(lambda session: look_over(session, caller, wanted))
        except DravoError as error:
            self.face, self.trouble, self.rows = "error", error.detail, []
            return
        names = {view.provider: view.name for view in list_providers(caller.environment)}
        self.rows = to_rows(found.items, names, caller.environment)
        has_filters = any(self.filters.get(name) for name in _FILTERS)
        self.face = "filled" if self.rows else "unmatched" if has_filters else "empty"
        self._count(found)
        self.older = self._address({"cursor": found.next_cursor}) if found.next_cursor else ""
        self.newest = self._address({"cursor": ""}) if self.filters.get("cursor") else ""

    def _count(self, found: Overview) -> None:
        self.total = _accounts(found.total)
        red, gone = found.counts[Health.NEEDS_RECONNECT], found.counts[Health.DISCONNECTED]
        is_red_shown = self.filters.get("health") == Health.NEEDS_RECONNECT
        verb = "needs" if red == 1 else "need"
        self.attention = f"{_accounts(red)} {verb} to be connected again." if red and not is_red_shown else ""
        self.attention_link = self._only(Health.NEEDS_RECONNECT)
        is_gone_shown = self.filters.get("health") == Health.DISCONNECTED
        self.disconnected = f"Show {gone:,} disconnected" if gone and not is_gone_shown else ""
        self.disconnected_link = self._only(Health.DISCONNECTED)

    def _go(self, changes: Mapping[str, str]) -> rx.event.EventSpec:
        chosen = {name: "" if value == "all" else value for name, value in changes.items()}
        return rx.redirect(self._address({**chosen, "cursor": ""}))

    def _only(self, health: Health) -> str:
        return self._address({"q": "", "network": "", "cursor": "", "health": health.value})

    def _address(self, changes: Mapping[str, str | None]) -> str:
        environment = self.environment if self.environment == Environment.TEST.value else None
        return routes.address(routes.ACCOUNTS, environment=environment, **{**self.filters, **changes})


def _filters_of(query: Mapping[str, str]) -> dict[str, str]:
    return {name: query[name][:200] for name in (*_FILTERS, "cursor") if query.get(name)}


def _to_filter(chosen: Mapping[str, str]) -> AccountFilter:
    return AccountFilter(
        provider=chosen.get("network"),
        q=chosen.get("q"),
        health=_health(chosen.get("health")),
        limit=PAGE_SIZE,
        cursor=chosen.get("cursor"),
    )


def _health(word: str | None) -> Health | None:
    try:
        return Health(word) if word else None
    except ValueError:
        raise Invalid(flaws=[Flaw("?health", "unknown_health", "There is no such health of an account.")]) from None


def _accounts(count: int) -> str:
    return "1 account" if count == 1 else f"{count:,} accounts"
