"""A proof under way: how far the posts are, and what is being done to them at this moment."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.panel import panel
from dravo_app.ui.components.words import Words
from dravo_app.ui.pages.prove_rows import MomentRow
from dravo_app.ui.pages.prove_state import ProveState


def running() -> rx.Component:
    return panel(
        rx.el.div(
            rx.heading("The proof runs", as_="h2", size="3", trim="start"),
            rx.text(ProveState.progress.words, size="2", color=theme.QUIET, role="status", style=_WORDS),
            style={"display": "grid", "gap": theme.SPACE_1},
        ),
        _bar(),
        rx.el.dl(
            _number("Accepted", ProveState.progress.accepted, ""),
            _number("Under way", ProveState.progress.under_way, theme.MARK_UNDER_WAY),
            _number("Published", ProveState.progress.published, theme.MARK_PUBLISHED),
            _number("Failed with a reason", ProveState.progress.failed, theme.MARK_FAILED),
            _number("Faults played", ProveState.progress.faults, ""),
            _number("Workers killed", ProveState.progress.kills, ""),
            style=_NUMBERS,
        ),
        rx.el.div(
            rx.heading("What is done to them", as_="h3", size="2"),
            rx.el.ol(rx.foreach(ProveState.moments, _moment), reversed=True, style=_MOMENTS),
            style={"display": "grid", "gap": theme.SPACE_2},
        ),
        rx.text("Leaving this page stops nothing; it finds the proof again.", size="1", color=theme.QUIET),
        style={"display": "grid", "gap": theme.SPACE_5, "grid_template_columns": "minmax(0, 1fr)"},
    )


def _bar() -> rx.Component:
    """Accepted behind, published and failed before it: what is between them is under way."""
    progress = ProveState.progress
    return rx.el.div(
        _share(progress.accepted_percent, theme.MARK_UNDER_WAY),
        _share(progress.published_percent + progress.failed_percent, theme.MARK_FAILED),
        _share(progress.published_percent, theme.MARK_PUBLISHED),
        role="progressbar",
        aria_label="Deliveries that have come to an end",
        aria_valuemin="0",
        aria_valuemax="100",
        aria_valuenow=rx.Var.create(progress.published_percent + progress.failed_percent).to_string(),
        style=_BAR,
    )


def _share(percent: rx.Var[int] | int, colour: str) -> rx.Component:
    return rx.el.div(
        style={
            "position": "absolute",
            "inset": "0 auto 0 0",
            "width": f"{percent}%",
            "background": colour,
            "transition": f"width {theme.SLOW}",
        }
    )


def _number(words: str, value: Words, colour: str) -> rx.Component:
    dot = rx.el.span(aria_hidden="true", style={**_DOT, "background": colour}) if colour else rx.fragment()
    return rx.el.div(
        rx.el.dt(dot, words, style=_TERM),
        rx.el.dd(value, style=_VALUE),
    )


def _moment(moment: rx.Var[MomentRow]) -> rx.Component:
    icon = rx.cond(
        moment.kind == "kill",
        rx.icon("skull", size=theme.ICON_SMALL, flex="none", color="var(--red-11)"),
        rx.icon("zap", size=theme.ICON_SMALL, flex="none", color="var(--amber-11)"),
    )
    return rx.el.li(
        rx.el.span(moment.at, style=_AT),
        icon,
        rx.el.span(
            moment.words,
            style={"font_weight": rx.cond(moment.kind == "kill", theme.BOLD, theme.NORMAL), "min_width": "0"},
        ),
        key=moment.number.to_string(),
        style=_MOMENT,
    )


_WORDS = {"min_height": theme.LINE_HEIGHT}
_BAR = {
    "position": "relative",
    "height": theme.SPACE_3,
    "border_radius": theme.ROUND_FULL,
    "background": theme.SUNKEN,
    "box_shadow": f"inset 0 0 0 1px {theme.LINE}",
    "overflow": "hidden",
}
_NUMBERS = {
    "display": "grid",
    "grid_template_columns": "repeat(6, minmax(0, 1fr))",
    "gap": theme.SPACE_3,
    "margin": "0",
    theme.NARROW: {"grid_template_columns": "repeat(3, minmax(0, 1fr))"},
    theme.PHONE: {"grid_template_columns": "repeat(2, minmax(0, 1fr))"},
}
_TERM = {
    "display": "flex",
    "align_items": "center",
    "gap": theme.SPACE_2,
    "font_size": theme.FONT_1,
    "color": theme.QUIET,
    "line_height": theme.LINE_HEIGHT,
}
_VALUE = {
    "margin": "0",
    "font_size": theme.FONT_4,
    "font_weight": theme.MEDIUM,
    "font_variant_numeric": "tabular-nums",
    "line_height": "1.4",
}
_DOT = {"width": theme.SPACE_2, "height": theme.SPACE_2, "border_radius": theme.ROUND_FULL, "flex": "none"}
_MOMENTS = {
    "list_style": "none",
    "margin": "0",
    "padding": "0",
    "display": "grid",
    "align_content": "start",
    "height": theme.MOMENTS_HEIGHT,
    "overflow": "hidden",
    theme.PHONE: {"height": theme.MOMENTS_HEIGHT_PHONE},
}
_MOMENT = {
    "display": "flex",
    "align_items": "center",
    "gap": theme.SPACE_2,
    "font_size": theme.FONT_2,
    "line_height": theme.LINE_HEIGHT,
    "padding": f"{theme.SPACE_1} 0",
    theme.PHONE: {"font_size": theme.FONT_1, "min_height": theme.MOMENT_PHONE},
}
_AT = {
    "color": theme.QUIET,
    "font_size": theme.FONT_1,
    "font_variant_numeric": "tabular-nums",
    "min_width": theme.SECONDS_WIDTH,
    "text_align": "right",
    "flex": "none",
}
