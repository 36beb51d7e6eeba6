"""What a delivery under way waits for: a calm sentence whose time goes on, and a note in amber once that is too long."""

from typing import Any

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.instants import ago, lasting
from dravo_app.ui.components.note import note
from dravo_app.ui.pages.receipt_rows import DeliveryRow


def waiting_words(row: rx.Var[Any]) -> rx.Component:
    """The sentence, its times going on while somebody reads; `row` is a receipt's or a history's, with `waits_*`."""
    return rx.fragment(
        row.waits_before,
        rx.cond(row.waits_after != "", rx.fragment(lasting(row.waits_since), row.waits_after)),
        rx.cond(row.waits_until != "", rx.fragment(" ", row.waits_then, " ", ago(row.waits_until), ".")),
    )


def stuck_note(row: rx.Var[DeliveryRow]) -> rx.Component:
    """Read out when it appears; who acts stands below."""
    return note(
        "warning",
        rx.el.span(waiting_words(row), style={"display": "block"}),
        rx.cond(row.message != "", rx.el.span(row.message, style={"display": "block", "overflow_wrap": "anywhere"})),
        rx.el.span("Next: ", rx.el.b(row.next_who), ". ", row.next_words, style={"display": "block"}),
        role="status",
        style={"max_width": theme.READABLE},
    )
