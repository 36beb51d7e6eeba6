"""What happened to one publish job: what was said, where, how it went, and who acts next."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.local_time import local_time
from dravo_app.ui.components.network_mark import network_mark
from dravo_app.ui.components.status_badge import status_badge
from dravo_app.ui.pages.history_rows import HistoryRow, ResultRow


def receipt(row: rx.Var[HistoryRow]) -> rx.Component:
    """The whole text, its times, and one entry per account."""
    return rx.box(
        rx.text(
            row.text, size="3", style={"white_space": "pre-wrap", "overflow_wrap": "anywhere", "max_width": "68ch"}
        ),
        rx.flex(
            _fact("Created", row.created_at),
            _fact("Scheduled for", row.scheduled_at),
            _fact("Finished", row.finished_at),
            rx.text(rx.el.code(row.job_id, style=_CODE), size="1", color=theme.QUIET),
            wrap="wrap",
            align="center",
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
                result.link != "",
                rx.link(
                    result.link_words,
                    rx.icon(
                        "arrow-up-right",
                        size=14,
                        style={"display": "inline", "vertical_align": "-2px", "margin_left": "2px"},
                    ),
                    href=result.link,
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
                rx.el.code(result.code, style=_CODE),
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


_CODE = {"font_family": theme.MONO, "font_size": "12px", "overflow_wrap": "anywhere"}
_RESULTS = {
    "list_style": "none",
    "margin": "0",
    "padding": "0",
    "background": theme.PANEL,
    "border": f"1px solid {theme.LINE}",
    "border_radius": "var(--radius-3)",
}
