"""Pictures by their addresses: what the server sees there, what they show in words, their order."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.button import icon_button, quiet_button
from dravo_app.ui.components.composer.marks import act, problems
from dravo_app.ui.components.panel import section
from dravo_app.ui.pages.compose_pictures import PictureRow
from dravo_app.ui.pages.compose_state import ComposeState


def pictures() -> rx.Component:
    """The panel of pictures."""
    return section(
        "Pictures",
        "By address: fetched when the post goes out, and made smaller where a network asks for it.",
        problems(ComposeState.picture_flaws),
        rx.el.ul(
            rx.foreach(ComposeState.pictures, _picture),
            aria_label="Pictures",
            style={
                "list_style": "none",
                "margin": "0",
                "padding": "0",
                "display": "grid",
                "gap": theme.SPACE_4,
                "&:empty": {"display": "none"},
            },
        ),
        rx.el.div(
            rx.text_field(
                type="url",
                placeholder="https://…",
                aria_label="Address of a picture",
                custom_attrs={"data-address": "", "autoComplete": "off"},
                style={"flex": "1", "min_width": "0"},
            ),
            quiet_button("Add", "image-plus", type="button", custom_attrs=act("add-picture")),
            style={"display": "flex", "gap": theme.SPACE_2},
        ),
    )


def _picture(row: rx.Var[PictureRow], place: int) -> rx.Component:
    return rx.el.li(
        rx.el.div(_thumbnail(row), style=_FRAME),
        rx.el.div(
            rx.flex(
                rx.text(row.url, size="1", color=theme.QUIET, title=row.url, style=_ONE_LINE),
                rx.spacer(),
                rx.cond(
                    place > 0,
                    icon_button("arrow-up", f"Move picture {place + 1} up", custom_attrs=act("picture-up", row.url)),
                ),
                icon_button("x", f"Remove picture {place + 1}", custom_attrs=act("drop-picture", row.url)),
                align="center",
                gap="3",
            ),
            rx.match(
                row.status,
                (
                    "refused",
                    rx.el.p(
                        row.words,
                        role="alert",
                        style={"margin": "0", "font_size": theme.FONT_2, "color": "var(--red-11)"},
                    ),
                ),
                rx.text(row.words, size="2"),
            ),
            rx.text_area(
                placeholder="What does it show, for who can't see it?",
                aria_label=f"Description of picture {place + 1}",
                rows="2",
                custom_attrs={"data-alt": row.url, "autoComplete": "off"},
            ),
            rx.el.span(custom_attrs={"data-alt-count": row.url}, style=_COUNT),
            style={"display": "grid", "gap": theme.SPACE_2, "min_width": "0", "flex": "1"},
        ),
        key=row.url,
        custom_attrs={"data-picture": row.url},
        style={"display": "flex", "gap": theme.SPACE_3, "align_items": "flex-start"},
    )


def _thumbnail(row: rx.Var[PictureRow]) -> rx.Component:
    return rx.match(
        row.status,
        (
            "seen",
            rx.el.img(src=row.thumbnail, alt="", style={"width": "100%", "height": "100%", "object_fit": "cover"}),
        ),
        ("refused", rx.icon("image-off", size=theme.ICON_LARGE, color=theme.QUIET)),
        rx.spinner(),
    )


_FRAME = {
    "width": theme.THUMBNAIL,
    "height": theme.THUMBNAIL,
    "flex": "none",
    "display": "grid",
    "place_items": "center",
    "overflow": "hidden",
    "background": theme.SUNKEN,
    "border": theme.HAIRLINE,
    "border_radius": theme.ROUND_MEDIUM,
    theme.PHONE: {"width": theme.THUMBNAIL_PHONE, "height": theme.THUMBNAIL_PHONE},
}
_ONE_LINE = {"overflow": "hidden", "text_overflow": "ellipsis", "white_space": "nowrap", "min_width": "0"}
_COUNT = {"font_size": theme.FONT_1, "color": theme.QUIET, "&[data-level=over]": {"color": "var(--red-11)"}}
