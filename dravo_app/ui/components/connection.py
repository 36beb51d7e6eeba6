"""What a page says while the server is away: that it may be out of date, and that nothing needs to be done."""

import reflex as rx
from reflex_components_core.core.banner import has_too_many_connection_errors

from dravo_app.ui import theme


@rx.memo
def connection_note() -> rx.Component:
    """At the foot of every page, from the second try to reach the server that fails; it goes by itself."""
    return rx.el.div(
        rx.cond(
            has_too_many_connection_errors,
            rx.callout(
                "Dravo doesn't answer right now. What you see may be out of date; the page goes on by itself as soon as "
                "Dravo is back.",
                icon="wifi-off",
                color_scheme="red",
                size="1",
                high_contrast=True,
                style=_NOTE,
            ),
        ),
        role="status",
    )


def connection_wrap(has_state: bool) -> rx.Component | None:
    """Around the whole app: the pages come in beside it."""
    return rx.fragment(connection_note()) if has_state else None


_NOTE = {
    "position": "fixed",
    "z_index": theme.Z_NOTE,
    "inset": f"auto {theme.SPACE_4} {theme.SPACE_5} {theme.SPACE_4}",
    "max_width": theme.DIALOG_WIDTH,
    "margin": "0 auto",
    "background": theme.ALARM,
    "box_shadow": theme.FLOATING,
    theme.PHONE: {"bottom": f"calc({theme.TABS_HEIGHT} + {theme.SPACE_3})"},
}
