"""What is made to be copied: a command, a key, an id."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.button import icon_button
from dravo_app.ui.components.words import Words


def copy_button(text: Words, label: str = "Copy") -> rx.Component:
    """Puts `text` on the clipboard and says so."""
    return icon_button("copy", label, on_click=[rx.set_clipboard(text), rx.toast.success("Copied.")])


def code_block(text: Words, title: str) -> rx.Component:
    """Lines in a fixed width that scroll by themselves, with a title and a way to copy them."""
    return rx.el.div(
        rx.flex(
            rx.text(title, size="1", color=theme.QUIET, weight="medium"),
            copy_button(text, f"Copy: {title}"),
            align="center",
            justify="between",
            style={"padding": f"{theme.SPACE_1} {theme.SPACE_3}", "border_bottom": theme.HAIRLINE},
        ),
        rx.el.pre(text, tab_index=0, role="region", aria_label=title, style=_LINES),
        style=_BLOCK,
    )


def code(text: Words) -> rx.Component:
    """A code word in a sentence."""
    return rx.el.code(
        text, style={"font_family": theme.MONO, "font_size": theme.CODE_SIZE, "overflow_wrap": "anywhere"}
    )


_BLOCK = {
    "text_align": "left",
    "width": "100%",
    "min_width": "0",
    "background": theme.SUNKEN,
    "border": theme.HAIRLINE,
    "border_radius": theme.ROUND_MEDIUM,
    "overflow": "hidden",
}
_LINES = {
    "margin": "0",
    "padding": f"{theme.SPACE_3} {theme.SPACE_4}",
    "overflow_x": "auto",
    "font_family": theme.MONO,
    "font_size": theme.FONT_1,
    "line_height": "1.6",
}
