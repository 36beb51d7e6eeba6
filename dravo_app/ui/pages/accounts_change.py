"""What an admin does to one account: name it, ask whether its access works, disconnect it."""

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from dravo_app.errors import DravoError
from dravo_app.models import Health
from dravo_app.services import access_check, accounts, roles
from dravo_app.services.accounts import Renaming
from dravo_app.services.caller import Caller
from dravo_app.ui.calls import ask_network, read, show_error, write
from dravo_app.ui.pages.accounts_rows import StopRow, posts, to_stop_rows
from dravo_app.ui.pages.accounts_state import AccountsState
from dravo_app.ui.session import Look

PATIENCE_SECONDS = 30.0
_LONGEST_NAME = 100


class ChangeState(Look):
    """`window` is which one is open: "", rename or disconnect. `checking` is the id of the account that is being asked about."""

    window: str = ""
    account_id: str = ""
    title: str = ""
    name: str = ""
    handle: str = ""
    trouble: str = ""
    verb: str = ""
    stopping: str = ""
    stops: list[StopRow] = []
    more_stops: str = ""
    checking: str = ""

    @rx.event
    async def load(self) -> rx.event.EventSpec | None:
        """With the page: no window is open."""
        if await self._authorise() is None:
            return self._to_login()
        self._close()
        return None

    @rx.event
    async def ask_name(self, account_id: str) -> rx.event.EventSpec | None:
        """Open the window for the account's own name."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        return await self._open(caller, account_id, "rename") if roles.is_admin(caller) else None

    @rx.event
    async def ask_disconnect(self, account_id: str) -> rx.event.EventSpec | None:
        """Open the window that says what a disconnect stops."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        return await self._open(caller, account_id, "disconnect") if roles.is_admin(caller) else None

    @rx.event
    async def close(self, is_open: bool) -> rx.event.EventSpec | None:
        """The window was closed by its button, the escape key or a click beside it."""
        if await self._authorise() is None:
            return self._to_login()
        if not is_open:
            self._close()
        return None

    @rx.event
    async def rename(self, form: dict[str, Any]) -> Any:
        """The name was sent; an empty one goes back to the network's handle."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        if self.window != "rename":
            return None
        account_id, name = self.account_id, " ".join(str(form.get("name") or "").split())
        if len(name) > _LONGEST_NAME or not name.isprintable():
            self.trouble = f"A name has at most {_LONGEST_NAME} printable characters."
            return None
        try:
            await write(lambda session: accounts.rename(session, caller, account_id, Renaming(name=name or None)))
        except DravoError as error:
            self.trouble = error.detail
            return None
        self._close()
        return AccountsState.load

    @rx.event
    async def disconnect(self) -> Any:
        """Somebody has read what it stops, and wants it. A second click finds the window closed."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        if self.window != "disconnect":
            return None
        account_id = self.account_id
        try:
            account, stopped = await write(lambda session: accounts.disconnect(session, caller, account_id))
        except DravoError as error:
            self.trouble = error.detail
            return None
        self._close()
        told = f" {posts(len(stopped))} will not go out.".capitalize() if stopped else ""
        return [rx.toast.success(f"{account.handle} is disconnected.{told}"), AccountsState.load]

    @rx.event
    async def check(self, account_id: str) -> AsyncIterator[Any]:
        """Ask the network whether the access still works; members may, it changes nothing but what is known."""
        caller = await self._authorise()
        if caller is None:
            yield self._to_login()
            return
        self.checking = account_id
        yield None
        try:
            said = await self._ask(caller, account_id)
        except DravoError as error:
            said = show_error(error)
        self.checking = ""
        yield [said, AccountsState.load]

    async def _ask(self, caller: Caller, account_id: str) -> rx.event.EventSpec:
        account = await read(lambda session: accounts.get_owned_account(session, caller, account_id))
        checked = await ask_network(lambda: access_check.ask(account), PATIENCE_SECONDS)
        if checked.is_stale:  # the network said so first: renew the token, then ask once more
            await write(lambda session: access_check.note(session, caller, account_id, checked))
            marked = await read(lambda session: accounts.get_owned_account(session, caller, account_id))
            checked = await ask_network(lambda: access_check.ask(marked), PATIENCE_SECONDS)
        await write(lambda session: access_check.note(session, caller, account_id, checked))
        if checked.health is Health.OK:
            return rx.toast.success(f"{account.handle}: its access works.")
        return rx.toast.error(f"{account.handle}: {checked.sentence}")

    async def _open(self, caller: Caller, account_id: str, window: str) -> rx.event.EventSpec | None:
        try:
            account = await read(lambda session: accounts.get_owned_account(session, caller, account_id))
            stops = await read(lambda session: accounts.list_stops(session, caller, account_id))
        except DravoError as error:
            return show_error(error)
        self._close()
        self.account_id, self.handle, self.name = account.id, account.handle, account.name or ""
        self.title, self.window = account.name or account.handle, window
        self.stops, count = to_stop_rows(stops), len(stops)
        self.stopping = f"{posts(count)} will not go out:" if count else ""
        self.more_stops = f"and {count - len(self.stops):,} more" if count > len(self.stops) else ""
        self.verb = f"Disconnect and stop {count:,} {'post' if count == 1 else 'posts'}" if count else "Disconnect"
        return None

    def _close(self) -> None:
        self.window = self.account_id = self.title = self.name = self.handle = self.trouble = self.checking = ""
        self.verb, self.stopping, self.stops, self.more_stops = "", "", [], ""
