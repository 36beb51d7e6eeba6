"""/settings: the workspace's rules. So far there is one."""

import reflex as rx

from dravo_app.ui import routes, theme
from dravo_app.ui.components.button import primary_button
from dravo_app.ui.components.faces import loading_rows, went_wrong
from dravo_app.ui.components.page_header import page_header
from dravo_app.ui.components.panel import section
from dravo_app.ui.layout import member_page
from dravo_app.ui.pages.settings_state import LATE_WORDS, SettingsState

_MEANS = {
    "publish": "Publish it late. Its receipt says how late.",
    "skip": "Skip it. It is canceled, with a sentence that says why.",
    "ask": "Ask. It is held until somebody lets it go or stops it.",
}


def settings() -> rx.Component:
    return member_page(
        routes.SETTINGS,
        page_header("Settings", "The rules of this workspace. They hold in live and test alike."),
        rx.match(
            SettingsState.face,
            ("filled", _late()),
            ("error", went_wrong("The settings can't be shown", SettingsState.trouble, _again())),
            loading_rows(1),
        ),
    )


def _late() -> rx.Component:
    return section(
        "If Dravo is down at a post's time",
        "For posts that don't say it themselves, also those that are scheduled already.",
        rx.el.div(*(_choice(policy.value) for policy in LATE_WORDS), role="radiogroup", aria_label=_LABEL, style=_LIST),
        rx.cond(
            ~SettingsState.may_change, rx.text("An owner or an admin can change this.", size="2", color=theme.QUIET)
        ),
    )


def _choice(policy: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="late_policy",
            value=policy,
            checked=SettingsState.late_policy == policy,
            disabled=~SettingsState.may_change,
            on_change=SettingsState.choose(policy),  # type: ignore[operator]  # an event with its argument
            style={"margin": "0", "flex": "none"},
        ),
        _MEANS[policy],
        style=_LINE,
    )


def _again() -> rx.Component:
    return primary_button("Try again", on_click=SettingsState.load)


_LABEL = "If Dravo is down at a post's time"
_LIST = {"display": "grid", "gap": theme.SPACE_1}
_LINE = {
    "display": "flex",
    "gap": theme.SPACE_2,
    "align_items": "center",
    "font_size": theme.FONT_2,
    "line_height": theme.LINE_HEIGHT,
    "min_height": theme.CONTROL,
    theme.PHONE: {"min_height": theme.TOUCH},
}
