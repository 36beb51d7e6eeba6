"""Any address that is no page."""

import reflex as rx

from dravo_app.ui import routes, theme
from dravo_app.ui.components.native import native_link
from dravo_app.ui.layout import stranger_page


def not_found() -> rx.Component:
    """The way back is a whole page load: the server knows where whoever asks belongs."""
    home = native_link("To Dravo", href=routes.HOME, style={"text_decoration": "none", "color": theme.ON_ACCENT})
    return stranger_page(
        "There is no such page",
        "The address may be mistyped, or from another version of Dravo.",
        rx.button(home, as_child=True, size="3", margin_top=theme.SPACE_5),
    )
