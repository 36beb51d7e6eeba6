"""/login: for who has a place here."""

import reflex as rx

from dravo_app.ui import routes
from dravo_app.ui.components.entrance_form import field, notice, submit
from dravo_app.ui.components.native import native_form
from dravo_app.ui.layout import stranger_page
from dravo_app.ui.pages.entrance_state import Entrance


def login() -> rx.Component:
    return stranger_page(
        "Log in to Dravo",
        "See what happened to every post, on every account.",
        native_form(
            notice(Entrance.sentence),
            rx.el.input(type="hidden", name="next", value=Entrance.wanted, read_only=True),
            field(
                "Email",
                "email",
                "email",
                auto_complete="username",
                required=True,
                auto_focus=True,
                default_value=Entrance.email,
                key=Entrance.email,
            ),
            field("Password", "password", "password", auto_complete="current-password", required=True),
            submit("Log in"),
            action=routes.LOG_IN,
            method="post",
            style={"display": "flex", "flex_direction": "column", "gap": "16px", "margin_top": "24px"},
        ),
    )
