"""One of a few things, all of them in view: "Now | Later"."""

from collections.abc import Sequence

import reflex as rx


def segmented(
    label: str,
    choices: Sequence[tuple[str, str]],
    value: rx.Var[str] | str,
    on_change: rx.event.EventType,
    **props: object,
) -> rx.Component:
    """`choices` are (value, words), two to four of them; more want a select (`pick_one`)."""
    return rx.segmented_control.root(
        *(rx.segmented_control.item(words, value=key) for key, words in choices),
        value=value,
        on_change=on_change,
        aria_label=label,
        **{"size": "2", **props},
    )
