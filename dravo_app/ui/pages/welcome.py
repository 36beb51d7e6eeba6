"""/welcome: the very first visit makes the owner. There is no default password."""

import reflex as rx

from dravo_app.ui import routes
from dravo_app.ui.components.entrance_form import entrance_field, entrance_form
from dravo_app.ui.layout import stranger_page
from dravo_app.ui.pages.entrance_state import Entrance


def welcome() -> rx.Component:
    code = entrance_field(
        "Code", "code", hint="From the terminal of ./dravo up, or run/first_run_code in the data folder."
    )
    email = entrance_field(
        "Email",
        "email",
        "email",
        auto_complete="username",
        auto_focus=True,
        default_value=Entrance.email,
        key=Entrance.email,
    )
    password = entrance_field(
        "Password", "password", "password", hint="At least 10 characters.", auto_complete="new-password", min_length=10
    )
    return stranger_page(
        "Welcome to Dravo",
        "You are the first one here. Make the owner's account; a sandbox account to try things with comes along.",
        entrance_form(
            Entrance.sentence,
            rx.cond(Entrance.needs_code, code),
            email,
            password,
            verb="Create the owner",
            action=routes.FIRST_RUN,
        ),
    )
