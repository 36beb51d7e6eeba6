"""A delivery's timeline: one line per moment, a dot in its colour, the exact time and how long ago that was."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.code_block import code
from dravo_app.ui.components.instants import ago, exact_time
from dravo_app.ui.pages.receipt_rows import MomentRow


def timeline(moments: rx.Var[list[MomentRow]], *last: rx.Component) -> rx.Component:
    """Oldest first; `last` is what comes next, which has not happened yet."""
    return rx.el.ol(rx.foreach(moments, _moment), *last, style=_LIST)


def coming(words: rx.Component, at: rx.Var[str]) -> rx.Component:
    """What happens next, as a hollow dot at the end."""
    return rx.el.li(
        _dot("transparent", theme.QUIET),
        rx.el.div(words, rx.cond(at != "", _when(at)), style=_BODY),
        style=_LINE,
    )


def _moment(moment: rx.Var[MomentRow]) -> rx.Component:
    colour = rx.match(
        moment.tone, *((name, f"var(--{tone}-9)") for name, tone in theme.STATUS_COLOURS.items()), theme.QUIET
    )
    return rx.el.li(
        _dot(colour, colour),
        rx.el.div(
            rx.el.div(
                rx.text(moment.title, as_="span", size="2", weight="medium"),
                _when(moment.at),
                style=_HEAD,
            ),
            rx.cond(
                moment.words != "",
                rx.text(moment.words, size="2", color=theme.QUIET, style={"overflow_wrap": "anywhere"}),
            ),
            rx.cond(
                moment.until != "",
                rx.text("Until ", exact_time(moment.until), size="2", color=theme.QUIET),
            ),
            rx.cond((moment.code != "") | (moment.raw != ""), _for_developers(moment)),
            style=_BODY,
        ),
        style=_LINE,
    )


def _for_developers(moment: rx.Var[MomentRow]) -> rx.Component:
    return rx.flex(
        rx.cond(moment.code != "", rx.text(code(moment.code), size="1", color=theme.QUIET)),
        rx.cond(
            moment.raw != "",
            rx.el.details(
                rx.el.summary("The network's answer", style=_SUMMARY),
                rx.el.pre(moment.raw, tab_index=0, role="region", aria_label="The network's answer", style=_RAW),
                style={"flex_basis": "100%", "min_width": "0"},
            ),
        ),
        wrap="wrap",
        style={"gap": f"{theme.SPACE_1} {theme.SPACE_3}", "margin_top": theme.SPACE_1},
    )


def _when(at: rx.Var[str]) -> rx.Component:
    return rx.el.span(exact_time(at), " · ", ago(at), style=_WHEN)


def _dot(fill: rx.Var[str] | str, edge: rx.Var[str] | str) -> rx.Component:
    return rx.el.span(aria_hidden="true", style={**_DOT, "background": fill, "border_color": edge})


_LIST = {"list_style": "none", "margin": "0", "padding": "0"}
_LINE = {
    "position": "relative",
    "display": "flex",
    "gap": theme.SPACE_3,
    "padding_bottom": theme.SPACE_4,
    "&:last-child": {"padding_bottom": "0"},
    "&:not(:last-child)::before": {  # the line from this dot to the next
        "content": '""',
        "position": "absolute",
        "left": f"calc({theme.SPACE_3} / 2 - 1px)",
        "top": f"calc({theme.SPACE_4} + 2px)",
        "bottom": f"calc(-1 * {theme.SPACE_1})",
        "border_left": f"2px solid {theme.LINE}",
    },
}
_DOT = {
    "flex": "none",
    "width": theme.SPACE_3,
    "height": theme.SPACE_3,
    "margin_top": theme.SPACE_1,
    "border": "2px solid",
    "border_radius": theme.ROUND_FULL,
}
_BODY = {"flex": "1", "min_width": "0", "display": "grid"}
_HEAD = {"display": "flex", "flex_wrap": "wrap", "justify_content": "space-between", "gap": f"0 {theme.SPACE_3}"}
_WHEN = {
    "font_size": theme.FONT_1,
    "color": theme.QUIET,
    "line_height": theme.LINE_HEIGHT,
    "font_variant_numeric": "tabular-nums",
}
_SUMMARY = {"font_size": theme.FONT_1, "color": theme.QUIET, "cursor": "pointer", "width": "fit-content"}
_RAW = {
    "margin": f"{theme.SPACE_1} 0 0",
    "padding": f"{theme.SPACE_2} {theme.SPACE_3}",
    "background": theme.SUNKEN,
    "border": theme.HAIRLINE,
    "border_radius": theme.ROUND_SMALL,
    "font_family": theme.MONO,
    "font_size": theme.FONT_1,
    "white_space": "pre-wrap",
    "overflow_wrap": "anywhere",
    "max_height": theme.ANSWER_HEIGHT,
    "overflow_y": "auto",
}
