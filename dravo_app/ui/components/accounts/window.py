"""A window over the accounts page that its state opens and closes: many rows lead to the same one, so it has no trigger."""

import reflex as rx

from dravo_app.ui import theme

Words = str | rx.Var[str]


def window(
    is_open: rx.Var[bool] | bool, on_close: rx.event.EventType, title: Words, words: Words, *content: rx.Component
) -> rx.Component:
    """`on_close` gets False when the reader closes it."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(title, size="4"),
            rx.dialog.description(words, size="2", color=theme.QUIET),
            *content,
            max_width=theme.DIALOG_WIDTH,
        ),
        open=is_open,
        on_open_change=on_close,
    )
