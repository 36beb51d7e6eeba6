"""One publish job as a line that opens: what was said, where, how it went, and who acts next."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.local_time import local_time
from dravo_app.ui.components.network_mark import network_mark
from dravo_app.ui.components.status_badge import status_badge
from dravo_app.ui.pages.history_rows import HistoryRow, ResultRow


def post_row(row: rx.Var[HistoryRow]) -> rx.Component:
    """A list item; opening and closing needs no server."""
    return rx.el.li(
        rx.el.details(
            rx.el.summary(
                rx.box(status_badge(row.status), style={"grid_area": "status", "min_width": "96px"}),
                rx.text(row.text, size="2", trim="both", style={**_ONE_LINE, "grid_area": "text"}),
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
            _receipt(row),
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
        style={"grid_area": "marks", "justify_content": "flex-end"},
    )


def _receipt(row: rx.Var[HistoryRow]) -> rx.Component:
    return rx.box(
        rx.text(
            row.text, size="3", style={"white_space": "pre-wrap", "overflow_wrap": "anywhere", "max_width": "68ch"}
        ),
        rx.flex(
            _fact("Created", row.created_at),
            _fact("Scheduled for", row.scheduled_at),
            _fact("Finished", row.finished_at),
            rx.text(
                rx.el.code(
                    row.job_id, style={"font_family": theme.MONO, "font_size": "12px", "overflow_wrap": "anywhere"}
                ),
                color=theme.QUIET,
            ),
            wrap="wrap",
            style={"gap": "4px 18px", "margin": "12px 0 16px"},
        ),
        rx.el.ul(rx.foreach(row.results, _result), aria_label="Accounts", style=_RESULTS),
        style={
            "padding": "18px 20px 20px",
            "background": theme.SUNKEN,
            "border_top": f"1px solid {theme.LINE}",
            theme.PHONE: {"padding": "14px"},
        },
    )


def _fact(label: str, instant: rx.Var[str]) -> rx.Component:
    return rx.cond(instant != "", rx.text(f"{label} ", local_time(instant), size="1", color=theme.QUIET))


def _result(result: rx.Var[ResultRow]) -> rx.Component:
    return rx.el.li(
        rx.flex(
            network_mark(result.network, result.network_name),
            rx.text(result.network_name, size="2", weight="medium"),
            rx.text(result.handle, size="2", color=theme.QUIET, style={"overflow_wrap": "anywhere"}),
            status_badge(result.status),
            rx.cond(result.attempts != "", rx.text(result.attempts, size="1", color=theme.QUIET)),
            rx.spacer(),
            rx.cond(
                result.permalink != "",
                rx.link(
                    "View post",
                    rx.icon(
                        "arrow-up-right",
                        size=14,
                        style={"display": "inline", "vertical_align": "-2px", "margin_left": "2px"},
                    ),
                    href=result.permalink,
                    is_external=True,
                    size="2",
                ),
                rx.cond(result.post_id != "", rx.text(result.post_id, size="1", color=theme.QUIET)),
            ),
            align="center",
            wrap="wrap",
            style={"gap": "6px 10px"},
        ),
        rx.cond(result.message != "", _trouble(result)),
        style={"padding": "12px 14px", "&:not(:last-child)": {"border_bottom": f"1px solid {theme.LINE}"}},
    )


def _trouble(result: rx.Var[ResultRow]) -> rx.Component:
    return rx.box(
        rx.text(result.message, size="2", style={"overflow_wrap": "anywhere"}),
        rx.text(
            rx.cond(result.who != "", rx.fragment("Who acts next: ", rx.el.b(result.who), ". ")),
            result.what_next,
            rx.cond(result.retry_at != "", rx.fragment(" Next try: ", local_time(result.retry_at), ".")),
            size="2",
            color=theme.QUIET,
            margin_top="2px",
        ),
        rx.cond(
            result.code != "",
            rx.text(
                rx.el.code(result.code, style={"font_family": theme.MONO}),
                size="1",
                color=theme.QUIET,
                margin_top="4px",
            ),
        ),
        style={
            "margin": "8px 0 2px 30px",
            "padding_left": "12px",
            "border_left": rx.match(result.status, ("failed", "2px solid var(--red-8)"), "2px solid var(--amber-8)"),
            theme.PHONE: {"margin_left": "0"},
        },
    )


_ONE_LINE = {
    "overflow": "hidden",
    "text_overflow": "ellipsis",
    "white_space": "nowrap",
    "line_height": "20px",
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
        "grid_template": "'text text open' auto 'status marks time' auto / auto 1fr auto",
        "padding": "12px 14px",
        "row_gap": "8px",
    },
}
_RESULTS = {
    "list_style": "none",
    "margin": "0",
    "padding": "0",
    "background": theme.PANEL,
    "border": f"1px solid {theme.LINE}",
    "border_radius": "var(--radius-3)",
}
