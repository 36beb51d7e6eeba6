"""/design: every component of the dashboard in each of its states."""

import reflex as rx

from dravo_app.ui import routes
from dravo_app.ui.layout import member_page
from dravo_app.ui.session import Look


class DesignState(Look):
    @rx.event
    async def load(self) -> rx.event.EventSpec | None:
        """Show the page."""
        caller = await self._authorise()
        return self._to_login() if caller is None else None


def design() -> rx.Component:
    return member_page(routes.DESIGN, rx.heading("Design", as_="h1", size="6"))
