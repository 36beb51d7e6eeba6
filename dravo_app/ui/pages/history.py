"""/history: every post, and what happened to it on each account."""

import reflex as rx

from dravo_app.models import JobStatus
from dravo_app.ui import routes, theme
from dravo_app.ui.components.every import every
from dravo_app.ui.components.faces import empty_face, error_face, loading_face, unmatched_face
from dravo_app.ui.components.post_row import post_row
from dravo_app.ui.layout import member_page
from dravo_app.ui.pages.history_rows import Choice
from dravo_app.ui.pages.history_state import HistoryState
from dravo_app.ui.session import Look

_CLEARED = rx.cond(Look.environment == "test", routes.address(routes.HISTORY, environment="test"), routes.HISTORY)


def history() -> rx.Component:
    return member_page(
        routes.HISTORY,
        every(seconds=3, on_tick=HistoryState.look_again),
        rx.flex(
            rx.box(
                rx.heading("History", as_="h1", size="6", trim="both"),
                rx.text(
                    "Every post, and what happened to it on each account.",
                    size="2",
                    color=theme.QUIET,
                    margin_top="10px",
                ),
            ),
            rx.spacer(),
            rx.text(
                rx.cond((HistoryState.face == "filled") | (HistoryState.face == "unmatched"), HistoryState.total, ""),
                size="2",
                color=theme.QUIET,
                role="status",
                white_space="nowrap",
            ),
            align="end",
            gap="16px",
        ),
        _filters(),
        rx.match(
            HistoryState.face,
            ("filled", _rows()),
            ("empty", empty_face(HistoryState.demo_account, HistoryState.command, HistoryState.publish_sample)),
            ("unmatched", unmatched_face(_CLEARED)),
            ("error", error_face(HistoryState.trouble, HistoryState.try_again, _CLEARED)),
            loading_face(),
        ),
    )


def _filters() -> rx.Component:
    return rx.form(
        rx.flex(
            rx.text_field(
                rx.text_field.slot(rx.icon("search", size=15)),
                name="q",
                type="search",
                placeholder="Search the text",
                aria_label="Search the text",
                default_value=HistoryState.filters.get("q", ""),
                key="q" + HistoryState.filters.get("q", "").to(str),
                style={"flex": "1 1 220px", theme.PHONE: {"flex": "1 1 100%"}},
            ),
            _select("Status", "status", "Any status", HistoryState.choose_status, _statuses()),
            _select("Network", "network", "Any network", HistoryState.choose_network, _choices(HistoryState.networks)),
            _select("Account", "account", "Any account", HistoryState.choose_account, _choices(HistoryState.accounts)),
            _dates(),
            rx.cond(
                HistoryState.filters.length() > 0,
                rx.link("Clear", href=_CLEARED, size="2", color=theme.QUIET, padding="6px 2px"),
            ),
            wrap="wrap",
            gap="8px",
            align="center",
        ),
        on_submit=HistoryState.search,
        role="search",
        aria_label="Filters",
        style={"margin": "22px 0 14px"},
    )


def _select(label: str, name: str, nothing: str, choose: rx.event.EventType, items: rx.Component) -> rx.Component:
    return rx.select.root(
        rx.select.trigger(
            aria_label=label, style={"min_width": "118px", theme.PHONE: {"flex": "1 1 40%", "min_width": "0"}}
        ),
        rx.select.content(rx.select.item(nothing, value="all"), items, position="popper"),
        value=HistoryState.filters.get(name, "all").to(str),
        on_change=choose,
    )


def _statuses() -> rx.Component:
    return rx.fragment(*(rx.select.item(status.value.capitalize(), value=status.value) for status in JobStatus))


def _choices(choices: rx.Var[list[Choice]] | list[Choice]) -> rx.Component:
    return rx.foreach(choices, lambda choice: rx.select.item(choice.label, value=choice.value))


def _dates() -> rx.Component:
    since, until = HistoryState.filters.get("since", ""), HistoryState.filters.get("until", "")
    shown = rx.cond((since != "") | (until != ""), since.to(str) + " – " + until.to(str), "Any time")
    return rx.popover.root(
        rx.popover.trigger(
            rx.button(
                rx.icon("calendar", size=15, color=theme.QUIET),
                shown,
                type="button",
                variant="surface",
                color_scheme="gray",
                aria_label="Dates: " + shown,
                style={"color": theme.TEXT, "font_weight": "400", theme.PHONE: {"flex": "1 1 40%"}},
            )
        ),
        rx.popover.content(
            rx.form(
                rx.flex(
                    _date("From", "since", since.to(str)),
                    _date("To", "until", until.to(str)),
                    rx.text("Whole days in UTC, the last one included.", size="1", color=theme.QUIET),
                    rx.popover.close(rx.button("Show", type="submit", width="100%")),
                    direction="column",
                    gap="12px",
                ),
                on_submit=HistoryState.choose_dates,
            ),
            align="end",
            width="240px",
        ),
    )


def _date(label: str, name: str, value: rx.Var[str]) -> rx.Component:
    return rx.el.label(
        rx.text(label, as_="span", size="2", weight="medium"),
        rx.text_field(name=name, type="date", default_value=value, key=f"{name}{value}"),
        style={"display": "flex", "flex_direction": "column", "gap": "4px"},
    )


def _rows() -> rx.Component:
    return rx.fragment(
        rx.el.ul(
            rx.foreach(HistoryState.rows, post_row),
            aria_label="Posts",
            style={
                "list_style": "none",
                "margin": "0",
                "padding": "0",
                "background": theme.PANEL,
                "border": f"1px solid {theme.LINE}",
                "border_radius": theme.ROUND,
                "box_shadow": theme.SHADE,
                "overflow": "hidden",
            },
        ),
        rx.el.nav(
            rx.cond(HistoryState.newest != "", rx.link("← Newest", href=HistoryState.newest, size="2")),
            rx.spacer(),
            rx.cond(HistoryState.older != "", rx.link("Older →", href=HistoryState.older, size="2")),
            aria_label="More posts",
            style={"display": "flex", "padding": "14px 4px"},
        ),
    )
