"""When it goes out, and the button: it says how many accounts, and whether they are real."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.button import quiet_button
from dravo_app.ui.components.code_block import code_block
from dravo_app.ui.components.composer.marks import act, bound, cautions, problems, said
from dravo_app.ui.components.composer.options import SELECT
from dravo_app.ui.components.native import native_link
from dravo_app.ui.components.note import note
from dravo_app.ui.components.panel import section
from dravo_app.ui.pages.compose_state import ComposeState
from dravo_app.ui.pages.settings_state import LATE_WORDS


def sending() -> rx.Component:
    """Now or later, the button, and what came of it."""
    return section(
        "When",
        "",
        rx.el.div(_choice("Now", "now"), _choice("Later", "later"), role="radiogroup", aria_label="When", style=_LINE),
        _later(),
        problems(ComposeState.time_flaws),
        problems(ComposeState.other_flaws),
        cautions(ComposeState.notes),
        rx.el.div(
            rx.el.div(
                "No answer from Dravo yet. Your draft is kept. It may have been accepted; publish again: the same draft "
                "is never posted twice.",
                role="alert",
                style=_NO_ANSWER,
            ),
            hidden=True,
            custom_attrs={"data-when-no-answer": ""},
        ),
        rx.el.div(
            rx.button(
                rx.icon("send-horizontal", size=theme.ICON, flex="none"),
                said("publish"),
                size="3",
                type="button",
                id="publish",
                custom_attrs=act("publish"),
                style={
                    theme.PHONE: {"width": "100%", "height": "auto", "min_height": theme.TOUCH, "white_space": "normal"}
                },
            ),
            rx.text("or Ctrl+Enter", size="1", color=theme.QUIET, style={theme.PHONE: {"display": "none"}}),
            style={**_LINE, "margin_top": theme.SPACE_2},
        ),
        _code(),
    )


def already() -> rx.Component:
    """This very draft has become a job before: in another tab, or just before a reload."""
    return rx.cond(
        ComposeState.already != "",
        note(
            "warning",
            "This draft was published already. ",
            rx.link("See its receipt", href=ComposeState.already, underline="always"),
            ". To post what stands here now as another post, ",
            rx.el.button("make it a new draft", type="button", custom_attrs=act("renew"), style=_WORDS_BUTTON),
            ".",
            role="alert",
        ),
    )


def restored() -> rx.Component:
    """What the browser kept from last time."""
    return rx.fragment(
        rx.el.div(
            note(
                "info",
                "You were writing something else; it is still here. ",
                rx.el.button(
                    "Use the earlier post instead", type="button", custom_attrs=act("again"), style=_WORDS_BUTTON
                ),
                role="status",
            ),
            hidden=True,
            custom_attrs={"data-when-given": ""},
        ),
        rx.el.div(
            note(
                "info",
                "Restored your draft. ",
                rx.el.button("Discard it", type="button", custom_attrs=act("discard"), style=_WORDS_BUTTON),
                role="status",
            ),
            hidden=True,
            custom_attrs={"data-when-restored": ""},
        ),
        rx.el.div(
            note(
                "info",
                "Your last draft was taken a moment ago. ",
                native_link("See its receipt", href="#", custom_attrs={"data-sent-link": ""}, style=_WORDS_BUTTON),
                role="status",
            ),
            hidden=True,
            custom_attrs={"data-when-sent": ""},
        ),
        rx.el.div(
            note(
                "warning",
                "You tried to publish this draft some days ago and got no answer. Look into the history before you try again.",
            ),
            hidden=True,
            custom_attrs={"data-when-old-try": ""},
        ),
        rx.el.div(
            note("warning", "This browser keeps nothing just now: a reload would lose this draft."),
            hidden=True,
            custom_attrs={"data-when-not-kept": ""},
        ),
    )


def _choice(words: str, value: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio", name="when", value=value, custom_attrs=bound("when.later", "later"), style={"margin": "0"}
        ),
        words,
        style={
            "display": "inline-flex",
            "gap": theme.SPACE_2,
            "align_items": "center",
            "font_size": theme.FONT_2,
            "min_height": theme.CONTROL,
        },
    )


def _later() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.text_field(type="date", id="date", aria_label="Day", custom_attrs=bound("when.date")),
            rx.text_field(type="time", id="time", aria_label="Time", custom_attrs=bound("when.time")),
            rx.text(said("zone"), size="2", color=theme.QUIET),
            style=_LINE,
        ),
        rx.text(said("when"), size="2", weight="medium", aria_live="polite"),
        rx.text(said("when-hint"), size="2", style={"color": "var(--amber-11)"}),
        rx.text(said("when-problem"), size="2", role="status", style={"color": "var(--red-11)"}),
        _if_down(),
        hidden=True,
        custom_attrs={"data-when-later": ""},
        style={"display": "grid", "gap": theme.SPACE_2},
    )


def _if_down() -> rx.Component:
    """One quiet line: most people leave it as it is."""
    return rx.el.label(
        rx.text("If Dravo is down at that time", as_="span", size="2", color=theme.QUIET),
        rx.el.select(
            rx.el.option(f"the workspace's rule ({ComposeState.late_rule})", value=""),
            *(rx.el.option(words, value=policy) for policy, words in LATE_WORDS.items()),
            id="late_policy",
            custom_attrs=bound("when.late_policy"),
            style={**SELECT, "width": "auto", "max_width": "100%"},
        ),
        style=_LINE,
    )


def _code() -> rx.Component:
    return rx.el.div(
        quiet_button("Show as a command", "terminal", type="button", size="1", custom_attrs=act("code")),
        rx.cond(
            ComposeState.curl != "",
            rx.el.div(
                code_block(ComposeState.curl, "curl"),
                code_block(ComposeState.python, "Python"),
                style={"display": "grid", "gap": theme.SPACE_3, "min_width": "0"},
            ),
        ),
        style={"display": "grid", "gap": theme.SPACE_3, "justify_items": "start", "min_width": "0"},
    )


_LINE = {"display": "flex", "flex_wrap": "wrap", "gap": f"{theme.SPACE_2} {theme.SPACE_3}", "align_items": "center"}
_NO_ANSWER = {
    "font_size": theme.FONT_2,
    "color": "var(--amber-12)",
    "background": "var(--amber-3)",
    "padding": theme.SPACE_3,
    "border_radius": theme.ROUND_SMALL,
}
_WORDS_BUTTON = {
    "border": "0",
    "background": "none",
    "padding": "0",
    "font": "inherit",
    "color": "inherit",
    "text_decoration": "underline",
    "cursor": "pointer",
}
