"""Form fields of the dashboard: label above, hint and error below, all bound to the control for screen readers."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.words import Words, are_said


def field(label: Words, control: rx.Component, *, name: str, hint: Words = "", error: Words = "") -> rx.Component:
    """Any control whose `id` is `name`. An error replaces nothing: the hint stays, for it says how to mend it."""
    return rx.el.div(
        rx.el.label(label, html_for=name, style=_LABEL),
        control,
        rx.text(hint, id=f"{name}-hint", size="1", color=theme.QUIET) if are_said(hint) else rx.fragment(),
        _error(name, error),
        style={"display": "grid", "gap": theme.SPACE_1, "min_width": "0"},
    )


def text_input(
    label: Words, name: str, kind: str = "text", *, hint: Words = "", error: Words = "", **more: object
) -> rx.Component:
    """One line of text. `more` goes to the input (placeholder, required, default_value, on_change …)."""
    control = rx.text_field(
        id=name,
        name=name,
        type=kind,
        width="100%",
        **{"size": "2", "auto_complete": "off", **_bound(name, error), **more},
    )
    return field(label, control, name=name, hint=hint, error=error)


def text_lines(label: Words, name: str, *, hint: Words = "", error: Words = "", **more: object) -> rx.Component:
    """Several lines of text, growing with what is in it."""
    control = rx.text_area(
        id=name,
        name=name,
        width="100%",
        **{"size": "2", "rows": "3", "resize": "vertical", **_bound(name, error), **more},
    )
    return field(label, control, name=name, hint=hint, error=error)


def pick_one(
    label: Words, name: str, *items: rx.Component, hint: Words = "", error: Words = "", **more: object
) -> rx.Component:
    """A select; `items` are `rx.select.item`s or a foreach of them."""
    control = rx.select.root(
        rx.select.trigger(id=name, width="100%", **_bound(name, error)),
        rx.select.content(*items, position="popper"),
        name=name,
        **{"size": "2", **more},
    )
    return field(label, control, name=name, hint=hint, error=error)


def _bound(name: str, error: Words) -> dict[str, object]:
    described: dict[str, object] = {"aria_describedby": f"{name}-hint {name}-error"}
    if not are_said(error):
        return described
    return {**described, "aria_invalid": rx.cond(error != "", "true", "false") if isinstance(error, rx.Var) else "true"}


def _error(name: str, error: Words) -> rx.Component:
    if not are_said(error):
        return rx.fragment()
    shown = rx.flex(
        rx.icon("circle-alert", size=theme.ICON_SMALL, flex="none", margin_top=theme.SPACE_1),
        rx.text(error, as_="span", size="2"),
        id=f"{name}-error",
        role="alert",
        gap=theme.SPACE_1,
        color="var(--red-11)",
    )
    return rx.cond(error != "", shown) if isinstance(error, rx.Var) else shown


_LABEL = {"font_size": theme.FONT_2, "font_weight": theme.MEDIUM, "line_height": theme.LINE_HEIGHT}
