"""What components take as text: known when the page is built, or a Var that is filled in the browser."""

import reflex as rx

Words = str | rx.Var[str]


def are_said(words: Words) -> bool:
    """Is there anything to make room for? A Var may always say something."""
    return isinstance(words, rx.Var) or bool(words)
