"""All pages in one table: one address, one file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from dravo_app.ui import layout, routes
from dravo_app.ui.components.connection import connection_wrap
from dravo_app.ui.pages.accounts import accounts
from dravo_app.ui.pages.accounts_change import ChangeState
from dravo_app.ui.pages.accounts_connect import ConnectState
from dravo_app.ui.pages.accounts_state import AccountsState
from dravo_app.ui.pages.compose import compose
from dravo_app.ui.pages.compose_state import ComposeState
from dravo_app.ui.pages.design import DesignState, design
from dravo_app.ui.pages.entrance_state import Entrance
from dravo_app.ui.pages.history import history
from dravo_app.ui.pages.history_state import HistoryState
from dravo_app.ui.pages.login import login
from dravo_app.ui.pages.not_found import not_found
from dravo_app.ui.pages.prove import prove
from dravo_app.ui.pages.prove_state import ProveState
from dravo_app.ui.pages.receipt import receipt
from dravo_app.ui.pages.receipt_state import ReceiptState
from dravo_app.ui.pages.settings import settings
from dravo_app.ui.pages.settings_state import SettingsState
from dravo_app.ui.pages.welcome import welcome


@dataclass(frozen=True)
class Page:
    """What there is to say about a page."""

    route: str
    title: str
    view: Callable[[], rx.Component]
    on_load: rx.event.EventType


PAGES = (
    Page(routes.COMPOSE, "Compose · Dravo", compose, ComposeState.load),
    Page(routes.HISTORY, "History · Dravo", history, HistoryState.load),
    Page(routes.RECEIPT, "Receipt · Dravo", receipt, ReceiptState.load),
    Page(routes.ACCOUNTS, "Accounts · Dravo", accounts, [AccountsState.load, ConnectState.load, ChangeState.load]),
    Page(routes.PROVE, "Prove it · Dravo", prove, ProveState.load),
    Page(routes.SETTINGS, "Settings · Dravo", settings, SettingsState.load),
    Page(routes.DESIGN, "Design · Dravo", design, DesignState.load),
    Page(routes.LOGIN, "Log in · Dravo", login, Entrance.load),
    Page(routes.WELCOME, "Welcome · Dravo", welcome, Entrance.load),
)


def register(app: rx.App) -> None:
    """Give the app its pages."""
    for page in PAGES:
        app.add_page(page.view, route=page.route, title=page.title, description="", on_load=page.on_load)
    app.add_page(not_found, route="404", title="No such page · Dravo", description="")


def looks() -> dict[str, Any]:
    """How every page looks."""
    return {
        "html_lang": "en",
        "head_components": layout.head(),
        "stylesheets": ["/dravo.css"],
        "extra_app_wraps": {(5, "Overlay"): connection_wrap},  # instead of Reflex's own words
    }
