"""Live or test, said on every page: the switch in the bar and the strip above it.

Which one shows is decided by the address before anything is painted (`ui/world.js` marks the document, `assets/dravo.css`
hides what belongs to the other world), so that no page of the test world ever flashes by as live.
"""

from collections.abc import Callable

import reflex as rx

from dravo_app.ui import routes, theme
from dravo_app.ui.components.native import native_link

LIVE, TEST = "in-live", "in-test"
"""Classes of what is there in one of the two worlds only."""


def in_both(route: str, make: Callable[[str, str], rx.Component]) -> rx.Component:
    """What leads to `route` without leaving the world: `make(href, class_name)`, once for each."""
    return rx.fragment(make(route, LIVE), make(routes.address(route, environment="test"), TEST))


def environment_strip() -> rx.Component:
    """A coloured line over the bar, in the test world only."""
    return rx.el.div(
        rx.el.div(
            rx.icon("flask-conical", size=theme.ICON_SMALL, flex="none"),
            rx.el.b("Test"),
            rx.el.span("Posts go to the built-in sandbox; nothing reaches a real network.", style=_LONG),
            rx.el.span("Nothing reaches a real network.", style=_SHORT),
            rx.el.a(
                "What the sandbox received",
                href=routes.SANDBOX,
                target="_blank",
                style={"color": "inherit", "text_decoration": "underline", "margin_left": "auto", **_LONG},
            ),
            style=_STRIP_LINE,
        ),
        class_name=TEST,
        style=_STRIP,
    )


def environment_switch(route: str) -> rx.Component:
    """Two links, the one that is on is tinted. A whole page load: an open page never changes its world."""
    return rx.el.div(
        _choice("Live", "radio", route, LIVE, TEST, _LIVE_ON),
        _choice("Test", "flask-conical", routes.address(route, environment="test"), TEST, LIVE, _TEST_ON),
        role="group",
        aria_label="Environment",
        style=_SWITCH,
    )


def _choice(words: str, icon: str, href: str, own: str, other: str, look: dict[str, str]) -> rx.Component:
    sign = rx.icon(icon, size=theme.ICON_SMALL, flex="none")
    return rx.fragment(
        native_link(sign, words, href=href, aria_current="true", class_name=own, style={**_CHOICE, **look}),
        native_link(words, href=href, class_name=other, style={**_CHOICE, "color": theme.QUIET}),
    )


_LONG: dict[str, object] = {theme.PHONE: {"display": "none"}}
_SHORT = {theme.NOT_PHONE: {"display": "none"}}
_STRIP = {
    "background": theme.TEST_STRIP,
    "color": theme.TEST_STRIP_TEXT,
    "border_top": theme.TEST_EDGE,
}
_STRIP_LINE = {
    "display": "flex",
    "align_items": "center",
    "gap": theme.SPACE_2,
    "max_width": theme.WIDTH,
    "height": theme.STRIP_HEIGHT,
    "margin": "0 auto",
    "padding": f"0 {theme.EDGE}",
    "font_size": theme.FONT_1,
    "white_space": "nowrap",
    theme.PHONE: {"padding": f"0 {theme.PHONE_EDGE}"},
}
_SWITCH = {
    "display": "flex",
    "gap": "2px",
    "padding": "2px",
    "background": theme.CHOSEN,
    "border_radius": theme.ROUND_MEDIUM,
}
_CHOICE = {
    "display": "inline-flex",
    "align_items": "center",
    "gap": theme.SPACE_1,
    "padding": f"0 {theme.SPACE_3}",
    "height": theme.CONTROL_INNER,
    "border_radius": theme.ROUND_SMALL,
    "font_size": theme.FONT_2,
    "font_weight": theme.MEDIUM,
    "text_decoration": "none",
    theme.PHONE: {"height": theme.TOUCH_INNER},
}
_LIVE_ON = {"background": theme.PANEL, "color": theme.LIVE_TEXT, "box_shadow": theme.RAISED}
_TEST_ON = {"background": theme.TEST_STRIP, "color": theme.TEST_STRIP_TEXT}
