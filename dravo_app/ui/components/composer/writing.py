"""What is said: the text with a counter for each limit that it has to keep."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.composer.marks import bound, problems, said
from dravo_app.ui.components.field import text_lines
from dravo_app.ui.components.network_mark import network_mark
from dravo_app.ui.components.panel import panel
from dravo_app.ui.pages.compose_rows import CounterRow
from dravo_app.ui.pages.compose_state import ComposeState


def writing() -> rx.Component:
    """The text, its counters and its problems."""
    return panel(
        text_lines("Text", "text", rows="8", custom_attrs=bound("text"), size="3", auto_focus=True),
        rx.el.div(
            rx.foreach(ComposeState.counters, _counter),
            said("news", aria_live="polite", style=_HEARD),
            style={"display": "flex", "flex_wrap": "wrap", "gap": f"{theme.SPACE_2} {theme.SPACE_4}"},
        ),
        problems(ComposeState.text_flaws),
        style={"display": "grid", "gap": theme.SPACE_3},
    )


def _counter(row: rx.Var[CounterRow]) -> rx.Component:
    return rx.el.div(
        network_mark(row.network, row.network_name),
        rx.el.span(
            rx.el.b(custom_attrs={"data-count": ""}, style={"font_weight": theme.MEDIUM}),
            f" / {row.limit} ",
            rx.cond(row.is_quiet, row.unit, ""),
        ),
        rx.el.b(custom_attrs={"data-left": ""}, style={"font_weight": theme.MEDIUM}),
        hidden=True,
        title=f"{row.network_name} takes {row.limit} {row.unit} ({row.source})",
        key=row.id,
        custom_attrs={
            "data-counter": row.id,
            "data-network": row.network,
            "data-name": row.network_name,
            "data-rule": row.rule,
            "data-limit": row.limit,
            "data-per-link": row.per_link,
            "data-accounts": row.accounts,
            "data-quiet": rx.cond(row.is_quiet, "true", "false"),
        },
        style=_COUNTER,
    )


_COUNTER = {
    "display": "inline-flex",
    "align_items": "center",
    "gap": theme.SPACE_2,
    "font_size": theme.FONT_2,
    "line_height": theme.LINE_HEIGHT,
    "color": theme.QUIET,
    "font_variant_numeric": "tabular-nums",
    "&[data-level=near]": {"color": "var(--amber-11)"},
    "&[data-level=over]": {"color": "var(--red-11)"},
}
_HEARD = {"position": "absolute", "width": "1px", "height": "1px", "overflow": "hidden", "clip_path": "inset(50%)"}
