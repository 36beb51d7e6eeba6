"""Who is looking. The cookie names a session row; it is asked on every page load and in every event."""

import reflex as rx

from dravo_app import db
from dravo_app.models import Environment
from dravo_app.services import sessions
from dravo_app.services.caller import Caller
from dravo_app.services.sessions import Visitor
from dravo_app.ui import routes
from dravo_app.ui.cookies import SESSION, read_cookie


class Look(rx.State):
    """What every page of a member knows: who looks, and at which of the two worlds."""

    email: str = ""
    role: str = ""
    environment: str = Environment.LIVE.value

    async def _authorise(self) -> Caller | None:
        """The caller, in the environment that the address names; None where nobody is logged in (any more), or another person."""
        cookie = self.router.headers.cookie  # read here: in a background event the state is not for other threads
        visitor = await rx.run_in_thread(lambda: find_visitor(cookie))
        if visitor is None or self.email not in ("", visitor.email):
            # Somebody else logged in since, in another tab: they begin where everybody does, with nothing of this one's.
            (await self.get_state(Look))._forget()
            return None
        named = self.router.url.query_parameters.get("environment", "")
        environment = Environment.TEST if named == Environment.TEST.value else Environment.LIVE
        self.email, self.role, self.environment = visitor.email, visitor.role.value, environment.value
        return visitor.caller(environment)

    def _to_login(self) -> rx.event.EventSpec:
        """To the login and, after it, back to this very address."""
        url = self.router.url
        here = f"{routes.plain(url.path)}?{url.query}" if url.query else routes.plain(url.path)
        # A whole page load: the socket still speaks with the cookie it was opened with.
        return rx.redirect(routes.address(routes.LOGIN, next=routes.own_page(here)), is_external=False, replace=True)

    def _forget(self) -> None:
        """Nothing of what was shown stays in this tab's state."""
        self.reset()  # type: ignore[no-untyped-call]
        self.email, self.role, self.environment = "", "", Environment.LIVE.value


def find_visitor(cookie_header: str) -> Visitor | None:
    """The logged-in person, or None. Blocks for a millisecond: call it off the event loop."""
    token = read_cookie(cookie_header, SESSION)
    if not token:
        return None
    with db.reading() as session:
        visitor = sessions.find_visitor_of_cookie(session, token)
    if visitor and visitor.is_seen_stale:
        with db.transaction() as session:
            sessions.note_seen(session, visitor)
    return visitor
