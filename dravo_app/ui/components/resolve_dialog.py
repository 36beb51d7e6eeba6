"""The question that only a person can answer: is the post there? Asked where an outcome stayed unknown."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.button import primary_button
from dravo_app.ui.components.dialog import dialog, dialog_actions
from dravo_app.ui.components.field import text_input
from dravo_app.ui.components.note import note

_ANSWERS = (
    ("there", "It is there", "The delivery becomes published."),
    (
        "send",
        "It is not there: send it again",
        "Be sure: not every network can tell Dravo that the first one is there after all.",
    ),
    ("leave", "It is not there: leave it", "The delivery stays failed; it can be retried later."),
)


def resolve_dialog(
    account_id: rx.Var[str],
    account: rx.Var[str],
    trouble: rx.Var[str] | str,
    on_submit: rx.event.EventType,
    on_open_change: rx.event.EventType,
) -> rx.Component:
    """A button that opens it; `account` is the handle that the person has to look at."""
    return dialog(
        primary_button("Is it there?", "circle-help"),
        "Is the post there?",
        rx.fragment("Look at ", rx.el.b(account), " first. Your answer is kept with your name."),
        rx.form(
            rx.el.input(type="hidden", name="account_id", value=account_id, read_only=True),
            rx.el.fieldset(
                rx.el.legend("What you see", style=_LEGEND),
                *(_answer(value, words, then) for value, words, then in _ANSWERS),
                style=_CHOICES,
            ),
            text_input(
                "Its address",
                "permalink",
                "url",
                hint="Only if it is there, and only if you like.",
                placeholder="https://…",
            ),
            rx.cond(trouble != "", note("danger", trouble)),
            dialog_actions(primary_button("Save the answer", type="submit")),
            on_submit=on_submit,
            style={"display": "grid", "gap": theme.SPACE_4, "margin_top": theme.SPACE_4},
        ),
        on_open_change=on_open_change,
    )


def _answer(value: str, words: str, then: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="radio", name="answer", value=value, required=True, style={"margin": f"{theme.SPACE_1} 0 0"}),
        rx.el.span(
            rx.text(words, as_="span", size="2", weight="medium"),
            rx.text(then, as_="span", size="1", color=theme.QUIET),
            style={"display": "grid"},
        ),
        style={"display": "flex", "align_items": "flex-start", "gap": theme.SPACE_2, "cursor": "pointer"},
    )


_LEGEND = {"font_size": theme.FONT_2, "font_weight": theme.MEDIUM, "padding": "0", "margin_bottom": theme.SPACE_2}
_CHOICES = {"border": "0", "padding": "0", "margin": "0", "display": "grid", "gap": theme.SPACE_3}
