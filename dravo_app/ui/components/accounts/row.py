"""One account as a line: who it is, whether it works, what to do about it."""

from typing import Any

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.button import quiet_button
from dravo_app.ui.components.local_time import local_time
from dravo_app.ui.components.network_mark import network_mark
from dravo_app.ui.components.panel import panel_row
from dravo_app.ui.components.status_badge import health_badge
from dravo_app.ui.pages.accounts_change import ChangeState
from dravo_app.ui.pages.accounts_connect import ConnectState
from dravo_app.ui.pages.accounts_rows import AccountRow
from dravo_app.ui.pages.accounts_state import AccountsState


def account_row(row: rx.Var[AccountRow]) -> rx.Component:
    """An item of the list of accounts."""
    return panel_row(
        network_mark(row.network, row.network_name),
        _names(row),
        health_badge(row.health),
        _actions(row),
        _facts(row),
        rx.cond(row.sentence != "", _trouble(row)),
        key=row.id,
        custom_attrs={"data-account": row.id},
        style=_ROW,
    )


def _names(row: rx.Var[AccountRow]) -> rx.Component:
    return rx.el.div(
        rx.text(row.title, size="2", weight="medium", as_="span", style=_CUT, title=row.title),
        rx.text(
            rx.cond(row.name != "", row.handle + " · ", "") + row.network_name,
            size="2",
            color=theme.QUIET,
            as_="span",
            style=_CUT,
        ),
        style={"grid_area": "names", "display": "grid", "min_width": "0"},
    )


def _facts(row: rx.Var[AccountRow]) -> rx.Component:
    def fact(words: str, instant: rx.Var[str]) -> rx.Component:
        return rx.cond(instant != "", rx.el.li(words, local_time(instant)))

    return rx.el.ul(
        fact("Connected ", row.connected_at),
        rx.cond(
            row.last_published_at != "",
            rx.el.li("Last post ", local_time(row.last_published_at)),
            rx.el.li("No post yet"),
        ),
        fact("Access ends ", row.ends_at),
        rx.cond(row.waiting != "", rx.el.li(row.waiting)),
        rx.cond(row.limits != "", rx.el.li(row.limits)),
        aria_label="About this account",
        style=_FACTS,
    )


def _trouble(row: rx.Var[AccountRow]) -> rx.Component:
    is_for_others = row.needs_admin & ~AccountsState.may_change
    return rx.text(
        row.sentence,
        rx.cond(is_for_others, " Ask an admin.", ""),
        size="2",
        color=rx.cond(row.needs_admin, theme.TEXT, theme.QUIET),
        style={"grid_area": "told", "overflow_wrap": "anywhere", "max_width": theme.READABLE},
    )


def _actions(row: rx.Var[AccountRow]) -> rx.Component:
    again = quiet_button("Reconnect", "plug", on_click=_of(ConnectState.connect_again, row))
    return rx.flex(
        rx.cond(row.needs_reconnect & AccountsState.may_change, again),
        _menu(row),
        align="center",
        style={"grid_area": "actions", "gap": theme.SPACE_3},
    )


def _menu(row: rx.Var[AccountRow]) -> rx.Component:
    item = rx.dropdown_menu.item
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(
            rx.icon_button(
                rx.icon("ellipsis", size=theme.ICON),
                aria_label="Actions for " + row.title,
                loading=ChangeState.checking == row.id,
                class_name="touch",
                variant="ghost",
                color_scheme="gray",
                margin="0",
            )
        ),
        rx.dropdown_menu.content(
            item(rx.icon("history", size=theme.ICON_SMALL), "History", on_select=rx.redirect(row.history)),
            rx.cond(
                row.is_connected,
                item(rx.icon("activity", size=theme.ICON_SMALL), "Check access", on_select=_of(ChangeState.check, row)),
            ),
            rx.cond(AccountsState.may_change, _changes(row)),
            align="end",
        ),
    )


def _changes(row: rx.Var[AccountRow]) -> rx.Component:
    item = rx.dropdown_menu.item
    again = item(rx.icon("plug", size=theme.ICON_SMALL), "Reconnect…", on_select=_of(ConnectState.connect_again, row))
    if_connected = rx.fragment(
        item(rx.icon("pencil", size=theme.ICON_SMALL), "Rename…", on_select=_of(ChangeState.ask_name, row)),
        again,
        rx.dropdown_menu.separator(),
        item(
            rx.icon("unplug", size=theme.ICON_SMALL),
            "Disconnect…",
            color_scheme="red",
            on_select=_of(ChangeState.ask_disconnect, row),
        ),
    )
    return rx.cond(row.is_connected, if_connected, again)


def _of(handler: Any, row: rx.Var[AccountRow]) -> rx.event.EventType:
    """The handler for this row's account: Reflex wraps handlers so that type checkers don't see that they can be called."""
    called: rx.event.EventType = handler(row.id)
    return called


_CUT = {"overflow": "hidden", "text_overflow": "ellipsis", "white_space": "nowrap", "min_width": "0"}
_ROW = {
    "display": "grid",
    "grid_template": (
        f"'mark names badge actions' auto 'mark facts facts facts' auto 'mark told told told' auto "
        f"/ {theme.TILE} minmax(0, 1fr) auto auto"
    ),
    "gap": f"{theme.SPACE_1} {theme.SPACE_3}",
    theme.PHONE: {
        "grid_template": (
            f"'mark names actions' auto 'mark badge badge' auto 'mark facts facts' auto 'mark told told' auto "
            f"/ {theme.TILE} minmax(0, 1fr) auto"
        ),
    },
    "& > [role=img]": {"grid_area": "mark", "align_self": "start", "margin_top": theme.SPACE_1},
    "& > .rt-Badge": {"grid_area": "badge", "justify_self": "start"},
}
_FACTS = {
    "grid_area": "facts",
    "list_style": "none",
    "margin": "0",
    "padding": "0",
    "display": "flex",
    "flex_wrap": "wrap",
    "gap": f"0 {theme.SPACE_2}",
    "font_size": theme.FONT_1,
    "color": theme.QUIET,
    "& li:not(:last-child)::after": {"content": "'·'", "margin_left": theme.SPACE_2},
    theme.PHONE: {"display": "block", "& li:not(:last-child)::after": {"content": "none"}},
}
