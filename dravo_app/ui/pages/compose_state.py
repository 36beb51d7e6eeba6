"""The compose page's state. The draft itself lives in the browser and comes along whole with every event: the server keeps
only what it has to say about it, so a restart in between loses nothing."""

import asyncio
from collections.abc import Sequence

import reflex as rx

from dravo_app.errors import DravoError, Flaw, IdempotencyMismatch, Invalid, NotFound, RequestInProgress
from dravo_app.ids import new_id
from dravo_app.models import Environment
from dravo_app.services import connecting, sandbox_accounts
from dravo_app.services.caller import Caller
from dravo_app.services.publishing import plan
from dravo_app.services.publishing.once import find_sent, publish_once
from dravo_app.services.publishing.plan import PublishRequest
from dravo_app.services.publishing.rehearsal import rehearse
from dravo_app.services.workspaces import get_late_policy
from dravo_app.ui import routes
from dravo_app.ui.calls import ask_network, read, write
from dravo_app.ui.pages.compose_code import Code, code_of
from dravo_app.ui.pages.compose_draft import Draft, read_draft, to_request, write_again
from dravo_app.ui.pages.compose_pictures import MAX_LOOKED_AT, PictureRow, look
from dravo_app.ui.pages.compose_rows import AccountRow, CounterRow, Desk, NetworkRow, load_desk
from dravo_app.ui.pages.compose_says import Says, tell
from dravo_app.ui.pages.settings_state import LATE_WORDS
from dravo_app.ui.session import Look

_SANDBOX_SECONDS, _ADDRESS_SECONDS = 10.0, 8.0
_TRIES, _PAUSE_SECONDS = 20, 0.5  # while another press of the same button is being worked on


