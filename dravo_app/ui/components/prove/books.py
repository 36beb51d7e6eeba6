"""The books of a proof: two numbers that must be nought, what else was counted, and what every fault came to."""

import reflex as rx

from dravo_app.ui import routes, theme
from dravo_app.ui.components.code_block import code, code_block
from dravo_app.ui.components.instants import ago, exact_time
from dravo_app.ui.components.network_mark import network_mark
from dravo_app.ui.components.note import note
from dravo_app.ui.components.panel import PANEL, section
from dravo_app.ui.pages.prove_rows import EndingRow, FaultRow, InvariantRow
from dravo_app.ui.pages.prove_state import ProveState


def books() -> rx.Component:
    return rx.el.div(_verdict(), _nought(), _counted(), _faults(), _endings(), _invariants(), _how(), style=_STACK)


def _verdict() -> rx.Component:
    red = rx.fragment(
        note("danger", ProveState.verdict),
        rx.cond(ProveState.findings.length() > 0, _more_findings()),
    )
    return rx.cond(ProveState.holds, note("success", ProveState.verdict, role="status"), red)


def _more_findings() -> rx.Component:
    return section(
        "What else is wrong",
        "",
        rx.el.ul(
            rx.foreach(ProveState.findings, lambda finding: rx.el.li(finding)),
            style={"margin": "0", "padding_left": theme.SPACE_5, "font_size": theme.FONT_2},
        ),
    )


def _nought() -> rx.Component:
    return rx.el.dl(
        _big("Twice", "twice", "visible more often than accepted"),
        _big("Lost", "lost", "accepted, and neither visible nor explained"),
        style={**_TWO, "margin": "0"},
    )


def _big(words: str, name: str, meaning: str) -> rx.Component:
    number = _number(name)
    is_nought = number == 0
    colour = rx.cond(is_nought, "var(--green-11)", "var(--red-11)")
    return rx.el.div(
        rx.el.dt(words, style={"font_size": theme.FONT_3, "font_weight": theme.BOLD}),
        rx.el.dd(
            rx.el.span(number, style={"font_size": theme.FONT_HUGE, "font_weight": theme.BOLD, "line_height": "1"}),
            rx.cond(
                is_nought,
                rx.icon("check", size=theme.ICON_HUGE, custom_attrs={"aria-hidden": "true"}),
                rx.icon("triangle-alert", size=theme.ICON_HUGE, custom_attrs={"aria-hidden": "true"}),
            ),
            style={**_BIG_NUMBER, "color": colour},
        ),
        rx.el.dd(meaning, style=_MEANING),
        style={
            **PANEL,
            "padding": theme.SPACE_5,
            "background": rx.cond(is_nought, "var(--green-2)", "var(--red-2)"),
            theme.PHONE: {"padding": theme.SPACE_4},
        },
    )


def _counted() -> rx.Component:
    return rx.el.dl(
        _small("Accepted", "accepted", "by Dravo"),
        _small("Published", "published", "so Dravo says"),
        _small("Visible", "visible", "so the sandbox's log says"),
        _small("Failed", "failed", "each with its reason"),
        _small("Waiting", "waits", "until the network's own hour"),
        _small("Asking a person", "asks", "nobody could know"),
        rx.cond(_number("unfinished") != 0, _small("Unfinished", "unfinished", "must be 0", is_nought=True)),
        _small("Claimed, not visible", "claimed", "must be 0", is_nought=True),
        _small("Visible, not claimed", "unclaimed", "must be 0", is_nought=True),
        style=_SMALLS,
    )


def _small(words: str, name: str, meaning: str, *, is_nought: bool = False) -> rx.Component:
    colour = rx.cond(_number(name) == 0, theme.TEXT, "var(--red-11)") if is_nought else theme.TEXT
    return rx.el.div(
        rx.el.dt(words, style={"font_size": theme.FONT_1, "color": theme.QUIET}),
        rx.el.dd(_number(name), style={**_SMALL_NUMBER, "color": colour}),
        rx.el.dd(meaning, style=_MEANING),
    )


def _number(name: str) -> rx.Var[int]:
    return ProveState.numbers.get(name, 0).to(int)


def _faults() -> rx.Component:
    return section(
        "What was done to them, and what came of it",
        "Each fault as the sandbox played it. “By chance” are those that the seed threw in, without anybody writing them into a post.",
        rx.el.ul(rx.foreach(ProveState.faults, _fault), aria_label="Faults", style=_LIST),
    )


def _fault(row: rx.Var[FaultRow]) -> rx.Component:
    icon = rx.cond(
        row.is_kill,
        rx.icon("skull", size=theme.ICON, flex="none", color="var(--red-11)"),
        rx.icon("zap", size=theme.ICON, flex="none", color="var(--amber-11)"),
    )
    return rx.el.li(
        icon,
        rx.el.div(
            rx.text(row.meaning, size="2"),
            rx.text(code(row.name), " · ", row.times, size="1", color=theme.QUIET),
            style={"min_width": "0", "flex": f"1 1 {theme.FIELD_WIDTH}"},
        ),
        rx.text(
            row.became,
            size="2",
            style={
                **_BECAME,
                "color": rx.cond(row.is_wrong, "var(--red-11)", theme.TEXT),
                "font_weight": rx.cond(row.is_wrong, theme.BOLD, theme.NORMAL),
            },
        ),
        style=_ROW,
    )


