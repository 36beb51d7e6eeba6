"""Who is logged in, how the pages look, where more is to be read, and the way out."""

import reflex as rx
from reflex.style import color_mode, set_color_mode

from dravo_app.ui import routes, theme
from dravo_app.ui.components.native import native_form
from dravo_app.ui.components.segmented import segmented
from dravo_app.ui.components.world import in_both
from dravo_app.ui.session import Look


def person_menu() -> rx.Component:
    """What is in it is reached by Tab; logging out is a form of its own, for only the server can end the session."""
    return rx.popover.root(
        rx.popover.trigger(
            rx.el.button(
                rx.cond(Look.email != "", Look.email[:1].upper(), rx.icon("user", size=theme.ICON)),
                type="button",
                aria_label="Your menu",
                style=_TRIGGER,
            )
        ),
        rx.popover.content(
            rx.text(Look.email, size="2", weight="medium", style={"overflow_wrap": "anywhere"}),
            rx.text(Look.role.capitalize(), size="1", color=theme.QUIET),
            rx.el.div(
                segmented("Colours", _MODES, color_mode, lambda mode: set_color_mode(mode), size="1", width="100%"),
                style={"margin": f"{theme.SPACE_3} 0 {theme.SPACE_2}"},
            ),
            in_both(routes.SETTINGS, lambda href, world: _entry("settings", "Settings", href, class_name=world)),
            in_both(routes.DESIGN, lambda href, world: _entry("swatch-book", "Design system", href, class_name=world)),
            _entry("book-open", "API reference", routes.API_REFERENCE, target="_blank"),
            native_form(
                rx.el.button(*_face("log-out", "Log out"), type="submit", style=_ENTRY),
                action=routes.LOG_OUT,
                method="post",
            ),
            align="end",
            aria_label="Your menu",
            width=theme.MENU_WIDTH,
        ),
    )


def _entry(icon: str, words: str, href: str, **more: str) -> rx.Component:
    return rx.link(*_face(icon, words), href=href, underline="none", style=_ENTRY, **more)


def _face(icon: str, words: str) -> tuple[rx.Component, str]:
    return rx.icon(icon, size=theme.ICON, flex="none", color=theme.QUIET), words


_MODES = (("light", "Light"), ("dark", "Dark"), ("system", "System"))
_TRIGGER = {
    "width": theme.MARK,
    "height": theme.MARK,
    "border": "0",
    "border_radius": theme.ROUND_FULL,
    "background": theme.TINT,
    "color": theme.ACCENT,
    "font_size": theme.FONT_2,
    "font_weight": theme.MEDIUM,
    "font_family": "inherit",
    "cursor": "pointer",
    "display": "grid",
    "place_items": "center",
    "flex": "none",
    theme.PHONE: {"width": theme.TOUCH, "height": theme.TOUCH},
}
_ENTRY = {
    "display": "flex",
    "align_items": "center",
    "gap": theme.SPACE_2,
    "width": f"calc(100% + 2 * {theme.SPACE_2})",
    "margin": f"0 calc(-1 * {theme.SPACE_2})",
    "padding": theme.SPACE_2,
    "border": "0",
    "border_radius": theme.ROUND_SMALL,
    "background": "transparent",
    "color": theme.TEXT,
    "font_size": theme.FONT_2,
    "font_family": "inherit",
    "line_height": theme.LINE_HEIGHT,
    "text_align": "left",
    "cursor": "pointer",
    "&:hover": {"background": theme.HOVER},
    theme.PHONE: {"min_height": theme.TOUCH},
}
