"""Buttons by what they mean. One primary button per page or dialog; a verb on each."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.words import Words


def primary_button(words: Words, icon: str = "", **props: object) -> rx.Component:
    """The thing that this page is for. `loading=` keeps its width and shows that it works; `disabled=` needs a reason nearby."""
    return rx.button(*_face(words, icon), **{"size": "2", **props})


def quiet_button(words: Words, icon: str = "", **props: object) -> rx.Component:
    """Everything else."""
    return rx.button(*_face(words, icon), **{"size": "2", "variant": "surface", "color_scheme": "gray", **props})


def danger_button(words: Words, icon: str = "", **props: object) -> rx.Component:
    """What can't be taken back; put it behind `confirm`."""
    return rx.button(*_face(words, icon), **{"size": "2", "variant": "surface", "color_scheme": "red", **props})


def icon_button(icon: str, label: str, **props: object) -> rx.Component:
    """A picture alone: its label is read out, and shown when it is pointed at."""
    button = rx.icon_button(
        rx.icon(icon, size=theme.ICON),
        aria_label=label,
        class_name="touch",
        **{"variant": "ghost", "color_scheme": "gray", "margin": "0", "type": "button", **props},
    )
    return rx.tooltip(button, content=label)


def link_button(words: Words, href: Words, icon: str = "", *, is_primary: bool = False) -> rx.Component:
    """Goes to another page, and looks like a button."""
    colour, text = ("iris", theme.ON_ACCENT) if is_primary else ("gray", theme.TEXT)
    style = {"color": text, "gap": theme.SPACE_2}
    link = rx.link(*_face(words, icon), href=href, underline="none", style=style, color_scheme=colour)
    return rx.button(link, as_child=True, size="2", variant="solid" if is_primary else "surface", color_scheme=colour)


def _face(words: Words, icon: str) -> list[rx.Component | Words]:
    return [rx.icon(icon, size=theme.ICON, flex="none"), words] if icon else [words]
