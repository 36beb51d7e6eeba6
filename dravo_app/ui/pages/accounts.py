"""/accounts: the connected profiles, their health, connect and disconnect."""

import reflex as rx

from dravo_app.models import Health
from dravo_app.ui import routes, theme
from dravo_app.ui.components.accounts.change_windows import disconnect_window, rename_window
from dravo_app.ui.components.accounts.connect_form import connect_window, reconnect_window
from dravo_app.ui.components.accounts.row import account_row
from dravo_app.ui.components.accounts.sandbox_form import one_click_accounts, sandbox_window
from dravo_app.ui.components.accounts.words import forms
from dravo_app.ui.components.button import link_button, primary_button, quiet_button
from dravo_app.ui.components.faces import loading_rows, nothing_found, nothing_here, went_wrong
from dravo_app.ui.components.note import note
from dravo_app.ui.components.page_header import page_header
from dravo_app.ui.components.panel import panel_list
from dravo_app.ui.components.world import LIVE, TEST
from dravo_app.ui.layout import member_page
from dravo_app.ui.pages.accounts_connect import ConnectState
from dravo_app.ui.pages.accounts_state import AccountsState
from dravo_app.ui.session import Look

_CLEARED = rx.cond(Look.environment == "test", routes.address(routes.ACCOUNTS, environment="test"), routes.ACCOUNTS)


def accounts() -> rx.Component:
    return member_page(
        routes.ACCOUNTS,
        page_header("Accounts", "Where your posts go, and whether Dravo can reach them.", *_main_actions()),
        rx.cond(AccountsState.attention != "", _attention()),
        rx.cond(AccountsState.face != "empty", _filters()),
        rx.match(
            AccountsState.face,
            ("filled", _rows()),
            ("empty", _empty()),
            ("unmatched", nothing_found("No account matches", _FEWER, link_button("Clear the filters", _CLEARED))),
            ("error", _error()),
            loading_rows(),
        ),
        rx.cond(AccountsState.disconnected != "", _disconnected()),
        connect_window(),
        reconnect_window(),
        sandbox_window(),
        rename_window(),
        disconnect_window(),
    )


def _main_actions() -> list[rx.Component]:
    live = primary_button("Connect an account", "plug", on_click=ConnectState.connect_new, class_name=LIVE)
    by_hand = quiet_button("Connect with credentials", on_click=ConnectState.connect_new, class_name=TEST)
    sandbox = primary_button("Add a sandbox account", "plus", on_click=ConnectState.connect_sandbox, class_name=TEST)
    ask = rx.text("Ask an admin to connect accounts.", size="2", color=theme.QUIET)
    is_known = AccountsState.face != "loading"
    live_unless_empty = rx.cond(AccountsState.face != "empty", live)  # there it stands in the middle
    return [rx.cond(AccountsState.may_change, rx.fragment(live_unless_empty, by_hand, sandbox), rx.cond(is_known, ask))]


def _attention() -> rx.Component:
    link = rx.link("Show which", href=AccountsState.attention_link, size="2", color="inherit", underline="always")
    return rx.box(note("warning", AccountsState.attention, " ", link, role="status"), margin_bottom=theme.SPACE_4)


def _filters() -> rx.Component:
    query = AccountsState.filters.get("q", "").to(str)
    networks = [rx.select.item(form.name, value=slug) for slug, form in forms().items()]
    healths = [rx.select.item(theme.HEALTH_WORDS[health], value=health.value) for health in Health]
    return rx.form(
        rx.flex(
            rx.text_field(
                rx.text_field.slot(rx.icon("search", size=theme.ICON_SMALL)),
                name="q",
                type="search",
                placeholder="Search accounts",
                aria_label="Search accounts",
                default_value=query,
                key="q" + query,
                style={"flex": f"1 1 {theme.FIELD_WIDTH}", theme.PHONE: {"flex": "1 1 100%"}},
            ),
            _select("Network", "network", "Any network", AccountsState.choose_network, networks),
            _select("Health", "health", "All connected", AccountsState.choose_health, healths),
            rx.text(
                rx.cond(AccountsState.face != "loading", AccountsState.total, ""),
                size="2",
                color=theme.QUIET,
                role="status",
            ),
            wrap="wrap",
            align="center",
            style={"gap": theme.SPACE_2},
        ),
        on_submit=AccountsState.search,
        role="search",
        aria_label="Filters",
        margin_bottom=theme.SPACE_3,
    )


def _select(label: str, name: str, nothing: str, choose: rx.event.EventType, items: list[rx.Component]) -> rx.Component:
    return rx.select.root(
        rx.select.trigger(aria_label=label, style={theme.PHONE: {"flex": "1 1 40%", "min_width": "0"}}),
        rx.select.content(rx.select.item(nothing, value="all"), *items, position="popper"),
        value=AccountsState.filters.get(name, "all").to(str),
        on_change=choose,
    )


def _rows() -> rx.Component:
    return rx.fragment(
        panel_list(rx.foreach(AccountsState.rows, account_row), label="Accounts"),
        rx.el.nav(
            rx.cond(AccountsState.newest != "", rx.link("← Newest", href=AccountsState.newest, size="2")),
            rx.spacer(),
            rx.cond(AccountsState.older != "", rx.link("More →", href=AccountsState.older, size="2")),
            aria_label="More accounts",
            style={"display": "flex", "padding": f"{theme.SPACE_3} {theme.SPACE_1}"},
        ),
    )


def _empty() -> rx.Component:
    live = nothing_here(
        "plug",
        "No account is connected yet",
        "Connect one, and posts can go to it. A live account posts to the real network, for everybody to see; to try "
        "Dravo first, the test world has accounts that post to nobody.",
        rx.cond(
            AccountsState.may_change,
            primary_button("Connect an account", "plug", on_click=ConnectState.connect_new),
        ),
        link_button("Try with a sandbox account", routes.address(routes.ACCOUNTS, environment="test")),
    )
    test = nothing_here(
        "flask-conical",
        "No test account is connected yet",
        "One click makes an account of the built-in sandbox. It works at once, and nothing reaches a real network.",
        rx.cond(AccountsState.may_change, one_click_accounts()),
    )
    return rx.cond(Look.environment == "test", test, live)


def _error() -> rx.Component:
    return went_wrong(
        "The accounts can't be shown",
        AccountsState.trouble,
        primary_button("Try again", on_click=AccountsState.try_again),
        rx.link("Without filters", href=_CLEARED, size="2"),
    )


def _disconnected() -> rx.Component:
    link = rx.link(AccountsState.disconnected, href=AccountsState.disconnected_link, size="2", color=theme.QUIET)
    return rx.box(link, padding=f"{theme.SPACE_2} {theme.SPACE_1}")


_FEWER = "Fewer filters, or another word, may find it."
