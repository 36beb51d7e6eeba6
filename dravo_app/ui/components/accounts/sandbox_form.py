"""Accounts of the built-in sandbox: one click, or a name of one's own."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.accounts.network_choice import network_choice
from dravo_app.ui.components.accounts.window import window
from dravo_app.ui.components.accounts.words import forms
from dravo_app.ui.components.button import primary_button, quiet_button
from dravo_app.ui.components.dialog import dialog_actions
from dravo_app.ui.components.field import text_input
from dravo_app.ui.components.network_mark import network_mark
from dravo_app.ui.components.note import note
from dravo_app.ui.pages.accounts_connect import ConnectState
from dravo_app.ui.pages.history_rows import Choice


def one_click_accounts() -> rx.Component:
    """A button per network, each with a name that is free."""
    return rx.flex(
        rx.foreach(ConnectState.suggestions, _suggestion), wrap="wrap", justify="center", style={"gap": theme.SPACE_2}
    )


def sandbox_window() -> rx.Component:
    """Another account, with a name of one's own."""
    return window(
        ConnectState.window == "sandbox",
        ConnectState.close,
        "Add a sandbox account",
        "It works at once and posts to nobody: the sandbox shows what would have been published.",
        rx.el.form(
            rx.flex(rx.foreach(ConnectState.suggestions, _suggestion), wrap="wrap", style={"gap": theme.SPACE_2}),
            rx.text("Or with a name of your own:", size="2", color=theme.QUIET),
            network_choice(),
            text_input(
                "Name",
                "name",
                placeholder="bakery",
                error=ConnectState.errors.get("name", "").to(str),
                spell_check=False,
                auto_capitalize="none",
            ),
            rx.cond(ConnectState.trouble != "", note("danger", ConnectState.trouble)),
            dialog_actions(primary_button("Add", type="submit", loading=ConnectState.is_busy)),
            on_submit=ConnectState.add_sandbox,
            no_validate=True,
            style={"display": "grid", "gap": theme.SPACE_4, "margin_top": theme.SPACE_4},
        ),
    )


def _suggestion(choice: rx.Var[Choice]) -> rx.Component:
    names = rx.match(choice.value, *((slug, form.name) for slug, form in forms().items()), choice.value).to(str)
    return quiet_button(
        rx.fragment(network_mark(choice.value, names), "Add " + choice.label),
        type="button",
        on_click=ConnectState.add_suggested(choice.value, choice.label),  # type: ignore[operator]  # Reflex wraps handlers
        loading=ConnectState.is_busy,
        aria_label="Add " + choice.label + " on " + names,
    )
