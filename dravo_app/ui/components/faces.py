"""The faces of a list that isn't filled: loading, empty with what to do next, nothing found, an error with the way out."""

import reflex as rx

from dravo_app.ui import theme


def loading_face() -> rx.Component:
    """Grey lines where the rows will be."""
    line = rx.flex(
        rx.skeleton(width="84px", height="20px", loading=True),
        rx.skeleton(width="46%", height="14px", loading=True),
        rx.spacer(),
        rx.skeleton(width="20px", height="20px", loading=True),
        rx.skeleton(width="120px", height="12px", loading=True, display=["none", "block"]),
        align="center",
        gap="14px",
        style={
            "padding": "12px 16px",
            "min_height": "45px",
            "&:not(:last-child)": {"border_bottom": f"1px solid {theme.LINE}"},
        },
    )
    return rx.box(*([line] * 6), aria_busy="true", aria_label="Loading", role="status", style=_PANEL)


def empty_face(
    account: rx.Var[str] | str, command: rx.Var[str] | str, publish_sample: rx.event.EventType
) -> rx.Component:
    """Nothing was ever sent here: one click where there is a sandbox account, and the command for programs."""
    return _face(
        "send",
        "Nothing has been posted here yet",
        rx.cond(
            account != "",
            "A sandbox account is connected and works: send it a post and watch what happens to it here.",
            "Connect an account through the API, then send a post; it shows up here at once.",
        ),
        rx.cond(
            account != "",
            rx.button(rx.icon("send-horizontal", size=15), "Publish a test post", on_click=publish_sample, size="2"),
        ),
        rx.box(
            rx.flex(
                rx.text("From a program", size="1", color=theme.QUIET, weight="medium"),
                rx.spacer(),
                rx.icon_button(
                    rx.icon("copy", size=14),
                    on_click=rx.set_clipboard(command),
                    variant="ghost",
                    color_scheme="gray",
                    aria_label="Copy the command",
                ),
                align="center",
                style={"padding": "8px 14px", "border_bottom": f"1px solid {theme.LINE}"},
            ),
            rx.el.pre(
                command,
                tab_index=0,
                aria_label="Command",
                style={
                    "margin": "0",
                    "padding": "12px 14px",
                    "overflow_x": "auto",
                    "font_family": theme.MONO,
                    "font_size": "12.5px",
                    "line_height": "1.6",
                },
            ),
            style={
                "text_align": "left",
                "width": "100%",
                "max_width": "720px",
                "margin_top": "8px",
                "background": theme.SUNKEN,
                "border": f"1px solid {theme.LINE}",
                "border_radius": "var(--radius-3)",
            },
        ),
    )


def unmatched_face(cleared: rx.Var[str]) -> rx.Component:
    """There are posts, but the filters let none through."""
    return _face(
        "search-x",
        "No post matches",
        "Fewer filters, or another word, may find it.",
        rx.link(rx.button("Clear the filters", variant="soft", size="2"), href=cleared, tab_index=-1),
    )


def error_face(sentence: rx.Var[str] | str, try_again: rx.event.EventType, cleared: rx.Var[str]) -> rx.Component:
    """Something is wrong; the sentence says what."""
    return _face(
        "circle-alert",
        "The history can't be shown",
        sentence,
        rx.flex(
            rx.button("Try again", on_click=try_again, size="2"),
            rx.link("Without filters", href=cleared, size="2"),
            gap="16px",
            align="center",
        ),
        role="alert",
        colour="red",
    )


def _face(
    icon: str, title: str, words: rx.Var[str] | str, *more: rx.Component, role: str = "status", colour: str = "accent"
) -> rx.Component:
    return rx.flex(
        rx.center(
            rx.icon(icon, size=20),
            style={
                "width": "44px",
                "height": "44px",
                "border_radius": "12px",
                "background": f"var(--{colour}-3)",
                "color": f"var(--{colour}-11)",
            },
        ),
        rx.heading(title, as_="h2", size="4"),
        rx.text(words, size="2", color=theme.QUIET, style={"max_width": "52ch"}),
        *more,
        direction="column",
        align="center",
        gap="12px",
        role=role,
        style={**_PANEL, "padding": "48px 24px", "text_align": "center", theme.PHONE: {"padding": "32px 16px"}},
    )


_PANEL = {
    "background": theme.PANEL,
    "border": f"1px solid {theme.LINE}",
    "border_radius": theme.ROUND,
    "box_shadow": theme.SHADE,
}
