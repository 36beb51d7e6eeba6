"""The compose page's state."""

import reflex as rx

from dravo_app.ui.session import Look


class ComposeState(Look):
    @rx.event
    async def load(self) -> rx.event.EventSpec | None:
        """Show the page."""
        caller = await self._authorise()
        return self._to_login() if caller is None else None
