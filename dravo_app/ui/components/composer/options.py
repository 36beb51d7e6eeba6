"""One option of a network as a field, by its kind alone."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.composer.marks import bound
from dravo_app.ui.components.field import field, text_input, text_lines
from dravo_app.ui.pages.compose_rows import OptionRow


def option(row: rx.Var[OptionRow]) -> rx.Component:
    """The field that fits its kind."""
    return rx.match(
        row.kind,
        ("choice", _choice(row)),
        ("boolean", _flag(row)),
        (
            "integer",
            text_input(row.label, row.path, "number", hint=row.hint, min=0, custom_attrs=bound(row.path, "integer")),
        ),
        (
            "array",
            text_lines(
                row.label, row.path, rows="2", hint=f"{row.hint} One per line.", custom_attrs=bound(row.path, "array")
            ),
        ),
        text_input(row.label, row.path, hint=row.hint, custom_attrs=bound(row.path)),
    )


def _choice(row: rx.Var[OptionRow]) -> rx.Component:
    # The browser's own select: its value is the draft's, as with every field here.
    control = rx.el.select(
        rx.el.option("As the network has it", value=""),
        rx.foreach(row.choices, lambda choice: rx.el.option(choice, value=choice)),
        id=row.path,
        aria_describedby=f"{row.path}-hint",
        custom_attrs=bound(row.path),
        style=SELECT,
    )
    return field(row.label, control, name=row.path, hint=row.hint)


def _flag(row: rx.Var[OptionRow]) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox", custom_attrs=bound(row.path), style={"margin": f"{theme.SPACE_1} 0 0", "flex": "none"}
        ),
        rx.el.span(
            rx.text(row.label, size="2", weight="medium"),
            rx.text(row.hint, size="1", color=theme.QUIET),
        ),
        style={"display": "flex", "gap": theme.SPACE_2, "align_items": "flex-start", "cursor": "pointer"},
    )


SELECT = {
    "height": theme.CONTROL,
    "width": "100%",
    "padding": f"0 {theme.SPACE_2}",
    "border": f"1px solid {theme.STRONG_LINE}",
    "border_radius": theme.ROUND_SMALL,
    "background": theme.PANEL,
    "color": theme.TEXT,
    "font": "inherit",
    "font_size": theme.FONT_2,
    theme.PHONE: {"height": theme.TOUCH},
}
