"""What the forms for strangers have to say: read from the cookie that the last try left."""

import reflex as rx

from dravo_app.ui.cookies import read_notice
from dravo_app.ui.routes import own_page
from dravo_app.ui.session import Look


class Entrance(rx.State):
    sentence: str = ""
    email: str = ""
    wanted: str = ""
    needs_code: bool = False

    @rx.event
    async def load(self) -> None:
        """Read the notice, and forget what an earlier visitor of this tab has seen."""
        notice = read_notice(self.router.headers.cookie)
        self.sentence = notice.sentence if notice else ""
        self.email = notice.email if notice else ""
        self.wanted = own_page(self.router.url.query_parameters.get("next", "")) or ""
        self.needs_code = self.router.url.query_parameters.get("code") == "1"
        (await self.get_state(Look))._forget()  # and with it every page's state
