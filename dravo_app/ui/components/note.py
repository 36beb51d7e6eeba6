"""A sentence in a page that wants to be noticed, in one of four tones; the icon says the tone too."""

import reflex as rx

from dravo_app.ui import theme


def note(tone: str, *words: rx.Component | rx.Var[str] | str, **props: object) -> rx.Component:
    """`tone` is info, success, warning or danger. A danger is read out at once; give others `role="status"` if they appear late."""
    if tone == "danger":
        props.setdefault("role", "alert")
    return rx.callout.root(
        rx.callout.icon(rx.icon(theme.NOTE_ICONS[tone], size=theme.ICON)),
        rx.callout.text(*words, as_="div"),
        color_scheme=theme.NOTE_COLOURS[tone],
        high_contrast=True,
        size="1",
        **props,
    )
