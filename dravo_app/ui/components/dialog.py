"""Windows over the page: `confirm` before what can't be taken back, `dialog` for a short form."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.words import Words


def confirm(
    trigger: rx.Component,
    title: Words,
    words: Words,
    verb: str,
    on_confirm: rx.event.EventType,
    *content: rx.Component,
    is_dangerous: bool = True,
    stay: str = "Cancel",
) -> rx.Component:
    """Asks first. `title` is the question, `words` what will happen, `verb` stands on the button ("Disconnect", never "OK")."""
    colour = {"color_scheme": "red", "high_contrast": True} if is_dangerous else {}
    return rx.alert_dialog.root(
        rx.alert_dialog.trigger(trigger),
        rx.alert_dialog.content(
            rx.alert_dialog.title(title, size="4"),
            rx.alert_dialog.description(words, size="2", color=theme.QUIET),
            *content,
            _actions(
                rx.alert_dialog.cancel(rx.button(stay, variant="surface", color_scheme="gray")),
                rx.alert_dialog.action(rx.button(verb, on_click=on_confirm, **colour)),
            ),
            max_width=theme.DIALOG_WIDTH,
        ),
    )


def dialog(trigger: rx.Component, title: Words, words: Words, *content: rx.Component, **root: object) -> rx.Component:
    """A window with its own content, which brings its buttons (`dialog_actions`). `open=`, `on_open_change=` go to its root."""
    return rx.dialog.root(
        rx.dialog.trigger(trigger),
        rx.dialog.content(
            rx.dialog.title(title, size="4"),
            rx.dialog.description(words, size="2", color=theme.QUIET),
            *content,
            max_width=theme.DIALOG_WIDTH,
        ),
        **root,
    )


def dialog_actions(*buttons: rx.Component, stay: str = "Cancel") -> rx.Component:
    """The way out first, the verb last."""
    return _actions(rx.dialog.close(rx.button(stay, variant="surface", color_scheme="gray", type="button")), *buttons)


def _actions(*buttons: rx.Component) -> rx.Component:
    return rx.flex(
        *buttons,
        justify="end",
        wrap="wrap",
        style={"gap": theme.SPACE_2, "margin_top": theme.SPACE_5},
    )