class ComposeState(Look):
    """`face` is loading, error, empty (no account yet) or ready. `sent` and `refused` tell the page that an answer came.

    `already` is the receipt of what the draft has become before; `settled` is its key where it says just what was published.
    """

    face: str = "loading"
    trouble: str = ""
    owner: str = ""
    accounts: list[AccountRow] = []
    networks: list[NetworkRow] = []
    counters: list[CounterRow] = []
    hidden_accounts: int = 0
    late_rule: str = ""

    text_flaws: list[str] = []
    time_flaws: list[str] = []
    picture_flaws: list[str] = []
    choosing_flaws: list[str] = []
    other_flaws: list[str] = []
    notes: list[str] = []
    account_flaws: dict[str, list[str]] = {}
    account_cautions: dict[str, list[str]] = {}

    pictures: list[PictureRow] = []
    _looked: dict[str, PictureRow] = {}

    sent: str = ""
    receipt: str = ""
    refused: str = ""
    given: str = ""
    already: str = ""
    settled: str = ""
    curl: str = ""
    python: str = ""

    @rx.event
    async def load(self) -> rx.event.EventSpec | None:
        """Lay out what there is to choose from."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        try:
            desk = await read(lambda session: load_desk(session, caller))
            self.late_rule = LATE_WORDS[await read(lambda session: get_late_policy(session, caller.workspace_key))]
            self.given = await self._earlier(caller)
        except DravoError as error:
            self.face, self.trouble = "error", error.detail
            return None
        self._lay_out(caller, desk)
        return None

    @rx.event
    async def review(self, written: str, tried: bool = False) -> rx.event.EventSpec | None:
        """Say what would become of the draft as it is now."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        try:
            draft = self._mine(read_draft(written), caller)
            await self._look_over(caller, draft, tried=tried)
        except DravoError as error:
            self._show(Says(other=[error.detail]))
        return None

    @rx.event
    async def publish(self, written: str) -> rx.event.EventSpec | None:
        """Make the draft a publish job, once; or say at its places why not."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        try:
            draft = self._mine(read_draft(written), caller)
            job_id = await self._publish(caller, draft)
        except IdempotencyMismatch:
            await self._tell_sent(caller, draft.key, (await self._ask_for(caller, draft))[0])
            self._refuse()
        except Invalid as refusal:
            await self._explain(caller, written, refusal)
            self._refuse()
        except DravoError as error:
            self._show(Says(other=[error.detail]))
            self._refuse()
        else:
            self.sent, self.receipt = draft.key, _receipt(caller, job_id)
        return None

    @rx.event(background=True)
    async def look(self, written: str) -> None:
        """Look at the pictures of the draft that nobody has looked at yet; typing goes on meanwhile."""
        async with self:
            caller = await self._authorise()
            if caller is None:
                return
            try:
                urls = self._arrange(self._mine(read_draft(written), caller))
            except DravoError:
                return
        for url in urls:
            row = await look(url)
            async with self:
                self._looked = {**self._looked, url: row}
                self.pictures = [self._looked.get(known.url, known) for known in self.pictures]

    @rx.event
    async def show_code(self, written: str) -> rx.event.EventSpec | None:
        """Say the draft as a command and as a program."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        try:
            draft = self._mine(read_draft(written), caller)
            request, _ = await self._ask_for(caller, draft)
            code = code_of(request, draft.key, caller.environment)
        except DravoError as error:
            code = Code(error.detail, error.detail)
        self.curl, self.python = code.curl, code.python
        return None

    @rx.event
    async def connect_sandbox(self) -> rx.event.EventSpec | None:
        """One sandbox account on each network, so that there is something to try."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        if caller.environment is not Environment.TEST or self.face != "empty":
            return None
        try:
            for network, name in await read(lambda session: sandbox_accounts.suggest(session, caller)):
                await self._connect(caller, network, name)
            desk = await read(lambda session: load_desk(session, caller))
        except DravoError as error:
            self.trouble = error.detail
            return None
        self._lay_out(caller, desk)
        return None

    async def _connect(self, caller: Caller, network: str, name: str) -> None:
        identity = await ask_network(lambda: sandbox_accounts.identify(caller, network, name), _SANDBOX_SECONDS)
        await write(lambda session: connecting.connect(session, caller, network, identity))

    async def _earlier(self, caller: Caller) -> str:
        job_id = self.router.url.query_parameters.get("from", "")
        try:
            return await read(lambda session: write_again(session, caller, job_id)) if job_id else ""
        except NotFound:
            return ""

    def _lay_out(self, caller: Caller, desk: Desk) -> None:
        self.accounts, self.networks, self.counters = desk.accounts, desk.networks, desk.counters
        self.hidden_accounts = desk.total - len(desk.accounts)
        self.face = "ready" if desk.accounts else "empty"
        self.sent = self.receipt = self.already = self.settled = self.trouble = ""
        self.owner = caller.actor

    def _refuse(self) -> None:
        self.refused = new_id("no")  # never the same twice, even after a restart: the page waits for a change

    def _arrange(self, draft: Draft) -> list[str]:
        """Rows for the draft's pictures; the addresses of those that are still to be looked at."""
        urls = [picture.url for picture in draft.pictures][:MAX_LOOKED_AT]
        self._looked = {url: row for url, row in self._looked.items() if url in urls}
        self.pictures = [self._looked.get(url, PictureRow(url)) for url in urls]
        return [url for url in urls if url not in self._looked]

    def _mine(self, draft: Draft, caller: Caller) -> Draft:
        if (draft.owner, draft.environment) != (caller.actor, caller.environment.value):
            raise Invalid(flaws=[Flaw("", "draft_of_another", "This draft belongs elsewhere. Reload the page.")])
        return draft

    async def _ask_for(self, caller: Caller, draft: Draft) -> tuple[PublishRequest, Sequence[Flaw]]:
        desk = await read(lambda session: load_desk(session, caller))
        request = to_request(draft, desk.network_of, desk.takes_media)
        if not plan.names_media(request):
            return request, []
        return request, await ask_network(lambda: plan.check_media_addresses(request), _ADDRESS_SECONDS)

    async def _publish(self, caller: Caller, draft: Draft) -> str:
        request, flaws = await self._ask_for(caller, draft)
        for _ in range(_TRIES):
            try:
                return await write(lambda session: publish_once(session, caller, request, draft.key, flaws))
            except RequestInProgress:
                await asyncio.sleep(_PAUSE_SECONDS)
        raise RequestInProgress

    async def _look_over(self, caller: Caller, draft: Draft, *, tried: bool) -> None:
        try:
            request, flaws = await self._ask_for(caller, draft)
        except Invalid as refusal:  # a time that is none; the rest is looked over without it
            timeless = draft.model_copy(update={"when": draft.when.model_copy(update={"later": False})})
            request, flaws = await self._ask_for(caller, timeless)
            flaws = [*flaws, *refusal.flaws]
        found = await read(lambda session: rehearse(session, caller, request, flaws))
        self._arrange(draft)
        await self._tell_sent(caller, draft.key, request)
        self._show(tell(found, draft, tried=tried))

    async def _explain(self, caller: Caller, written: str, refusal: Invalid) -> None:
        try:
            draft = self._mine(read_draft(written), caller)
            await self._look_over(caller, draft, tried=True)
        except DravoError as error:
            self._show(Says(other=[error.detail]))
        if not self._has_flaws():
            self._show(Says(other=[flaw.message for flaw in refusal.flaws] or [refusal.detail]))

    def _has_flaws(self) -> bool:
        told = (self.text_flaws, self.time_flaws, self.picture_flaws, self.choosing_flaws, self.other_flaws)
        return any(told) or bool(self.account_flaws)

    def _show(self, says: Says) -> None:
        self.text_flaws, self.time_flaws, self.picture_flaws = says.text, says.time, says.pictures
        self.choosing_flaws, self.other_flaws, self.notes = says.choosing, says.other, says.notes
        self.account_flaws, self.account_cautions = says.accounts, says.cautions

    async def _tell_sent(self, caller: Caller, key: str, request: PublishRequest) -> None:
        sent = await read(lambda session: find_sent(session, caller, key, request))
        self.already = _receipt(caller, sent.job_id) if sent else ""
        self.settled = key if sent and sent.is_same else ""


def _receipt(caller: Caller, job_id: str) -> str:
    environment = "test" if caller.environment is Environment.TEST else None
    return routes.address(routes.RECEIPT, job=job_id, environment=environment)
