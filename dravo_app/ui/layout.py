"""What is around every page: the bar on top for members, the card in the middle for strangers."""

from pathlib import Path

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.bar import bar
from dravo_app.ui.components.brand import mark
from dravo_app.ui.components.panel import PANEL


def head() -> list[rx.Component]:
    """What every page's head holds. The script stands in the page itself: it runs before anything is painted."""
    return [
        rx.el.link(rel="icon", href="/mark.svg", type="image/svg+xml"),
        rx.el.meta(name="color-scheme", content="light dark"),
        rx.el.script(_MARK_THE_WORLD),
    ]


def member_page(route: str, *content: rx.Component) -> rx.Component:
    """A page for who is logged in; `route` is its own address, or that of the page in the bar that it belongs to."""
    return rx.box(
        bar(route),
        rx.el.main(*content, id="content", tab_index=-1, style=_CONTENT),
        min_height="100vh",
    )


def stranger_page(title: str, words: str, *content: rx.Component) -> rx.Component:
    """A page for who isn't: one card in the middle."""
    return rx.el.main(
        rx.vstack(
            mark(theme.BRAND_LARGE),
            rx.heading(title, as_="h1", size="6", margin_top=theme.SPACE_5),
            rx.text(words, color=theme.QUIET, size="2", margin_top=theme.SPACE_1),
            *content,
            spacing="0",
            align="stretch",
            style=_CARD,
        ),
        style={"min_height": "100vh", "display": "grid", "place_items": "center", "padding": theme.SPACE_4},
    )


_MARK_THE_WORLD = Path(__file__).with_name("world.js").read_text()
_CONTENT = {
    "max_width": theme.WIDTH,
    "margin": "0 auto",
    "padding": f"{theme.SPACE_6} {theme.EDGE} {theme.SPACE_9}",
    theme.PHONE: {
        "padding": f"{theme.SPACE_5} {theme.PHONE_EDGE} calc({theme.TABS_HEIGHT} + {theme.SPACE_6})",
    },
}
_CARD = {
    **PANEL,
    "width": "100%",
    "max_width": theme.FORM_WIDTH,
    "padding": theme.SPACE_6,
    "& > img": {"align_self": "flex-start"},
    theme.PHONE: {"padding": theme.SPACE_5},
}
