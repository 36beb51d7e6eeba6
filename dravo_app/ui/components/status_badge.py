"""The state of a post or of one of its deliveries, as a word in its colour."""

import reflex as rx

from dravo_app.ui import theme


def status_badge(status: rx.Var[str], size: str = "1") -> rx.Component:
    """A badge; `status` is the word of the API."""
    colour = rx.match(status, *theme.STATUS_COLOURS.items(), "gray")
    return rx.badge(
        status.capitalize(), color_scheme=colour, variant="soft", size=size, radius="full", high_contrast=True
    )
