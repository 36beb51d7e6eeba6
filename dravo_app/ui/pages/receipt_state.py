"""The receipt page's state: one job of the caller's, looked at again whenever something happens."""

from collections.abc import Callable
from typing import Any

import reflex as rx
from sqlmodel import Session

from dravo_app.errors import Conflict, DravoError, Invalid, NotFound, RetryRefused
from dravo_app.models import Environment, JobStatus
from dravo_app.services import receipts
from dravo_app.services.caller import Caller
from dravo_app.services.providers import list_providers
from dravo_app.services.publishing import cancel, held, resolve, retry
from dravo_app.services.publishing.resolve import Resolution
from dravo_app.services.receipts import Story
from dravo_app.settings import get_settings
from dravo_app.ui import routes
from dravo_app.ui.calls import read, show_error, write
from dravo_app.ui.pages.receipt_rows import MOVING, DeliveryRow, Head, first_opened, to_deliveries, to_head
from dravo_app.ui.session import Look

_ANSWERS: dict[str, dict[str, bool]] = {
    "there": {"published": True},
    "send": {"published": False, "send_again": True},
    "leave": {"published": False},
}


class ReceiptState(Look):
    """`face` is loading, missing, error or filled. `version` is the workspace's latest change that the page has seen."""

    face: str = "loading"
    trouble: str = ""
    head: Head = Head()
    deliveries: list[DeliveryRow] = []
    is_moving: bool = False
    is_scheduled: bool = False
    is_held: bool = False
    retryable: int = 0
    resolve_trouble: str = ""
    version: int = 0
    curl: str = ""
    again: str = ""
    back: str = ""
    accounts_page: str = ""

    _opened: set[str] = set()
    _shown: str = ""

    @rx.event
    async def load(self) -> rx.event.EventSpec | None:
        """Show the job that the address names."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        job_id = self.router.url.query_parameters.get("job", "")[:64]
        if job_id != self._shown:
            self.face, self.head, self.deliveries, self._opened = "loading", Head(), [], set()
        await self._show(caller, job_id)
        return None

    @rx.event
    async def look_again(self, _is_scrolled: bool = False) -> rx.event.EventSpec | None:
        """The same job as it is now; nothing goes to the browser where nothing has happened to it."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        await self._show(caller, self._shown)
        return None

    @rx.event
    async def toggle(self, account_id: str) -> rx.event.EventSpec | None:
        """Open or close one account's timeline."""
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        self._opened = self._opened ^ {str(account_id)}
        await self._show(caller, self._shown)
        return None

    @rx.event
    async def retry(self, account_id: str) -> rx.event.EventSpec | None:
        """Send one account's delivery again, or with "" all that can be."""
        named = [str(account_id)] if account_id else None
        return await self._change(
            lambda session, caller: retry.retry(session, caller, self._shown, named), "Queued again."
        )

    @rx.event
    async def release(self) -> rx.event.EventSpec | None:
        """Let go what is held of it."""
        return await self._change(lambda session, caller: held.let_go(session, caller, self._shown), "Let go.")

    @rx.event
    async def cancel(self) -> rx.event.EventSpec | None:
        """Stop it while it is scheduled or held."""
        if self.is_held:
            return await self._change(
                lambda session, caller: held.discard(session, caller, self._shown), "Canceled: Dravo doesn't send it."
            )
        return await self._change(
            lambda session, caller: cancel.cancel(session, caller, self._shown), "Canceled: nothing of it was sent."
        )

    @rx.event
    async def resolve(self, form: dict[str, Any]) -> rx.event.EventSpec | None:
        """A person's answer to an unknown outcome, from the dialog."""
        self.resolve_trouble = ""
        chosen = _ANSWERS.get(str(form.get("answer")))
        if chosen is None:
            self.resolve_trouble = "Choose what you see."
            return None
        link = str(form.get("permalink") or "").strip() if chosen["published"] else ""
        account_id, answer = str(form.get("account_id")), {**chosen, "permalink": link[:2000] or None}
        return await self._change(
            lambda session, caller: resolve.resolve(
                session, caller, self._shown, account_id, Resolution.model_validate(answer)
            ),
            "Thank you: your answer is on record.",
        )

    @rx.event
    def forget_trouble(self, _is_open: bool = False) -> None:
        """The dialog opens or closes anew."""
        self.resolve_trouble = ""

    async def _change(self, act: Callable[[Session, Caller], object], done: str) -> rx.event.EventSpec | None:
        caller = await self._authorise()
        if caller is None:
            return self._to_login()
        said: rx.event.EventSpec | None = rx.toast.success(done)
        try:
            await write(lambda session: act(session, caller))
        except DravoError as error:
            said = self._refused(error)
        await self._show(caller, self._shown)
        return said

    def _refused(self, error: DravoError) -> rx.event.EventSpec | None:
        if isinstance(error, Invalid):
            self.resolve_trouble = error.detail
            return None
        if isinstance(error, RetryRefused) and {flaw.code for flaw in error.flaws} == {"still_under_way"}:
            return None  # a second click: the first has done it
        if (
            isinstance(error, Conflict)
            and not isinstance(error, RetryRefused)
            and not (self.is_scheduled and not self.is_held)
        ):
            return rx.toast.info("This has changed meanwhile; the page shows it as it is now.")
        return show_error(error)

    async def _show(self, caller: Caller, job_id: str) -> None:
        try:
            version, story = await read(lambda session: _look(session, caller, job_id))
        except NotFound:
            self._shown, self.face, self.head, self.deliveries = job_id, "missing", Head(), []
            self._links(caller, "")
            return
        except DravoError as error:
            self._shown, self.face, self.trouble = job_id, "error", error.detail
            return
        if self._shown != job_id or self.face != "filled":
            self._opened = first_opened(story.job)
        self._fill(caller, story)
        self._shown, self.face, self.version = job_id, "filled", version

    def _fill(self, caller: Caller, story: Story) -> None:
        names = {view.provider: view.name for view in list_providers(caller.environment)}
        head = to_head(story)
        deliveries = to_deliveries(story, names, caller.environment, self._opened)
        if head != self.head:
            self.head = head
        if deliveries != self.deliveries:
            self.deliveries = deliveries
        self.is_moving = story.job.status in MOVING
        self.is_held = story.job.held_at is not None
        self.is_scheduled = story.job.status == JobStatus.SCHEDULED
        self.retryable = sum(row.may_retry for row in deliveries)
        self._links(caller, story.job.job_id)

    def _links(self, caller: Caller, job_id: str) -> None:
        environment = "test" if caller.environment is Environment.TEST else None
        self.back = routes.address(routes.HISTORY, environment=environment)
        self.accounts_page = routes.address(routes.ACCOUNTS, environment=environment)
        self.again = routes.address(routes.COMPOSE, environment=environment, **{"from": job_id})
        self.curl = f'curl {get_settings().public_url}/v1/publish/{job_id} -H "Authorization: Bearer $KEY"'


def _look(session: Session, caller: Caller, job_id: str) -> tuple[int, Story]:
    # The number first: what happens in between is then looked at once more, never missed.
    return receipts.latest_change(session, caller.workspace_key), receipts.get_story(session, caller, job_id)
