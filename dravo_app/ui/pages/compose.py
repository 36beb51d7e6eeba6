"""/compose: write once, pick accounts, publish now or later."""

import reflex as rx

from dravo_app.ui import routes
from dravo_app.ui.layout import member_page


def compose() -> rx.Component:
    return member_page(routes.COMPOSE, rx.heading("Compose", as_="h1", size="6"))
