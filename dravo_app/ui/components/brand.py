"""Dravo's mark: one post that goes to many places."""

import reflex as rx

from dravo_app.ui import theme


def mark(size: str = theme.BRAND) -> rx.Component:
    """The picture alone; beside it stands the name."""
    return rx.image(src="/mark.svg", alt="", width=size, height=size)


def wordmark() -> rx.Component:
    """Picture and name; on a phone the picture alone."""
    name = rx.text("Dravo", weight="bold", size="4", style={theme.PHONE: {"display": "none"}})
    return rx.hstack(mark(), name, spacing="2", align="center")
