"""Surfaces: a panel holds one thing, a section is a panel with a heading, a panel list has rows with lines between."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.words import Words, are_said


def panel(*content: rx.Component, flush: bool = False, **props: object) -> rx.Component:
    """A white (or dark) surface with a hairline around; `flush` leaves the inner space to what is in it."""
    inner = "0" if flush else theme.SPACE_5
    phone = "0" if flush else theme.SPACE_4
    style = {**PANEL, "padding": inner, theme.PHONE: {"padding": phone}, **_own(props)}
    return rx.el.div(*content, style=style, **props)


def section(title: Words, words: Words, *content: rx.Component, **props: object) -> rx.Component:
    """A panel with an h2 and a quiet sentence (may be "") over its content."""
    style = {**PANEL, **_STACK, "padding": theme.SPACE_5, theme.PHONE: {"padding": theme.SPACE_4}, **_own(props)}
    return rx.el.section(
        rx.el.div(
            rx.heading(title, as_="h2", size="3", trim="start"),
            rx.text(words, size="2", color=theme.QUIET) if are_said(words) else rx.fragment(),
            style={"display": "grid", "gap": theme.SPACE_1},
        ),
        *content,
        style=style,
        **props,
    )


def panel_list(*rows: rx.Component, label: str) -> rx.Component:
    """A list as one panel; its rows are `panel_row`s, or a foreach of them."""
    return rx.el.ul(*rows, aria_label=label, style={**PANEL, **_LIST})


def panel_row(*content: rx.Component, **props: object) -> rx.Component:
    """A row of a panel list: a line of things, which wraps where it is narrow."""
    return rx.el.li(*content, style={**_ROW, **_own(props)}, **props)


def _own(props: dict[str, object]) -> dict[str, object]:
    style = props.pop("style", {})
    return style if isinstance(style, dict) else {}


PANEL = {
    "background": theme.PANEL,
    "border": theme.HAIRLINE,
    "border_radius": theme.ROUND,
    "box_shadow": theme.SHADE,
}
_STACK = {"display": "grid", "grid_template_columns": "minmax(0, 1fr)", "gap": theme.SPACE_4, "align_content": "start"}
_LIST = {"list_style": "none", "margin": "0", "padding": "0", "overflow": "hidden"}
_ROW = {
    "display": "flex",
    "flex_wrap": "wrap",
    "align_items": "center",
    "gap": f"{theme.SPACE_2} {theme.SPACE_3}",
    "padding": f"{theme.SPACE_3} {theme.SPACE_4}",
    "min_height": theme.ROW_HEIGHT,
    "&:not(:last-child)": {"border_bottom": theme.HAIRLINE},
}
