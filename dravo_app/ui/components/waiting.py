"""What a delivery under way waits for: a calm sentence whose time goes on, and a note in amber once that is too long."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.instants import lasting
from dravo_app.ui.components.note import note
from dravo_app.ui.pages.receipt_rows import DeliveryRow


def waiting_words(before: rx.Var[str], since: rx.Var[str], after: rx.Var[str]) -> rx.Component:
    """The sentence, its time ticking."""
    return rx.fragment(before, rx.cond(after != "", rx.fragment(lasting(since), after)))


def stuck_note(row: rx.Var[DeliveryRow]) -> rx.Component:
    """Read out when it appears; who acts stands below."""
    return note(
        "warning",
        rx.el.span(waiting_words(row.waits_before, row.waits_since, row.waits_after), style={"display": "block"}),
        rx.el.span("Next: ", rx.el.b(row.next_who), ". ", row.next_words, style={"display": "block"}),
        role="status",
        style={"max_width": theme.READABLE},
    )
