"""A network as a small coloured tile with its first letter; its name is for screen readers."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.words import Words


def network_mark(slug: Words, name: Words) -> rx.Component:
    """A tile of 20 pixels."""
    colour = rx.match(slug, *theme.NETWORK_COLOURS.items(), theme.QUIET)
    return rx.el.span(
        name[:1],
        role="img",
        aria_label=name,
        title=name,
        style={
            "background": colour,
            "color": "white",
            "width": theme.TILE,
            "height": theme.TILE,
            "border_radius": theme.ROUND_MEDIUM,
            "display": "inline-flex",
            "align_items": "center",
            "justify_content": "center",
            "font_size": theme.TILE_FONT,
            "line_height": theme.TILE,
            "font_weight": theme.BOLD,
            "flex": "none",
            "box_shadow": "inset 0 0 0 1px var(--white-a4)",
        },
    )
