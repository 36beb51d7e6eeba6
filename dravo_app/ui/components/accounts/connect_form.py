"""The forms that connect an account by credentials, made from what each network asks for."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.accounts.network_choice import network_choice
from dravo_app.ui.components.accounts.window import window
from dravo_app.ui.components.accounts.words import Form, FormField, forms
from dravo_app.ui.components.button import primary_button
from dravo_app.ui.components.dialog import dialog_actions
from dravo_app.ui.components.field import field, text_input
from dravo_app.ui.components.note import note
from dravo_app.ui.pages.accounts_connect import ConnectState
from dravo_app.ui.session import Look


def connect_window() -> rx.Component:
    """For an account that isn't here yet: the network first, then what it asks for."""
    return window(
        ConnectState.window == "connect",
        ConnectState.close,
        "Connect an account",
        "Dravo asks the network whose credentials these are, and keeps them sealed.",
        _networks(),
        _form_of_network("Connect"),
    )


def reconnect_window() -> rx.Component:
    """For an account in its place."""
    return window(
        ConnectState.window == "again",
        ConnectState.close,
        "Reconnect " + ConnectState.title,
        "New credentials of the same account. Its history and its scheduled posts stay.",
        _form_of_network("Reconnect"),
    )


def _networks() -> rx.Component:
    return rx.box(network_choice(), margin_top=theme.SPACE_4)


def _form_of_network(verb: str) -> rx.Component:
    return rx.match(ConnectState.network, *((slug, _form(form, verb)) for slug, form in forms().items()), rx.fragment())


def _form(form: Form, verb: str) -> rx.Component:
    return rx.el.form(
        _how(form),
        *(_field(one) for one in form.fields),
        rx.cond(ConnectState.trouble != "", note("danger", ConnectState.trouble)),
        rx.cond(
            Look.environment == "live",
            note("warning", "A live account: what is published to it, everybody sees."),
            note(
                "info", "A test account: only the built-in sandbox is asked, where sandbox_ and any name is a secret."
            ),
        ),
        dialog_actions(primary_button(verb, type="submit", loading=ConnectState.is_busy)),
        on_submit=ConnectState.connect,
        no_validate=True,  # our own sentences beside the fields, and a doubtful password stops nobody
        auto_complete="off",
        style={"display": "grid", "gap": theme.SPACE_4, "margin_top": theme.SPACE_4},
    )


def _how(form: Form) -> rx.Component:
    if not form.words.how:
        return rx.fragment()
    link = rx.link(
        form.words.link_words,
        rx.icon("arrow-up-right", size=theme.ICON_SMALL, style={"display": "inline", "vertical_align": "-2px"}),
        href=form.words.link,
        is_external=True,
        underline="always",
        rel="noopener noreferrer",
        size="2",
    )
    return rx.text(form.words.how, " ", link, size="2", color=theme.QUIET)


def _field(one: FormField) -> rx.Component:
    given = {
        "hint": one.words.hint,
        "error": ConnectState.errors.get(one.name, "").to(str),
        "placeholder": one.words.placeholder,
    }
    label = _label(one)
    if one.is_secret:
        return _secret(one, label)
    known = ConnectState.known.get(one.name, "").to(str)
    return text_input(label, one.name, default_value=known, spell_check=False, auto_capitalize="none", **given)


def _label(one: FormField) -> rx.Var[str] | str:
    optional = f"{one.words.label} (optional)"
    if one.is_needed_live == one.is_needed_test:
        return one.words.label if one.is_needed_live else optional
    needed_here = one.words.label if one.is_needed_live else optional
    return rx.cond(Look.environment == "live", needed_here, optional)


def _secret(one: FormField, label: rx.Var[str] | str) -> rx.Component:
    error = ConnectState.errors.get(one.name, "").to(str)
    control = rx.text_field(
        rx.text_field.slot(_eye(), side="right"),
        id=one.name,
        name=one.name,
        type=rx.cond(ConnectState.is_secret_shown, "text", "password"),
        placeholder=one.words.placeholder,
        auto_complete="new-password",
        spell_check=False,
        auto_capitalize="none",
        size="2",
        width="100%",
        aria_describedby=f"{one.name}-hint {one.name}-error {one.name}-unusual",
        aria_invalid=rx.cond(error != "", "true", "false"),
        custom_attrs={"pattern": one.words.pattern} if one.words.pattern else {},
    )
    shown = field(label, control, name=one.name, hint=one.words.hint, error=error)
    if not one.words.unusual:
        return shown
    unusual = rx.text(one.words.unusual, id=f"{one.name}-unusual", class_name="unusual", size="2")
    return rx.el.div(shown, unusual, style=_UNUSUAL)


def _eye() -> rx.Component:
    return rx.icon_button(
        rx.cond(
            ConnectState.is_secret_shown,
            rx.icon("eye-off", size=theme.ICON_SMALL),
            rx.icon("eye", size=theme.ICON_SMALL),
        ),
        aria_label=rx.cond(ConnectState.is_secret_shown, "Hide what is typed", "Show what is typed"),
        on_click=ConnectState.show_secrets,
        type="button",
        size="1",
        variant="ghost",
        color_scheme="gray",
    )


_UNUSUAL = {
    "& .unusual": {"display": "none", "color": "var(--amber-11)", "margin_top": theme.SPACE_1},
    "&:has(input:user-invalid) .unusual": {"display": "block"},
}
"""The browser compares the password with the pattern; it goes nowhere for that."""
