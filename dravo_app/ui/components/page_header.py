"""The top of every page: what it is called, what it is for, and its main actions."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.words import Words, are_said


def page_header(title: Words, words: Words = "", *actions: rx.Component) -> rx.Component:
    """One h1, a quiet sentence below, the actions at the end of the line (below it on a phone)."""
    return rx.el.div(
        rx.el.div(
            rx.heading(title, as_="h1", size="6", trim="start"),
            rx.text(words, size="2", color=theme.QUIET) if are_said(words) else rx.fragment(),
            style={"display": "grid", "gap": theme.SPACE_1, "min_width": "0"},
        ),
        rx.el.div(*actions, style=_ACTIONS) if actions else rx.fragment(),
        style=_HEADER,
    )


_HEADER = {
    "display": "flex",
    "flex_wrap": "wrap",
    "align_items": "flex-end",
    "justify_content": "space-between",
    "gap": f"{theme.SPACE_3} {theme.SPACE_4}",
    "margin_bottom": theme.SPACE_5,
    theme.PHONE: {"margin_bottom": theme.SPACE_4},
}
_ACTIONS = {"display": "flex", "flex_wrap": "wrap", "align_items": "center", "gap": theme.SPACE_2}
