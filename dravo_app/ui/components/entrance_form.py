"""The pieces of the forms that let people in."""

import reflex as rx

from dravo_app.ui import theme


def field(
    label: str, name: str, kind: str = "text", *, hint: str = "", auto_complete: str = "off", **more: object
) -> rx.Component:
    """A labelled field; the label is bound by wrapping."""
    return rx.el.label(
        rx.text(label, size="2", weight="medium", as_="span"),
        rx.text_field(name=name, type=kind, auto_complete=auto_complete, size="3", width="100%", **more),
        rx.text(hint, size="1", color=theme.QUIET, as_="span") if hint else rx.fragment(),
        style={"display": "flex", "flex_direction": "column", "gap": "6px"},
    )


def notice(sentence: rx.Var[str] | str) -> rx.Component:
    """What went wrong with the last try."""
    return rx.cond(
        sentence != "",
        rx.callout(sentence, icon="circle-alert", color_scheme="red", size="1", role="alert", id="notice"),
    )


def submit(words: str) -> rx.Component:
    """The one button."""
    return rx.button(words, type="submit", size="3", width="100%", margin_top="4px")
