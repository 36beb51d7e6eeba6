"""A network's own options, drawn from its list of them: a new network needs nothing here."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.composer.marks import bound
from dravo_app.ui.components.field import field, text_input, text_lines
from dravo_app.ui.components.panel import panel
from dravo_app.ui.pages.compose_rows import NetworkRow, OptionRow
from dravo_app.ui.pages.compose_state import ComposeState


def options() -> rx.Component:
    """One fold per chosen network."""
    return rx.foreach(ComposeState.networks, _fold)


def _fold(row: rx.Var[NetworkRow]) -> rx.Component:
    return panel(
        rx.el.details(
            rx.el.summary(f"Options for {row.name}", style=_SUMMARY),
            rx.el.div(rx.foreach(row.options, _option), style=_GRID),
        ),
        hidden=True,
        key=row.slug,
        custom_attrs={"data-panel": row.slug},
        style={"padding": f"{theme.SPACE_3} {theme.SPACE_4}"},
    )


def _option(row: rx.Var[OptionRow]) -> rx.Component:
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
        style=_SELECT,
    )
    return field(row.label, control, name=row.path, hint=row.hint)


def _flag(row: rx.Var[OptionRow]) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="checkbox", custom_attrs=bound(row.path), style={"margin": "3px 0 0", "flex": "none"}),
        rx.el.span(
            rx.text(row.label, size="2", weight="medium"),
            rx.text(row.hint, size="1", color=theme.QUIET),
        ),
        style={"display": "flex", "gap": theme.SPACE_2, "align_items": "flex-start", "cursor": "pointer"},
    )


_SUMMARY = {
    "cursor": "pointer",
    "font_size": theme.FONT_2,
    "font_weight": theme.MEDIUM,
    "padding": f"{theme.SPACE_1} 0",
}
_GRID = {
    "display": "grid",
    "grid_template_columns": "repeat(auto-fill, minmax(220px, 1fr))",
    "gap": theme.SPACE_4,
    "padding": f"{theme.SPACE_3} 0 {theme.SPACE_2}",
}
_SELECT = {
    "height": "32px",
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
