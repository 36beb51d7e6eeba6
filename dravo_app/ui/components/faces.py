"""The faces of a list or page that isn't filled: loading, empty with what to do next, nothing found, an error with the way out."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.button import link_button, primary_button
from dravo_app.ui.components.code_block import code_block
from dravo_app.ui.components.panel import PANEL
from dravo_app.ui.components.words import Words, are_said


def loading_rows(count: int = 6) -> rx.Component:
    """Grey lines where the rows will be, as high as rows are."""
    line = rx.flex(
        rx.skeleton(width="9%", height=theme.TILE, loading=True),
        rx.skeleton(width="46%", height=theme.FONT_2, loading=True),
        rx.spacer(),
        rx.skeleton(width=theme.TILE, height=theme.TILE, loading=True),
        rx.skeleton(width="14%", height=theme.FONT_1, loading=True, display=["none", "block"]),
        align="center",
        style={
            "gap": theme.SPACE_3,
            "padding": f"{theme.SPACE_3} {theme.SPACE_4}",
            "min_height": theme.ROW_HEIGHT,
            "&:not(:last-child)": {"border_bottom": theme.HAIRLINE},
        },
    )
    return rx.el.div(*([line] * count), aria_busy="true", aria_label="Loading", role="status", style=PANEL)


def nothing_here(icon: str, title: Words, words: Words, *more: rx.Component) -> rx.Component:
    """Empty: says what would be here and what to do next; `more` is the button that does it."""
    return _face(icon, title, words, *more)


def nothing_found(title: Words, words: Words, *ways_out: rx.Component) -> rx.Component:
    """Filled in truth, but the search or the filters let nothing through."""
    return _face("search-x", title, words, *ways_out)


def went_wrong(title: Words, sentence: Words, *ways_out: rx.Component, code: Words = "") -> rx.Component:
    """An error: what can't be shown, the sentence why and who acts, its code for the support, the ways out as buttons."""
    code_line = rx.cond(rx.Var.create(code) != "", rx.text(rx.el.code(code, style=_CODE), size="1", color=theme.QUIET))
    return _face(
        "circle-alert",
        title,
        sentence,
        code_line if are_said(code) else rx.fragment(),
        rx.flex(*ways_out, wrap="wrap", spacing="3", align="center", justify="center"),
        role="alert",
        colour="red",
    )


def empty_face(account: Words, command: Words, publish_sample: rx.event.EventType) -> rx.Component:
    """Nothing was ever sent here: one click where there is a sandbox account, and the command for programs."""
    return nothing_here(
        "send",
        "Nothing has been posted here yet",
        rx.cond(
            account != "",
            "A sandbox account is connected and works: send it a post and watch what happens to it here.",
            "Connect an account, then send a post; it shows up here at once.",
        ),
        rx.cond(account != "", primary_button("Publish a test post", "send-horizontal", on_click=publish_sample)),
        rx.box(code_block(command, "From a program"), style={"width": "100%", "max_width": theme.COLUMN}),
    )


def unmatched_face(cleared: rx.Var[str]) -> rx.Component:
    """There are posts, but the filters let none through."""
    return nothing_found(
        "No post matches", "Fewer filters, or another word, may find it.", link_button("Clear the filters", cleared)
    )


def error_face(sentence: Words, try_again: rx.event.EventType, cleared: rx.Var[str]) -> rx.Component:
    """Something is wrong; the sentence says what."""
    return went_wrong(
        "The history can't be shown",
        sentence,
        primary_button("Try again", on_click=try_again),
        rx.link("Without filters", href=cleared, size="2"),
    )


def loading_face() -> rx.Component:
    return loading_rows()


def _face(
    icon: str, title: Words, words: Words, *more: rx.Component, role: str = "status", colour: str = "accent"
) -> rx.Component:
    tile = {**_TILE, "background": f"var(--{colour}-a3)", "color": f"var(--{colour}-11)"}
    return rx.el.div(
        rx.center(rx.icon(icon, size=theme.ICON_LARGE), style=tile),
        rx.el.div(
            rx.heading(title, as_="h2", size="4"),
            rx.text(words, size="2", color=theme.QUIET, style={"max_width": theme.SHORT}),
            style={"display": "grid", "gap": theme.SPACE_2, "justify_items": "center"},
        ),
        *more,
        role=role,
        style=_FACE,
    )


_TILE = {"width": theme.FACE_TILE, "height": theme.FACE_TILE, "border_radius": theme.ROUND}
_CODE = {"font_family": theme.MONO, "overflow_wrap": "anywhere"}
_FACE = {
    **PANEL,
    "display": "flex",
    "flex_direction": "column",
    "align_items": "center",
    "gap": theme.SPACE_4,
    "padding": f"{theme.SPACE_8} {theme.SPACE_5}",
    "text_align": "center",
    theme.PHONE: {"padding": f"{theme.SPACE_6} {theme.SPACE_4}"},
}
