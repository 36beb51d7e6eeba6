"""One account on the receipt: how it stands, who acts next and by which button, and its timeline."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.account_chip import account_chip
from dravo_app.ui.components.button import link_button, quiet_button
from dravo_app.ui.components.code_block import code
from dravo_app.ui.components.instants import ago, exact_time
from dravo_app.ui.components.panel import panel
from dravo_app.ui.components.resolve_dialog import resolve_dialog
from dravo_app.ui.components.status_badge import status_badge
from dravo_app.ui.components.timeline import coming, timeline
from dravo_app.ui.components.waiting import stuck_note, waiting_words
from dravo_app.ui.pages.receipt_rows import DeliveryRow
from dravo_app.ui.pages.receipt_state import ReceiptState


def delivery_story(row: rx.Var[DeliveryRow]) -> rx.Component:
    """A panel; its timeline opens and closes."""
    return panel(
        rx.flex(
            rx.heading(
                account_chip(row.network, row.network_name, row.handle, row.health), as_="h3", size="3", min_width="0"
            ),
            status_badge(row.status),
            rx.spacer(),
            rx.cond(row.link != "", _link(row)),
            wrap="wrap",
            align="center",
            style={"gap": f"{theme.SPACE_2} {theme.SPACE_3}"},
        ),
        rx.cond(row.started_at != "", _lateness(row)),
        rx.cond(row.own_text != "", _own_text(row)),
        rx.cond(row.is_stuck, stuck_note(row)),
        rx.cond(_is_told_apart(row), _next(row)),
        _timeline(row),
        custom_attrs={"data-account": row.account_id},
        style={
            "display": "grid",
            "grid_template_columns": "minmax(0, 1fr)",
            "gap": theme.SPACE_4,
            "padding": theme.SPACE_4,
        },
    )


def _link(row: rx.Var[DeliveryRow]) -> rx.Component:
    icon = rx.icon("arrow-up-right", size=theme.ICON_SMALL, style=_INLINE)
    return rx.link(row.link_words, icon, href=row.link, is_external=True, size="2", rel="noreferrer noopener")


def _lateness(row: rx.Var[DeliveryRow]) -> rx.Component:
    return rx.text("Due ", exact_time(row.due_at), ", ", row.lateness, size="1", color=theme.QUIET, style=_FIGURES)


def _own_text(row: rx.Var[DeliveryRow]) -> rx.Component:
    return rx.el.div(
        rx.text("Its own text", size="1", color=theme.QUIET),
        rx.text(row.own_text, size="2", style={"white_space": "pre-wrap", "overflow_wrap": "anywhere"}),
        style={"max_width": theme.READABLE},
    )


def _next(row: rx.Var[DeliveryRow]) -> rx.Component:
    return rx.el.div(
        rx.cond(row.message != "", rx.text(row.message, size="2", style={"overflow_wrap": "anywhere"})),
        rx.text(
            "Next: ",
            rx.el.b(row.next_who),
            ". ",
            rx.cond(
                (row.waits_before != "") & ~row.is_open,
                waiting_words(row),
                row.next_words,
            ),
            rx.cond(row.next_at != "", rx.fragment(" ", exact_time(row.next_at), " (", ago(row.next_at), ").")),
            size="2",
            color=theme.QUIET,
        ),
        rx.cond(
            row.code != "",
            rx.text(
                code(row.code),
                rx.cond(
                    row.help != "",
                    rx.fragment(
                        " · ", rx.link("What this means", href=row.help, is_external=True, size="1", underline="always")
                    ),
                ),
                size="1",
                color=theme.QUIET,
            ),
        ),
        _actions(row),
        style={
            "display": "grid",
            "gap": theme.SPACE_1,
            "padding_left": theme.SPACE_3,
            "border_left": rx.match(
                row.status,
                ("failed", f"{theme.EDGE_MARK} solid var(--red-8)"),
                f"{theme.EDGE_MARK} solid var(--gray-a5)",
            ),
        },
    )


def _actions(row: rx.Var[DeliveryRow]) -> rx.Component:
    retry = quiet_button("Retry", "rotate-cw", on_click=ReceiptState.retry(row.account_id))  # type: ignore[operator]  # an event with its argument
    resolve = resolve_dialog(
        row.account_id, row.handle, ReceiptState.resolve_trouble, ReceiptState.resolve, ReceiptState.forget_trouble
    )
    found = rx.cond(
        row.may_retry,
        retry,
        rx.cond(
            row.may_resolve,
            resolve,
            rx.cond(
                row.needs_account,
                link_button("To the accounts", ReceiptState.accounts_page, "plug-zap"),
                rx.cond(row.needs_new_post, link_button("Use again", ReceiptState.again, "copy-plus")),
            ),
        ),
    )
    return rx.cond(row.status == "failed", rx.flex(found, margin_top=theme.SPACE_2))


def _timeline(row: rx.Var[DeliveryRow]) -> rx.Component:
    words = rx.cond(row.waits_before != "", waiting_words(row), row.next_words)
    last = coming(
        rx.text(words, as_="span", size="2", color=theme.QUIET),
        rx.cond(row.waits_until != "", row.waits_until, row.next_at),
    )
    return rx.el.div(
        rx.el.button(
            rx.icon("chevron-right", size=theme.ICON_SMALL, style=rx.cond(row.is_open, _TURNED, _STRAIGHT)),
            "What happened",
            rx.text(row.count, as_="span", size="1", color=theme.QUIET),
            type="button",
            aria_expanded=rx.cond(row.is_open, "true", "false"),
            on_click=ReceiptState.toggle(row.account_id),  # type: ignore[operator]  # an event with its argument
            style=_TOGGLE,
        ),
        rx.cond(
            row.is_open,
            rx.box(
                timeline(row.moments, rx.cond(_is_moving(row) & ~row.is_stuck, last)),
                margin_top=theme.SPACE_3,
            ),
        ),
    )


def _is_told_apart(row: rx.Var[DeliveryRow]) -> rx.Var[bool]:
    """What comes by itself is the open timeline's last line already."""
    is_open_to_say = (row.status == "failed") | (row.status == "held") | (row.message != "") | ~row.is_open
    return (row.next_who != "") & ~row.is_stuck & is_open_to_say


def _is_moving(row: rx.Var[DeliveryRow]) -> rx.Var[bool]:
    return (row.status == "queued") | (row.status == "processing") | (row.status == "scheduled")


_FIGURES = {"font_variant_numeric": "tabular-nums", "margin_top": f"calc(-1 * {theme.SPACE_2})"}
_INLINE = {"display": "inline", "vertical_align": "-2px", "margin_left": theme.SPACE_1}
_STRAIGHT = {"transition": f"transform {theme.QUICK}"}
_TURNED = {**_STRAIGHT, "transform": "rotate(90deg)"}
_TOGGLE = {
    "display": "flex",
    "align_items": "center",
    "gap": theme.SPACE_2,
    "padding": "0",
    "border": "0",
    "background": "none",
    "color": theme.TEXT,
    "font_size": theme.FONT_2,
    "font_family": "inherit",
    "cursor": "pointer",
    "min_height": theme.SPACE_5,
}
