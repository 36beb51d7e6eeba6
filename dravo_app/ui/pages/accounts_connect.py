"""Connecting an account, or connecting one again: the state of the accounts page's forms.

What was typed arrives in the handler's argument and goes to the service; it never becomes part of a state, which would go back to
the browser. The fields keep it themselves while an error is shown.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import reflex as rx

from dravo_app.errors import DravoError, Invalid
from dravo_app.models import Environment
from dravo_app.services import accounts, connecting, reconnecting, roles, sandbox_accounts
from dravo_app.services.caller import Caller
from dravo_app.services.typed_credentials import read_typed
from dravo_app.ui.calls import ask_network, read, show_error, write
from dravo_app.ui.components.accounts.words import field_of_trouble
from dravo_app.ui.pages.accounts_state import AccountsState
from dravo_app.ui.pages.history_rows import Choice
from dravo_app.ui.session import Look

PATIENCE_SECONDS = 30.0
Steps = AsyncIterator[rx.event.EventSpec | None]


class ConnectState(Look):
    """`window` is which form is open: "", connect, again (an account in its place) or sandbox. `errors` are sentences by field."""

    window: str = ""
    network: str = ""
    account_id: str = ""
    title: str = ""
    known: dict[str, str] = {}
    errors: dict[str, str] = {}
    trouble: str = ""
    is_busy: bool = False
    is_secret_shown: bool = False
    suggestions: list[Choice] = []

    @rx.event
    async def load(self) -> rx.event.EventSpec | None:
        """With the page: no window is open, and in the test environment there are names to choose from."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        self._open("")
        return await self._suggest(caller)

    @rx.event
    async def connect_new(self) -> rx.event.EventSpec | None:
        """Open the form for an account that isn't here yet."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        if roles.is_admin(caller):
            self._open("connect", network=self.network or "x")
        return None

    @rx.event
    async def connect_sandbox(self) -> rx.event.EventSpec | None:
        """Open the form for another account of the sandbox."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        if roles.is_admin(caller):
            self._open("sandbox", network=self.network or "x")
        return await self._suggest(caller)

    @rx.event
    async def connect_again(self, account_id: str) -> rx.event.EventSpec | None:
        """Open the form for an account that is here, with what need not be typed again."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        if not roles.is_admin(caller):
            return None
        try:
            account = await read(lambda session: accounts.get_known_account(session, caller, account_id))
            known = await read(lambda session: reconnecting.list_known_values(session, caller, account_id))
        except DravoError as error:
            return show_error(error)
        self._open("again", account.provider, account.id, account.name or account.handle, known)
        return None

    @rx.event
    async def choose_network(self, value: str) -> rx.event.EventSpec | None:
        if await self._authorise() is None:
            return self._to_login()
        self.network, self.errors, self.trouble, self.is_secret_shown = value, {}, "", False
        return None

    @rx.event
    async def show_secrets(self) -> rx.event.EventSpec | None:
        """The eye beside the secret fields."""
        if await self._authorise() is None:
            return self._to_login()
        self.is_secret_shown = not self.is_secret_shown
        return None

    @rx.event
    async def close(self, is_open: bool) -> rx.event.EventSpec | None:
        """The window was closed by its button, the escape key or a click beside it."""
        if await self._authorise() is None:
            return self._to_login()
        if not is_open:
            self._open("")
        return None

    @rx.event
    async def connect(self, form: dict[str, Any]) -> Steps:
        """The form was sent, for a new account or for one in its place."""
        caller = await self._authorise()
        if caller is None:
            yield self._to_login()
        elif self.window in ("connect", "again"):  # a second click finds it closed
            self.is_busy, self.errors, self.trouble = True, {}, ""
            yield None
            yield await self._finish(self._ask_and_keep(caller, form))

    @rx.event
    async def add_sandbox(self, form: dict[str, Any]) -> Steps:
        """A name was typed for an account of the sandbox."""
        caller = await self._authorise()
        if caller is None:
            yield self._to_login()
        elif self.window == "sandbox":
            self.is_busy, self.errors, self.trouble = True, {}, ""
            yield None
            yield await self._finish(self._add(caller, self.network, str(form.get("name") or "")))

    @rx.event
    async def add_suggested(self, network: str, name: str) -> Steps:
        """One click: an account of the sandbox under the name that the button says."""
        caller = await self._authorise()
        if caller is None:
            yield self._to_login()
        else:
            self.is_busy, self.errors, self.trouble = True, {}, ""
            yield None
            yield await self._finish(self._add(caller, network, name))
            yield await self._suggest(caller)

    async def _ask_and_keep(self, caller: Caller, form: Mapping[str, Any]) -> str:
        """The sentence to say once the account is connected. Raises DravoError."""
        network, account_id = self.network, self.account_id if self.window == "again" else ""
        given = read_typed(network, caller.environment, form)
        handle = given.get("identifier", "")
        identity = await ask_network(lambda: connecting.identify(caller, network, given, handle), PATIENCE_SECONDS)
        if account_id:
            account = await write(lambda session: reconnecting.reconnect(session, caller, account_id, identity))
            return f"{account.handle} is connected again. Its history is as it was."
        return await self._keep(caller, network, lambda: identity)

    async def _add(self, caller: Caller, network: str, name: str) -> str:
        return await self._keep(caller, network, lambda: sandbox_accounts.identify(caller, network, name))

    async def _keep(self, caller: Caller, network: str, identify: Callable[[], Any]) -> str:
        identity = await ask_network(identify, PATIENCE_SECONDS)
        account, is_new = await write(lambda session: connecting.connect(session, caller, network, identity))
        if is_new:
            return f"{account.handle} is connected."
        return f"{account.handle} was here already; it has the new credentials now."

    async def _finish(self, work: Any) -> Any:
        """What to do after the work: say it and show the new list, or show what went wrong where it belongs."""
        try:
            said = await work
        except DravoError as error:
            self._place(error)
            return show_error(error) if not self.window else None
        finally:
            self.is_busy = False
        self._open("")
        return [rx.toast.success(said), AccountsState.load]

    def _place(self, error: DravoError) -> None:
        flaws = error.flaws if isinstance(error, Invalid) else []
        beside = {flaw.pointer.rpartition("/")[2]: flaw.message for flaw in flaws if flaw.pointer.count("/") == 2}
        if error.code == "credentials_refused":
            beside = {field_of_trouble(self.network, is_address=False): error.detail}
        elif error.code == "address_refused":
            beside = {field_of_trouble(self.network, is_address=True): error.detail}
        elif error.code == "invalid_request" and not beside and self.window == "sandbox":
            beside = {"name": error.detail}
        self.errors = {name: sentence for name, sentence in beside.items() if name}
        self.trouble = "" if self.errors else error.detail

    async def _suggest(self, caller: Caller) -> rx.event.EventSpec | None:
        if caller.environment is not Environment.TEST or not roles.is_admin(caller):
            self.suggestions = []
            return None
        try:
            found = await read(lambda session: sandbox_accounts.suggest(session, caller))
        except DravoError as error:
            return show_error(error)
        self.suggestions = [Choice(slug, name) for slug, name in found]
        return None

    def _open(
        self, window: str, network: str = "", account_id: str = "", title: str = "", known: dict[str, str] | None = None
    ) -> None:
        self.window, self.account_id, self.title, self.known = window, account_id, title, known or {}
        self.network = network or self.network
        self.errors, self.trouble, self.is_busy, self.is_secret_shown = {}, "", False, False
