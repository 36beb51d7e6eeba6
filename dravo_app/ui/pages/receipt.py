"""/receipt: what happened to one post, account by account."""

import reflex as rx

from dravo_app.ui import routes
from dravo_app.ui.layout import member_page


def receipt() -> rx.Component:
    return member_page(routes.HISTORY, rx.heading("Receipt", as_="h1", size="6"))
