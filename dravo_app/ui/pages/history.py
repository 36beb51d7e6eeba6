"""/history: every post, and what happened to it on each account."""

import reflex as rx

from dravo_app.models import JobStatus
from dravo_app.ui import routes, theme
from dravo_app.ui.components.button import primary_button
from dravo_app.ui.components.faces import empty_face, error_face, loading_face, unmatched_face
from dravo_app.ui.components.live import live
from dravo_app.ui.components.page_header import page_header
from dravo_app.ui.components.panel import panel_list
from dravo_app.ui.components.post_row import post_row
from dravo_app.ui.layout import member_page
from dravo_app.ui.pages.history_rows import Choice
from dravo_app.ui.pages.history_state import HistoryState
from dravo_app.ui.pages.receipt_rows import HELD
from dravo_app.ui.session import Look

_CLEARED = rx.cond(Look.environment == "test", routes.address(routes.HISTORY, environment="test"), routes.HISTORY)


def history() -> rx.Component:
    return member_page(
        routes.HISTORY,
        live(version=HistoryState.version, is_busy=HistoryState.is_moving, on_change=HistoryState.look_again),
        page_header(
            "History",
            "Every post, and what happened to it on each account.",
            rx.text(
                rx.cond((HistoryState.face == "filled") | (HistoryState.face == "unmatched"), HistoryState.total, ""),
                size="2",
                color=theme.QUIET,
                role="status",
                white_space="nowrap",
            ),
        ),
        _filters(),
        rx.cond(HistoryState.fresh != "", _fresh()),
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
                key=f"q{HistoryState.field_key}",
                on_change=HistoryState.type_text.debounce(_TYPING_PAUSE_MS),
                style={"flex": f"1 1 {theme.FIELD_WIDTH}", theme.PHONE: {"flex": "1 1 100%"}},
            ),
            _select("Status", "status", "Any status", HistoryState.choose_status, _statuses()),
            _select("Network", "network", "Any network", HistoryState.choose_network, _choices(HistoryState.networks)),
            _select("Account", "account", "Any account", HistoryState.choose_account, _choices(HistoryState.accounts)),
            _dates(),
            wrap="wrap",
            align="center",
            style={"gap": theme.SPACE_2},
        ),
        rx.cond(HistoryState.chips.length() > 0, _chips()),
        on_submit=HistoryState.search,
        role="search",
        aria_label="Filters",
        style={"margin_bottom": theme.SPACE_3, "display": "grid", "gap": theme.SPACE_2},
    )


def _chips() -> rx.Component:
    """What is on, each to be taken off by itself."""
    return rx.flex(
        rx.foreach(HistoryState.chips, _chip),
        rx.link("Clear all", href=_CLEARED, size="1", color=theme.QUIET),
        wrap="wrap",
        align="center",
        style={"gap": theme.SPACE_2},
    )


def _chip(chip: rx.Var[Choice]) -> rx.Component:
    return rx.link(
        chip.label,
        rx.icon("x", size=theme.ICON_SMALL, flex="none"),
        href=chip.value,
        aria_label="Without the filter " + chip.label.to(str),
        underline="none",
        size="1",
        style=_CHIP,
    )


def _fresh() -> rx.Component:
    """Stays in view while somebody reads further down."""
    return rx.flex(
        primary_button(
            HistoryState.fresh,
            "arrow-up",
            on_click=[rx.scroll_to("content"), HistoryState.show_fresh],
            radius="full",
            style={"box_shadow": theme.SHADE},
        ),
        role="status",
        justify="center",
        style=_FLOATING,
    )


def _select(label: str, name: str, nothing: str, choose: rx.event.EventType, items: rx.Component) -> rx.Component:
    return rx.select.root(
        rx.select.trigger(
            aria_label=label,
            style={"min_width": theme.SELECT_WIDTH, theme.PHONE: {"flex": "1 1 40%", "min_width": "0"}},
        ),
        rx.select.content(rx.select.item(nothing, value="all"), items, position="popper"),
        value=HistoryState.filters.get(name, "all").to(str),
        on_change=choose,
    )


def _statuses() -> rx.Component:
    words = [*(status.value for status in JobStatus), HELD]
    return rx.fragment(*(rx.select.item(word.capitalize(), value=word) for word in words))


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
                    gap="3",
                ),
                on_submit=HistoryState.choose_dates,
            ),
            align="end",
            width=theme.MENU_WIDTH,
        ),
    )


def _date(label: str, name: str, value: rx.Var[str]) -> rx.Component:
    return rx.el.label(
        rx.text(label, as_="span", size="2", weight="medium"),
        rx.text_field(name=name, type="date", default_value=value, key=f"{name}{value}"),
        style={"display": "flex", "flex_direction": "column", "gap": theme.SPACE_1},
    )


def _rows() -> rx.Component:
    return rx.fragment(
        panel_list(rx.foreach(HistoryState.rows, post_row), label="Posts"),
        rx.el.nav(
            rx.cond(HistoryState.newest != "", rx.link("← Newest", href=HistoryState.newest, size="2")),
            rx.spacer(),
            rx.cond(HistoryState.older != "", rx.link("Older →", href=HistoryState.older, size="2")),
            aria_label="More posts",
            style={"display": "flex", "padding": f"{theme.SPACE_3} {theme.SPACE_1}"},
        ),
    )


_TYPING_PAUSE_MS = 250
_CHIP = {
    "display": "inline-flex",
    "align_items": "center",
    "gap": theme.SPACE_1,
    "padding": f"{theme.SPACE_1} {theme.SPACE_2}",
    "border_radius": theme.ROUND_FULL,
    "background": theme.CHOSEN,
    "color": theme.TEXT,
    "max_width": "100%",
    "overflow_wrap": "anywhere",
}
_FLOATING = {
    "position": "fixed",
    "top": f"calc({theme.BAR_HEIGHT} + {theme.STRIP_HEIGHT} + {theme.SPACE_4})",
    "left": "0",
    "right": "0",
    "z_index": theme.Z_BAR,
    "pointer_events": "none",
    "& > *": {"pointer_events": "auto"},
}
