"""/accounts: the connected profiles, their health, connect and disconnect."""

import reflex as rx

from dravo_app.ui import routes
from dravo_app.ui.layout import member_page


def accounts() -> rx.Component:
    return member_page(routes.ACCOUNTS, rx.heading("Accounts", as_="h1", size="6"))
