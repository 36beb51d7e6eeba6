"""/welcome: the very first visit makes the owner. There is no default password."""

import reflex as rx

from dravo_app.ui import routes
from dravo_app.ui.components.entrance_form import field, notice, submit
from dravo_app.ui.components.native import native_form
from dravo_app.ui.layout import stranger_page
from dravo_app.ui.pages.entrance_state import Entrance


def welcome() -> rx.Component:
    return stranger_page(
        "Welcome to Dravo",
        "You are the first one here. Make the owner's account; a sandbox account to try things with comes along.",
        native_form(
            notice(Entrance.sentence),
            rx.cond(
                Entrance.needs_code,
                field(
                    "Code",
                    "code",
                    hint="From the terminal of ./dravo up, or run/first_run_code in the data folder.",
                    required=True,
                ),
            ),
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
            field(
                "Password",
                "password",
                "password",
                hint="At least 10 characters.",
                auto_complete="new-password",
                required=True,
                min_length=10,
            ),
            submit("Create the owner"),
            action=routes.FIRST_RUN,
            method="post",
            style={"display": "flex", "flex_direction": "column", "gap": "16px", "margin_top": "24px"},
        ),
    )
