"""/login: for who has a place here."""

import reflex as rx

from dravo_app.ui import routes
from dravo_app.ui.components.entrance_form import entrance_field, entrance_form
from dravo_app.ui.layout import stranger_page
from dravo_app.ui.pages.entrance_state import Entrance


def login() -> rx.Component:
    email = entrance_field(
        "Email",
        "email",
        "email",
        auto_complete="username",
        auto_focus=True,
        default_value=Entrance.email,
        key=Entrance.email,
    )
    return stranger_page(
        "Log in to Dravo",
        "See what happened to every post, on every account.",
        entrance_form(
            Entrance.sentence,
            rx.el.input(type="hidden", name="next", value=Entrance.wanted, read_only=True),
            email,
            entrance_field("Password", "password", "password", auto_complete="current-password"),
            verb="Log in",
            action=routes.LOG_IN,
        ),
    )