def _endings() -> rx.Component:
    return rx.cond(
        ProveState.endings.length() > 0,
        section(
            "Not published, and why",
            "The sentence is the one that a receipt would show; whether anybody can see the post was asked from the sandbox.",
            rx.el.ul(rx.foreach(ProveState.endings, _ending), aria_label="Not published", style=_LIST),
        ),
    )


def _ending(row: rx.Var[EndingRow]) -> rx.Component:
    seen_colour = rx.cond(row.is_a_lie, "var(--red-11)", theme.QUIET)
    sign = rx.cond(row.is_a_lie, rx.icon("eye", size=theme.ICON_SMALL), rx.icon("eye-off", size=theme.ICON_SMALL))
    return rx.el.li(
        network_mark(row.network, row.network_name),
        rx.el.div(
            rx.text(
                row.sentence,
                rx.cond(row.until != "", rx.fragment(". Tried again at ", exact_time(row.until))),
                size="2",
                style={"overflow_wrap": "anywhere"},
            ),
            rx.text(row.account, ": ", row.text, size="1", color=theme.QUIET, style={"overflow_wrap": "anywhere"}),
            style={"min_width": "0", "flex": f"1 1 {theme.FIELD_WIDTH}"},
        ),
        rx.el.span(sign, row.seen, style={**_SEEN, "color": seen_colour}),
        style=_ROW,
    )


def _invariants() -> rx.Component:
    return section(
        "What must hold, checked on the proof's own database",
        "By the checker behind ./dravo verify, which you can ask about your own posts at any time.",
        rx.el.ul(rx.foreach(ProveState.invariants, _invariant), aria_label="Invariants", style=_LIST),
    )


def _invariant(row: rx.Var[InvariantRow]) -> rx.Component:
    return rx.el.li(
        rx.cond(
            row.holds,
            rx.icon("check", size=theme.ICON, flex="none", color="var(--green-11)"),
            rx.icon("x", size=theme.ICON, flex="none", color="var(--red-11)"),
        ),
        rx.text(row.title, size="2", style={"min_width": "0", "flex": f"1 1 {theme.FIELD_WIDTH}"}),
        rx.text(
            rx.cond(row.holds, "holds", "broken"), " · ", row.looked_at, size="1", color=theme.QUIET, style=_BECAME
        ),
        style=_ROW,
    )


def _how() -> rx.Component:
    return section(
        "Look for yourself",
        "",
        rx.text(
            "Run ",
            exact_time(_BEGAN_AT),
            ", ",
            ago(_BEGAN_AT),
            ", in ",
            ProveState.seconds,
            ". The same seed makes the same posts and the same bad luck.",
            size="2",
        ),
        rx.text(
            rx.link("What the sandbox's log said", href=routes.PROOF_LOG, target="_blank"),
            ": every post that became visible, written outside of Dravo.",
            size="2",
        ),
        code_block(ProveState.command, "The same at a terminal"),
    )


_BEGAN_AT = rx.Var.create(ProveState.began_at).to(str)
_STACK = {"display": "grid", "gap": theme.SPACE_4, "grid_template_columns": "minmax(0, 1fr)"}
_TWO = {
    "display": "grid",
    "gap": theme.SPACE_4,
    "grid_template_columns": "repeat(2, minmax(0, 1fr))",
    theme.PHONE: {"gap": theme.SPACE_3},
}
_BIG_NUMBER = {"margin": f"{theme.SPACE_2} 0", "display": "flex", "align_items": "center", "gap": theme.SPACE_3}
_MEANING = {"margin": "0", "font_size": theme.FONT_1, "color": theme.QUIET, "line_height": "1.4"}
_SMALLS = {
    **PANEL,
    "margin": "0",
    "padding": theme.SPACE_5,
    "display": "grid",
    "gap": theme.SPACE_5,
    "grid_template_columns": "repeat(4, minmax(0, 1fr))",
    theme.NARROW: {"grid_template_columns": "repeat(2, minmax(0, 1fr))"},
    theme.PHONE: {"padding": theme.SPACE_4, "gap": theme.SPACE_4},
}
_SMALL_NUMBER = {
    "margin": "0",
    "font_size": theme.FONT_4,
    "font_weight": theme.MEDIUM,
    "font_variant_numeric": "tabular-nums",
    "line_height": "1.4",
}
_LIST = {"list_style": "none", "margin": "0", "padding": "0"}
_ROW = {
    "display": "flex",
    "flex_wrap": "wrap",
    "align_items": "center",
    "gap": f"{theme.SPACE_1} {theme.SPACE_3}",
    "padding": f"{theme.SPACE_3} 0",
    "&:not(:last-child)": {"border_bottom": theme.HAIRLINE},
    "&:last-child": {"padding_bottom": "0"},
    "&:first-child": {"padding_top": "0"},
}
_BECAME = {
    "font_variant_numeric": "tabular-nums",
    "text_align": "right",
    theme.PHONE: {"text_align": "left", "flex": "1 1 100%", "padding_left": theme.INDENT},
}
_SEEN = {
    "display": "inline-flex",
    "align_items": "center",
    "gap": theme.SPACE_1,
    "font_size": theme.FONT_1,
    theme.PHONE: {"flex": "1 1 100%", "padding_left": theme.INDENT},
}
