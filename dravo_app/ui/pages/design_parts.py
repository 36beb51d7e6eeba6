"""The parts of /design: each shows one component in its states, for the side it is given."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components import faces
from dravo_app.ui.components.account_chip import account_chip
from dravo_app.ui.components.button import danger_button, icon_button, link_button, primary_button, quiet_button
from dravo_app.ui.components.code_block import code as code_word
from dravo_app.ui.components.code_block import code_block
from dravo_app.ui.components.dialog import confirm, dialog, dialog_actions
from dravo_app.ui.components.field import pick_one, text_input, text_lines
from dravo_app.ui.components.local_time import local_time
from dravo_app.ui.components.note import note
from dravo_app.ui.components.panel import panel, panel_list, panel_row
from dravo_app.ui.components.segmented import segmented
from dravo_app.ui.components.status_badge import health_badge, status_badge

_NETWORKS = (
    ("x", "X"),
    ("bluesky", "Bluesky"),
    ("mastodon", "Mastodon"),
    ("linkedin", "LinkedIn"),
    ("instagram", "Instagram"),
)


def colours(side: str) -> rx.Component:
    named = {
        "TEXT": theme.TEXT,
        "QUIET": theme.QUIET,
        "ACCENT": theme.ACCENT,
        "PANEL": theme.PANEL,
        "SUNKEN": theme.SUNKEN,
        "CHOSEN": theme.CHOSEN,
        "TINT": theme.TINT,
        "TEST_STRIP": theme.TEST_STRIP,
    }
    return rx.el.div(*(_swatch(name, value) for name, value in named.items()), style=_SWATCHES)


def _swatch(name: str, value: str) -> rx.Component:
    tile = {
        "height": theme.FACE_TILE,
        "background": value,
        "border": theme.HAIRLINE,
        "border_radius": theme.ROUND_MEDIUM,
        "margin_bottom": theme.SPACE_1,
    }
    return rx.el.div(rx.el.div(style=tile), rx.text(code_word(name), size="1", color=theme.QUIET))


def type_scale(side: str) -> rx.Component:
    return _stack(
        rx.text("A page's name", size="6", weight="bold"),
        rx.text("A part's name", size="4", weight="bold"),
        rx.text("What a person wrote, 16", size="3"),
        rx.text("Nearly everything, 14", size="2"),
        rx.text("The second voice, 14, quiet", size="2", color=theme.QUIET),
        rx.text("Times and ids, 12, quiet", size="1", color=theme.QUIET),
    )


def buttons(side: str) -> rx.Component:
    return _stack(
        _line(primary_button("Publish", "send-horizontal"), quiet_button("Save draft"), danger_button("Disconnect")),
        _line(
            primary_button("Publish", disabled=True),
            quiet_button("Save draft", disabled=True),
            danger_button("Disconnect", disabled=True),
        ),
        _line(
            primary_button("Publish", loading=True),
            quiet_button("Save draft", loading=True),
            danger_button("Disconnect", loading=True),
        ),
        _line(
            icon_button("copy", "Copy"),
            icon_button("refresh-cw", "Look again"),
            icon_button("trash-2", "Remove", disabled=True),
            link_button("Connect an account", "#buttons", "plus"),
        ),
    )


def fields(side: str) -> rx.Component:
    return _stack(
        text_input("Handle", f"{side}-plain", placeholder="ada.example.com"),
        text_input("Server", f"{side}-hint", hint="The address of your Mastodon server, like https://example.social."),
        text_input(
            "App password",
            f"{side}-error",
            "password",
            default_value="wrong",
            hint="Bluesky: Settings, App passwords.",
            error="Bluesky doesn't take this password. Make a new one there and paste it here.",
        ),
        text_input("Workspace", f"{side}-off", default_value="First", disabled=True),
        text_lines("Text", f"{side}-lines", placeholder="What happened?"),
    )


def choices(side: str) -> rx.Component:
    return _stack(
        segmented("When", (("now", "Now"), ("later", "Later")), "now", rx.noop()),
        pick_one(
            "Visibility",
            f"{side}-select",
            rx.select.item("Everybody", value="public"),
            rx.select.item("Followers", value="private"),
            default_value="public",
        ),
        rx.checkbox("Sensitive", default_checked=True),
        rx.el.label(rx.switch(default_checked=True), "Split into a thread", style=_CHECK),
        rx.checkbox("Not for this network", disabled=True),
    )


def statuses(side: str) -> rx.Component:
    return _stack(
        _line(*(status_badge(status) for status in theme.STATUS_COLOURS)),
        _line(*(health_badge(health) for health in theme.HEALTH_COLOURS)),
    )


def chips(side: str) -> rx.Component:
    return _stack(
        *(account_chip(slug, name, f"@ada on {name}") for slug, name in _NETWORKS[:3]),
        account_chip("linkedin", "LinkedIn", "Ada's company", "needs_reconnect"),
        account_chip(
            "instagram", "Instagram", "a-handle-that-is-too-long-for-the-place-where-it-stands-and-is-cut-at-its-end"
        ),
    )


def notes(side: str) -> rx.Component:
    return _stack(
        note("info", "The zone is Europe/Zurich, as your browser says."),
        note("success", "Connected. The account works."),
        note("warning", "This token ends in 3 days: reconnect the account before its next 4 posts."),
        note("danger", "Nobody delivers posts right now: whoever runs Dravo starts it again.", role="note"),
    )


def lists(side: str) -> rx.Component:
    return panel_list(
        *(
            panel_row(account_chip(slug, name, "ada"), rx.spacer(), status_badge(status), _time())
            for (slug, name), status in zip(_NETWORKS[:3], ("published", "waiting", "failed"), strict=True)
        ),
        label=f"Deliveries, {side}",
    )


def loading(side: str) -> rx.Component:
    return faces.loading_rows(3)


def empty(side: str) -> rx.Component:
    return faces.nothing_here(
        "at-sign",
        "No account yet",
        "Posts go out through accounts. Connect one, or start with a sandbox account that needs no password.",
        primary_button("Connect an account", "plus"),
    )


def nothing_found(side: str) -> rx.Component:
    return faces.nothing_found(
        "No account matches “zebra”", "Another word may find it.", link_button("Show all accounts", "#nothing-found")
    )


def error(side: str) -> rx.Component:
    return faces.went_wrong(
        "The accounts can't be shown",
        "The database does not answer right now. Whoever runs Dravo looks at its log.",
        quiet_button("Try again", "refresh-cw"),
        code="unavailable",
    )


def code(side: str) -> rx.Component:
    return _stack(
        code_block(
            'curl https://dravo.example/v1/publish \\\n  -H "Authorization: Bearer $KEY" -d @post.json',
            f"As curl, {side}",
        ),
        rx.text("A word of code in a sentence: ", code_word("content_rejected"), ".", size="2"),
    )


def windows(side: str) -> rx.Component:
    return panel(
        _line(
            confirm(
                danger_button("Disconnect…"),
                "Disconnect ada on Bluesky?",
                "2 scheduled posts will not go out there. What was posted stays in the history.",
                "Disconnect",
                rx.toast.success("Disconnected."),
            ),
            dialog(
                quiet_button("Rename…"),
                "Rename the account",
                "Only your team sees this name.",
                rx.el.div(text_input("Name", f"{side}-name"), style={"margin_top": theme.SPACE_4}),
                dialog_actions(rx.dialog.close(primary_button("Rename"))),
            ),
            quiet_button("Say so", on_click=rx.toast.success("Saved.")),
            quiet_button("Say it failed", on_click=rx.toast.error("The database does not answer right now.")),
        )
    )


def _time() -> rx.Component:
    return rx.text(local_time(rx.Var.create("2026-07-01T09:00:00Z")), size="1", color=theme.QUIET)


def _stack(*content: rx.Component) -> rx.Component:
    return rx.el.div(
        *content, style={"display": "grid", "gap": theme.SPACE_3, "justify_items": "stretch", "min_width": "0"}
    )


def _line(*content: rx.Component) -> rx.Component:
    return rx.el.div(
        *content, style={"display": "flex", "flex_wrap": "wrap", "align_items": "center", "gap": theme.SPACE_2}
    )


_SWATCHES = {
    "display": "grid",
    "grid_template_columns": f"repeat(auto-fill, minmax({theme.SWATCH}, 1fr))",
    "gap": theme.SPACE_3,
}
_CHECK = {"display": "flex", "align_items": "center", "gap": theme.SPACE_2, "font_size": theme.FONT_2}
