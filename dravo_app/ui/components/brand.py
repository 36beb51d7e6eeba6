"""Dravo's mark: one post that goes to many places."""

import reflex as rx


def mark(size: str = "24px") -> rx.Component:
    """The picture alone; beside it stands the name."""
    return rx.image(src="/mark.svg", alt="", width=size, height=size)


def wordmark() -> rx.Component:
    """Picture and name."""
    return rx.hstack(mark(), rx.text("Dravo", weight="bold", size="4", trim="both"), spacing="2", align="center")
