"""One publish job as a line that leads to its receipt; what wants somebody says so in the line."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.instants import exact_time
from dravo_app.ui.components.local_time import local_time
from dravo_app.ui.components.network_mark import network_mark
from dravo_app.ui.components.status_badge import status_badge
from dravo_app.ui.components.waiting import waiting_words
from dravo_app.ui.pages.history_rows import HistoryRow


def post_row(row: rx.Var[HistoryRow]) -> rx.Component:
    """A list item; the whole line is one link."""
    return rx.el.li(
        rx.link(
            rx.flex(status_badge(row.status), style={"grid_area": "status", "min_width": theme.STATUS_WIDTH}),
            rx.text(row.text, size="2", style={**_ONE_LINE, "grid_area": "text"}),
            _marks(row),
            rx.text(
                local_time(row.at), size="1", color=theme.QUIET, style={"grid_area": "time", "text_align": "right"}
            ),
            rx.icon("chevron-right", size=theme.ICON, color=theme.QUIET, style=_CHEVRON),
            rx.cond(row.trouble != "", _trouble(row), rx.cond(row.waits_before != "", _waiting(row))),
            href=row.href,
            underline="none",
            color="inherit",
            style=_LINE,
        ),
        key=row.job_id,
        custom_attrs={"data-job": row.job_id},
        style={"&:not(:last-child)": {"border_bottom": theme.HAIRLINE}},
    )


def _marks(row: rx.Var[HistoryRow]) -> rx.Component:
    return rx.flex(
        rx.foreach(row.marks, lambda mark: network_mark(mark.network, mark.network_name)),
        rx.cond(row.more != "", rx.text(row.more, size="1", color=theme.QUIET)),
        align="center",
        style={
            "gap": theme.SPACE_1,
            "grid_area": "marks",
            "justify_content": "flex-end",
            theme.PHONE: {"justify_content": "flex-start"},
        },
    )


def _trouble(row: rx.Var[HistoryRow]) -> rx.Component:
    return rx.el.span(
        rx.el.span(
            rx.cond(row.is_stuck, rx.icon("triangle-alert", size=theme.ICON_SMALL, style=_ALERT)),
            row.trouble,
            rx.cond(row.is_stuck, waiting_words(row)),
            style={"display": "block"},
        ),
        rx.el.span(
            "Next: ",
            rx.el.b(row.next_who),
            ". ",
            row.next_words,
            rx.cond(row.next_at != "", rx.fragment(" ", exact_time(row.next_at), ".")),
            style={"display": "block", "color": theme.QUIET},
        ),
        style=_BELOW,
    )


def _waiting(row: rx.Var[HistoryRow]) -> rx.Component:
    return rx.el.span(waiting_words(row), style={**_BELOW, "color": theme.QUIET})


_BELOW = {
    "grid_area": "trouble",
    "font_size": theme.FONT_1,
    "line_height": theme.LINE_HEIGHT,
    "overflow_wrap": "anywhere",
}
_ALERT = {
    "display": "inline",
    "vertical_align": "-2px",
    "margin_right": theme.SPACE_1,
    "color": theme.WARNING,
}
_CHEVRON = {"grid_area": "open", theme.PHONE: {"display": "none"}}
_ONE_LINE = {
    "overflow": "hidden",
    "text_overflow": "ellipsis",
    "white_space": "nowrap",
    "line_height": theme.LINE_HEIGHT,
    theme.PHONE: {
        "white_space": "normal",
        "display": "-webkit-box",
        "-webkit_line_clamp": "2",
        "-webkit_box_orient": "vertical",
    },
    "min_width": "0",
}
_LINE = {
    "display": "grid",
    "grid_template": "'status text marks time open' auto '. trouble trouble trouble trouble' auto"
    f" / auto minmax(0, 1fr) auto auto {theme.SPACE_4}",
    "align_items": "center",
    "gap": f"0 {theme.SPACE_3}",
    "padding": f"{theme.SPACE_3} {theme.SPACE_4}",
    "min_height": theme.ROW_HEIGHT,
    "&:hover": {"background": theme.HOVER},
    "&:focus-visible": {"outline_offset": "-2px"},
    theme.PHONE: {
        "grid_template": "'status time' auto 'text text' auto 'marks marks' auto 'trouble trouble' auto / auto 1fr",
        "row_gap": theme.SPACE_2,
    },
}
