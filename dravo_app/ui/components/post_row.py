"""One publish job as a line; it opens to its receipt."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.local_time import local_time
from dravo_app.ui.components.network_mark import network_mark
from dravo_app.ui.components.receipt import receipt
from dravo_app.ui.components.status_badge import status_badge
from dravo_app.ui.pages.history_rows import HistoryRow


def post_row(row: rx.Var[HistoryRow]) -> rx.Component:
    """A list item; opening and closing needs no server."""
    return rx.el.li(
        rx.el.details(
            rx.el.summary(
                rx.flex(status_badge(row.status), align="center", style={"grid_area": "status", "min_width": "96px"}),
                rx.text(row.text, size="2", style={**_ONE_LINE, "grid_area": "text"}),
                _marks(row),
                rx.text(
                    local_time(rx.cond(row.scheduled_at != "", row.scheduled_at, row.created_at)),
                    size="1",
                    color=theme.QUIET,
                    style={"grid_area": "time", "text_align": "right"},
                ),
                rx.icon("chevron-right", size=15, class_name="chevron", color=theme.QUIET, style={"grid_area": "open"}),
                style=_SUMMARY,
            ),
            receipt(row),
            style={
                "&[open] .chevron": {"transform": "rotate(90deg)"},
                "&[open] > summary": {"background": theme.HOVER},
            },
        ),
        key=row.job_id,
        custom_attrs={"data-job": row.job_id},
        style={"&:not(:last-child)": {"border_bottom": f"1px solid {theme.LINE}"}},
    )


def _marks(row: rx.Var[HistoryRow]) -> rx.Component:
    return rx.flex(
        rx.foreach(row.shown_results, lambda result: network_mark(result.network, result.network_name)),
        rx.cond(row.more != "", rx.text(row.more, size="1", color=theme.QUIET)),
        gap="4px",
        align="center",
        style={"grid_area": "marks", "justify_content": "flex-end", theme.PHONE: {"justify_content": "flex-start"}},
    )


_ONE_LINE = {
    "overflow": "hidden",
    "text_overflow": "ellipsis",
    "white_space": "nowrap",
    "line_height": "20px",
    theme.PHONE: {
        "white_space": "normal",
        "display": "-webkit-box",
        "-webkit_line_clamp": "2",
        "-webkit_box_orient": "vertical",
    },
    "min_width": "0",
}
_SUMMARY = {
    "display": "grid",
    "grid_template": "'status text marks time open' auto / auto minmax(0, 1fr) auto auto 16px",
    "align_items": "center",
    "gap": "4px 14px",
    "padding": "12px 16px",
    "cursor": "pointer",
    "list_style": "none",
    "&::-webkit-details-marker": {"display": "none"},
    "&:hover": {"background": theme.HOVER},
    "&:focus-visible": {"outline_offset": "-2px"},
    ".chevron": {"transition": "transform 120ms"},
    theme.PHONE: {
        "grid_template": "'status time' auto 'text text' auto 'marks marks' auto / auto 1fr",
        "padding": "12px 14px",
        "row_gap": "8px",
        ".chevron": {"display": "none"},
    },
}
