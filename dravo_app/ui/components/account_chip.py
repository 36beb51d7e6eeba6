"""An account wherever one is named: the network's mark, the handle, and a dot where it is not well."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.network_mark import network_mark
from dravo_app.ui.components.words import Words


def account_chip(network: Words, network_name: Words, handle: Words, health: Words = "ok") -> rx.Component:
    """In a line of text or as a row's first thing; long handles are cut, the whole one is in the title."""
    words = rx.match(health, *theme.HEALTH_WORDS.items(), health)
    colour = rx.match(health, *theme.HEALTH_COLOURS.items(), "gray")
    return rx.el.span(
        network_mark(network, network_name),
        rx.el.span(handle, title=handle, style=_HANDLE),
        rx.cond(
            rx.Var.create(health) != "ok",
            rx.el.span(role="img", aria_label=words, title=words, style={**_DOT, "background": f"var(--{colour}-9)"}),
        ),
        style=_CHIP,
    )


_CHIP = {
    "display": "inline-flex",
    "align_items": "center",
    "gap": theme.SPACE_2,
    "min_width": "0",
    "max_width": "100%",
    "font_size": theme.FONT_2,
    "line_height": theme.LINE_HEIGHT,
}
_HANDLE = {"overflow": "hidden", "text_overflow": "ellipsis", "white_space": "nowrap", "min_width": "0"}
_DOT = {"width": theme.SPACE_2, "height": theme.SPACE_2, "border_radius": theme.ROUND_FULL, "flex": "none"}
