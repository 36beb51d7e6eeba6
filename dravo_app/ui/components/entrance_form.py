"""The pieces of the forms that let people in: bigger than those inside, one button."""

from typing import Any

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.field import text_input
from dravo_app.ui.components.native import native_form
from dravo_app.ui.components.note import note
from dravo_app.ui.components.words import Words


def entrance_form(sentence: Words, *fields: rx.Component, verb: str, action: str) -> rx.Component:
    """Sent by the browser itself. `sentence` is what went wrong with the last try, or empty."""
    return native_form(
        rx.cond(sentence != "", note("danger", sentence, id="notice")),
        *fields,
        rx.button(verb, type="submit", size="3", width="100%", margin_top=theme.SPACE_1),
        action=action,
        method="post",
        style={"display": "grid", "gap": theme.SPACE_4, "margin_top": theme.SPACE_5},
    )


def entrance_field(label: str, name: str, kind: str = "text", *, hint: str = "", **more: Any) -> rx.Component:
    """One line that has to be filled in."""
    return text_input(label, name, kind, hint=hint, size="3", required=True, **more)
