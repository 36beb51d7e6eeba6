"""The history's state: the filters are in the address, the rows are what the service answers to them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import reflex as rx

from dravo_app.errors import DravoError, Flaw, Invalid
from dravo_app.models import Environment, JobStatus
from dravo_app.services import accounts, history
from dravo_app.services.caller import Caller
from dravo_app.services.history_pages import HistoryFilter
from dravo_app.services.providers import list_providers
from dravo_app.services.publishing.plan import PublishRequest, publish
from dravo_app.services.receipts import latest_change
from dravo_app.settings import get_settings
from dravo_app.ui import routes
from dravo_app.ui.calls import read, show_error, write
from dravo_app.ui.pages.history_rows import Choice, HistoryRow, to_rows
from dravo_app.ui.pages.receipt_rows import HELD
from dravo_app.ui.session import Look

PAGE_SIZE = 25
_FILTERS = ("q", "status", "network", "account", "since", "until")
_SAMPLE = "Hello from Dravo: one post, and you always know what happened to it."


class HistoryState(Look):
    """`face` is loading, error, empty (nothing was ever sent here), unmatched (the filters let nothing through) or filled.

    `version` is the latest change that the rows know of, `fresh` tells of posts that came while somebody reads further
    down, `field_key` changes where the search field must show another text than the one that was typed into it.
    """

    face: str = "loading"
    trouble: str = ""
    rows: list[HistoryRow] = []
    total: str = ""
    filters: dict[str, str] = {}
    older: str = ""
    newest: str = ""
    networks: list[Choice] = []
    accounts: list[Choice] = []
    chips: list[Choice] = []
    demo_account: str = ""
    command: str = ""
    version: int = 0
    is_moving: bool = False
    fresh: str = ""
    field_key: int = 0

    _typed: list[str] = [""]

    @rx.event
    async def load(self) -> rx.event.EventSpec | None:
        """Show what the address asks for."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        self.filters = _filters_of(self.router.url.query_parameters)
        self._settle_field(self.filters.get("q", ""))
        await self._show(caller, with_choices=True)
        return None

    @rx.event
    async def look_again(self, is_scrolled: bool = False) -> rx.event.EventSpec | None:
        """The same page with what has happened since; nothing is sent to the browser where nothing has.

        Who has scrolled down is reading: the rows change where they are, and new ones wait behind a button.
        """
        if self.face == "loading":
            return None
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        await self._show(caller, with_choices=False, is_reading=bool(is_scrolled))
        return None

    @rx.event
    async def show_fresh(self) -> rx.event.EventSpec | None:
        """The posts that came meanwhile, on top."""
        return await self.look_again()  # type: ignore[operator]  # Reflex wraps handlers, calling one is fine

    @rx.event
    async def try_again(self) -> rx.event.EventSpec | None:
        """After an error: load anew."""
        self.face = "loading"
        return await self.load()  # type: ignore[operator]  # Reflex wraps handlers, calling one is fine

    @rx.event
    def search(self, form: dict[str, Any]) -> rx.event.EventSpec | None:
        """The text, sent with Enter: read from the form when it is sent, so that no keystroke is missed."""
        return self.type_text(str(form.get("q") or ""))  # type: ignore[operator]  # as above

    @rx.event
    def type_text(self, text: str) -> rx.event.EventSpec | None:
        """The text while it is typed, a moment after the last key. The address takes no new entry for each word."""
        wanted = str(text).strip()[:500]
        if wanted == self.filters.get("q", ""):
            return None
        self._typed = [*self._typed[-4:], wanted]
        return self._go({"q": wanted}, replace=True)

    @rx.event
    def choose_dates(self, form: dict[str, Any]) -> rx.event.EventSpec:
        return self._go({name: str(form.get(name) or "") for name in ("since", "until")})

    @rx.event
    def choose_status(self, value: str) -> rx.event.EventSpec:
        return self._go({"status": value})

    @rx.event
    def choose_network(self, value: str) -> rx.event.EventSpec:
        return self._go({"network": value})

    @rx.event
    def choose_account(self, value: str) -> rx.event.EventSpec:
        return self._go({"account": value})

    @rx.event
    async def publish_sample(self) -> rx.event.EventSpec | None:
        """A first post to a sandbox account, so that there is something to see."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        if caller.environment is not Environment.TEST or not self.demo_account:
            return None
        request = PublishRequest(account_ids=[self.demo_account], text=_SAMPLE)
        try:
            await write(lambda session: publish(session, caller, request))
        except DravoError as error:
            return show_error(error)
        await self._show(caller, with_choices=False)
        return None

    async def _show(self, caller: Caller, *, with_choices: bool, is_reading: bool = False) -> None:
        names = _names(caller.environment)
        try:
            if with_choices:
                await self._load_choices(caller, names)
            wanted = _to_filter(self.filters)
            # The number first: what happens in between is then looked at once more, never missed.
            version = await read(lambda session: latest_change(session, caller.workspace_key))
            page = await read(lambda session: history.list_jobs(session, caller, wanted))
        except DravoError as error:
            self.face, self.trouble = "error", error.detail
            return
        self.version = version
        rows = to_rows(page.items, names, caller.environment)
        if is_reading and self.rows:
            rows = self._in_place(rows)
        else:
            self.fresh = ""
        if rows != self.rows:
            self.rows = rows
        self.is_moving = any(row.is_moving for row in rows)
        has_filters = any(self.filters.get(name) for name in _FILTERS)
        self.face = "filled" if rows else "unmatched" if has_filters else "empty"
        self.total = _count(page.total, is_more=page.total_is_lower_bound)
        self.older = self._address({"cursor": page.next_cursor}) if page.next_cursor else ""
        self.newest = self._address({"cursor": ""}) if self.filters.get("cursor") else ""

    def _settle_field(self, text: str) -> None:
        """The field keeps what is typed into it; a page that was asked for some letters ago must not put them back."""
        if text not in self._typed:
            self.field_key += 1
        if text not in self._typed[:-1]:
            self._typed = [text]

    def _in_place(self, found: list[HistoryRow]) -> list[HistoryRow]:
        known = {row.job_id for row in self.rows}
        new = next((place for place, row in enumerate(found) if row.job_id in known), len(found))
        self.fresh = "" if new == 0 else "1 new post" if new == 1 else f"{new} new posts"
        now = {row.job_id: row for row in found}
        return [now.get(row.job_id, row) for row in self.rows]

    async def _load_choices(self, caller: Caller, names: dict[str, str]) -> None:
        found = await read(lambda s: accounts.list_accounts(s, caller, accounts.AccountFilter(limit=100)))
        used = sorted({account.provider for account in found.items} | {self.filters.get("network", "")} - {""})
        self.networks = [Choice(slug, names.get(slug, slug)) for slug in used]
        self.accounts = [
            Choice(account.id, f"{account.name or account.handle} ({names.get(account.provider, account.provider)})")
            for account in found.items
        ]
        self.chips = self._chips()
        first = found.items[-1].id if found.items else ""
        self.demo_account = first if caller.environment is Environment.TEST else ""
        self.command = _command(first, caller.environment)

    def _chips(self) -> list[Choice]:
        """Each filter that is on, with the address that is without it."""
        names = _names(Environment(self.environment))
        accounts_by_id = {choice.value: choice.label for choice in self.accounts}
        words: dict[str, Callable[[str], str]] = {
            "q": "“{}”".format,
            "status": str.capitalize,
            "network": lambda slug: names.get(slug, slug),
            "account": lambda one: accounts_by_id.get(one, one),
            "since": "From {}".format,
            "until": "To {}".format,
        }
        on = [(name, self.filters[name]) for name in _FILTERS if self.filters.get(name)]
        return [Choice(self._address({name: "", "cursor": ""}), words[name](value)) for name, value in on]

    def _go(self, changes: Mapping[str, str], *, replace: bool = False) -> rx.event.EventSpec:
        chosen = {name: "" if value == "all" else value for name, value in changes.items()}
        address = self._address({**chosen, "cursor": ""})
        # At once, not when the page has loaded: the next choice may come before that, and builds on this one.
        self.filters = {name: value for name, value in {**self.filters, **chosen}.items() if value and name != "cursor"}
        self.chips = self._chips()
        return rx.redirect(address, replace=replace)

    def _address(self, changes: Mapping[str, str | None]) -> str:
        environment = self.environment if self.environment == Environment.TEST.value else None
        return routes.address(routes.HISTORY, environment=environment, **{**self.filters, **changes})


def _names(environment: Environment) -> dict[str, str]:
    """What people call the networks."""
    return {view.provider: view.name for view in list_providers(environment)}


def _filters_of(query: Mapping[str, str]) -> dict[str, str]:
    return {name: query[name][:500] for name in (*_FILTERS, "cursor") if query.get(name)}


def _to_filter(chosen: Mapping[str, str]) -> HistoryFilter:
    return HistoryFilter(
        status=None if chosen.get("status") == HELD else _status(chosen.get("status")),
        is_held=chosen.get("status") == HELD,
        provider=chosen.get("network"),
        q=chosen.get("q"),
        account_id=chosen.get("account"),
        created_after=_day(chosen.get("since")),
        created_before=_day(chosen.get("until"), plus_days=1),
        limit=PAGE_SIZE,
        cursor=chosen.get("cursor"),
    )


def _status(word: str | None) -> JobStatus | None:
    try:
        return JobStatus(word) if word else None
    except ValueError:
        raise Invalid(flaws=[Flaw("?status", "unknown_status", "There is no such status.")]) from None


def _day(text: str | None, plus_days: int = 0) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=plus_days) if text else None
    except (ValueError, OverflowError):
        raise Invalid(flaws=[Flaw("?since", "bad_date", "A date looks like 2026-07-31.")]) from None


def _count(total: int, *, is_more: bool) -> str:
    number = f"{total:,}{'+' if is_more else ''}"
    return f"{number} post" if total == 1 else f"{number} posts"


def _command(account_id: str, environment: Environment) -> str:
    return (
        f"KEY=$(./dravo key create --name first --environment {environment.value})\n"
        f"curl {get_settings().public_url}/v1/publish \\\n"
        '  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\\n'
        f"""  -d '{{"account_ids": ["{account_id or "acc_…"}"], "text": "Hello from Dravo"}}'"""
    )
