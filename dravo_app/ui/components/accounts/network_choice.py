"""Which network a form is for: a select, since there will be more of them than fit beside each other."""

import reflex as rx

from dravo_app.ui.components.accounts.words import forms
from dravo_app.ui.components.field import pick_one
from dravo_app.ui.pages.accounts_connect import ConnectState


def network_choice() -> rx.Component:
    """The networks that can be connected by credentials."""
    items = [rx.select.item(form.name, value=slug) for slug, form in forms().items()]
    return pick_one("Network", "network", *items, value=ConnectState.network, on_change=ConnectState.choose_network)
