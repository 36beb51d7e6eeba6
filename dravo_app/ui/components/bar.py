"""The bar on top of every member's page: name, pages (at the foot of a phone), live or test, and who is logged in."""

import reflex as rx

from dravo_app.ui import routes, theme
from dravo_app.ui.components.brand import wordmark
from dravo_app.ui.components.native import native_link, page_link
from dravo_app.ui.components.person_menu import person_menu
from dravo_app.ui.components.world import environment_strip, environment_switch, in_both

_PAGES = (
    ("Compose", routes.COMPOSE, "square-pen"),
    ("History", routes.HISTORY, "list"),
    ("Accounts", routes.ACCOUNTS, "at-sign"),
    ("Prove it", routes.PROVE, "shield-check"),
)


def bar(route: str) -> rx.Component:
    """`route` is the page's own address, or that of the page in the bar that it belongs to."""
    return rx.el.header(
        native_link("Skip to the content", href="#content", style=_SKIP),
        environment_strip(),
        rx.el.div(
            in_both(routes.HISTORY, _home),
            rx.el.nav(
                *(_page(words, to, icon, to == route) for words, to, icon in _PAGES), aria_label="Pages", style=_NAV
            ),
            rx.el.div(environment_switch(route), person_menu(), style=_END),
            style=_LINE,
        ),
        style=_BAR,
    )


def _home(href: str, class_name: str) -> rx.Component:
    return rx.link(
        wordmark(),
        href=href,
        class_name=class_name,
        underline="none",
        color=theme.TEXT,
        aria_label="Dravo, to the history",
    )


def _page(words: str, to: str, icon: str, is_current: bool) -> rx.Component:
    sign = rx.icon(icon, size=theme.ICON_LARGE, style=_PHONE_ONLY)
    more = {"aria_current": "page", "style": {**_ITEM, **_CURRENT}} if is_current else {"style": _ITEM}
    return in_both(to, lambda href, world: page_link(sign, words, to=href, prefetch="intent", class_name=world, **more))


_PHONE_ONLY = {theme.NOT_PHONE: {"display": "none"}}
_BAR = {
    "position": "sticky",
    "top": "0",
    "z_index": theme.Z_BAR,
    "background": theme.PANEL,
    "border_bottom": theme.HAIRLINE,
}
_LINE = {
    "display": "flex",
    "align_items": "center",
    "gap": theme.SPACE_5,
    "max_width": theme.WIDTH,
    "height": theme.BAR_HEIGHT,
    "margin": "0 auto",
    "padding": f"0 {theme.EDGE}",
    theme.PHONE: {"padding": f"0 {theme.PHONE_EDGE}", "gap": theme.SPACE_2},
}
_END = {"display": "flex", "align_items": "center", "gap": theme.SPACE_3, "margin_left": "auto"}
_NAV = {
    "display": "flex",
    "gap": theme.SPACE_1,
    theme.PHONE: {
        "position": "fixed",
        "inset": "auto 0 0 0",
        "gap": "0",
        "height": f"calc({theme.TABS_HEIGHT} + env(safe-area-inset-bottom))",
        "padding_bottom": "env(safe-area-inset-bottom)",
        "background": theme.PANEL,
        "box_shadow": theme.UP_SHADE,
    },
}
_ITEM = {
    "text_decoration": "none",
    "color": theme.QUIET,
    "font_size": theme.FONT_2,
    "font_weight": theme.MEDIUM,
    "padding": f"{theme.SPACE_1} {theme.SPACE_3}",
    "border_radius": theme.ROUND_MEDIUM,
    "&:hover": {"background": theme.HOVER},
    theme.PHONE: {
        "display": "flex",
        "flex": "1",
        "flex_direction": "column",
        "align_items": "center",
        "justify_content": "center",
        "gap": "2px",
        "padding": "0",
        "border_radius": "0",
        "font_size": theme.FONT_1,
    },
}
_CURRENT = {
    "color": theme.TEXT,
    "background": theme.CHOSEN,
    theme.PHONE: {
        **_ITEM[theme.PHONE],  # type: ignore[dict-item]
        "color": theme.ACCENT,
        "background": "transparent",
        "box_shadow": "inset 0 2px 0 var(--accent-9)",
    },
}
_SKIP = {
    "position": "absolute",
    "left": "-9999px",
    "&:focus": {
        "left": theme.SPACE_3,
        "top": theme.SPACE_3,
        "z_index": theme.Z_SKIP,
        "background": theme.PANEL,
        "padding": f"{theme.SPACE_2} {theme.SPACE_3}",
        "border_radius": theme.ROUND_MEDIUM,
    },
}
