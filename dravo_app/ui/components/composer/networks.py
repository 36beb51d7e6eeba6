"""What each chosen network gets in its own way: another text, its options, and a look at what will stand there."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.composer.marks import bound
from dravo_app.ui.components.composer.options import option
from dravo_app.ui.components.field import text_lines
from dravo_app.ui.components.network_mark import network_mark
from dravo_app.ui.components.panel import section
from dravo_app.ui.pages.compose_rows import NetworkRow
from dravo_app.ui.pages.compose_state import ComposeState


def networks() -> rx.Component:
    """One row per chosen network; drawn from its list of options, so that a new network needs nothing here."""
    return rx.el.div(
        section(
            "By network",
            "",
            rx.el.ul(rx.foreach(ComposeState.networks, _network), aria_label="Networks", style=_LIST),
        ),
        hidden=True,
        custom_attrs={"data-when-networks": ""},
    )


def _network(row: rx.Var[NetworkRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            network_mark(row.slug, row.name),
            rx.text(row.name, size="2", weight="medium"),
            style={
                "display": "inline-flex",
                "gap": theme.SPACE_2,
                "align_items": "center",
                "min_width": theme.SELECT_WIDTH,
                theme.PHONE: {"flex_basis": "100%"},
            },
        ),
        _fold(
            "Another text",
            text_lines(
                f"Text for {row.name}",
                f"text-{row.slug}",
                rows="4",
                hint=f"Instead of the text above. {row.counting}",
                custom_attrs=bound(row.text_path),
            ),
            opens=row.text_path,
            name=row.name,
        ),
        _fold(
            "Options", rx.el.div(rx.foreach(row.options, option), style=_GRID), opens=row.options_path, name=row.name
        ),
        _fold(
            "Preview",
            rx.el.div(custom_attrs={"data-preview": row.slug}, style=_PREVIEW),
            rx.el.div(custom_attrs={"data-preview-pictures": row.slug}, style=_PICTURES),
            opens="",
            name=row.name,
        ),
        hidden=True,
        key=row.slug,
        custom_attrs={
            "data-panel": row.slug,
            "data-takes-media": rx.cond(row.takes_media, "true", "false"),
            "data-max-alt": row.max_alt,
        },
        style=_ROW,
    )


def _fold(words: str, *content: rx.Component, opens: rx.Var[str] | str, name: rx.Var[str]) -> rx.Component:
    return rx.el.details(
        rx.el.summary(words, aria_label=f"{words} for {name}", style=_SUMMARY),
        rx.el.div(*content, style={"padding": f"{theme.SPACE_3} 0 {theme.SPACE_2}"}),
        custom_attrs={"data-opens": opens},
        style={"&[open]": {"flex_basis": "100%", "order": "1"}},
    )


_LIST = {"list_style": "none", "margin": "0", "padding": "0", "display": "grid", "gap": theme.SPACE_3}
_ROW = {
    "display": "flex",
    "flex_wrap": "wrap",
    "gap": f"{theme.SPACE_2} {theme.SPACE_5}",
    "align_items": "center",
    "&:not(:last-child)": {"border_bottom": theme.HAIRLINE, "padding_bottom": theme.SPACE_3},
}
_SUMMARY = {
    "cursor": "pointer",
    "font_size": theme.FONT_2,
    "color": theme.QUIET,
    "min_height": theme.CHIP_HEIGHT,
    theme.PHONE: {"min_height": theme.CONTROL},
}
_GRID = {
    "display": "grid",
    "grid_template_columns": f"repeat(auto-fill, minmax({theme.FIELD_WIDTH}, 1fr))",
    "gap": theme.SPACE_4,
}
_PREVIEW = {
    "white_space": "pre-wrap",
    "overflow_wrap": "anywhere",
    "font_size": theme.FONT_3,
    "line_height": "1.5",
    "max_width": theme.READABLE,
    "padding": theme.SPACE_4,
    "background": theme.SUNKEN,
    "border": theme.HAIRLINE,
    "border_radius": theme.ROUND_MEDIUM,
    "& .link": {"color": theme.ACCENT},
    "&:empty::before": {"content": "'Nothing is written yet.'", "color": theme.QUIET},
}
_PICTURES = {
    "display": "grid",
    "grid_template_columns": f"repeat(auto-fill, minmax({theme.THUMBNAIL}, 1fr))",
    "gap": theme.SPACE_2,
    "margin_top": theme.SPACE_2,
    "&:empty": {"display": "none"},
    "& img": {"width": "100%", "aspect_ratio": "4 / 3", "object_fit": "cover", "border_radius": theme.ROUND_SMALL},
}
