"""/receipt: what happened to one post, account by account."""

import reflex as rx

from dravo_app.ui import routes, theme
from dravo_app.ui.components.button import icon_button, link_button, primary_button, quiet_button
from dravo_app.ui.components.code_block import code, copy_button
from dravo_app.ui.components.delivery_story import delivery_story
from dravo_app.ui.components.dialog import confirm
from dravo_app.ui.components.faces import loading_rows, nothing_here, went_wrong
from dravo_app.ui.components.instants import ago
from dravo_app.ui.components.live import live
from dravo_app.ui.components.local_time import local_time
from dravo_app.ui.components.page_header import page_header
from dravo_app.ui.components.panel import panel
from dravo_app.ui.components.status_badge import status_badge
from dravo_app.ui.layout import member_page
from dravo_app.ui.pages.receipt_rows import Head, Pair
from dravo_app.ui.pages.receipt_state import ReceiptState

_HEAD: rx.Var[Head] = ReceiptState.head  # type: ignore[assignment]  # on the class it is a Var


def receipt() -> rx.Component:
    return member_page(
        routes.HISTORY,
        live(version=ReceiptState.version, is_busy=ReceiptState.is_moving, on_change=ReceiptState.look_again),
        rx.link(
            rx.icon("arrow-left", size=theme.ICON_SMALL),
            "History",
            href=rx.cond(ReceiptState.back != "", ReceiptState.back, routes.HISTORY),
            size="2",
            style={
                "display": "inline-flex",
                "align_items": "center",
                "gap": theme.SPACE_1,
                "margin_bottom": theme.SPACE_3,
            },
        ),
        page_header("Receipt", "", _actions()),
        rx.match(
            ReceiptState.face,
            ("filled", _story()),
            ("missing", _missing()),
            ("error", _error()),
            loading_rows(3),
        ),
    )


def _actions() -> rx.Component:
    return rx.cond(
        ReceiptState.face == "filled",
        rx.fragment(
            rx.cond(
                ReceiptState.retryable > 1,
                primary_button(
                    f"Retry all {ReceiptState.retryable}",
                    "rotate-cw",
                    on_click=ReceiptState.retry(""),  # type: ignore[operator]  # an event with its argument
                ),
            ),
            rx.cond(ReceiptState.is_held, _held_actions()),
            rx.cond(
                ReceiptState.is_scheduled & ~ReceiptState.is_held,
                confirm(
                    quiet_button("Cancel the post", "ban"),
                    "Cancel this post?",
                    rx.fragment(
                        rx.cond(
                            ReceiptState.deliveries.length() == 1,
                            "It would go to 1 account at ",
                            f"It would go to {ReceiptState.deliveries.length()} accounts at ",
                        ),
                        local_time(_HEAD.scheduled_at),
                        ". Nothing of it will be sent. This can't be taken back, but you can use the post again.",
                    ),
                    "Cancel the post",
                    ReceiptState.cancel,
                    stay="Keep it",
                ),
            ),
            link_button("Use again", ReceiptState.again, "copy-plus"),
        ),
    )


def _held_actions() -> rx.Component:
    return rx.fragment(
        primary_button("Publish it now", "send-horizontal", on_click=ReceiptState.release),
        confirm(
            quiet_button("Don't publish", "ban"),
            "Don't publish this post?",
            "Dravo will not send what is held of it. This can't be taken back, but you can use the post again.",
            "Don't publish",
            ReceiptState.cancel,
            stay="Keep it",
        ),
    )


def _story() -> rx.Component:
    return rx.el.div(
        panel(
            rx.flex(
                status_badge(_HEAD.status, "2"),
                rx.spacer(),
                rx.flex(
                    rx.text(code(_HEAD.job_id), size="1", color=theme.QUIET),
                    copy_button(_HEAD.job_id, "Copy the job's id"),
                    icon_button("terminal", "Copy as curl", on_click=_copy(ReceiptState.curl)),
                    align="center",
                    style={"gap": theme.SPACE_2, "min_width": "0"},
                ),
                wrap="wrap",
                align="center",
                style={"gap": theme.SPACE_2},
            ),
            rx.text(_HEAD.text, size="3", style=_TEXT),
            rx.cond(_HEAD.pictures.length() > 0, _pictures()),
            _facts(),
            style={"display": "grid", "gap": theme.SPACE_4},
        ),
        rx.heading("Accounts", as_="h2", size="4", style={"margin": f"{theme.SPACE_3} 0 0"}),
        rx.foreach(ReceiptState.deliveries, delivery_story),
        aria_live="off",
        style={"display": "grid", "gap": theme.SPACE_3},
    )


def _copy(text: rx.Var[str] | str) -> list[rx.event.EventSpec]:
    return [rx.set_clipboard(text), rx.toast.success("Copied.")]


def _facts() -> rx.Component:
    return rx.el.dl(
        _fact("Created", _time(_HEAD.created_at)),
        rx.cond(_HEAD.scheduled_at != "", _scheduled()),
        rx.cond(_HEAD.late != "", _fact("Went on", rx.fragment(_HEAD.late, " late: Dravo was down at its time"))),
        rx.cond(_HEAD.finished_at != "", _fact("Finished", _time(_HEAD.finished_at))),
        _fact("By", rx.fragment(_HEAD.author)),
        rx.foreach(_HEAD.metadata, _metadata),
        style=_FACTS,
    )


def _scheduled() -> rx.Component:
    """What was canceled does not go out "in 1 day"."""
    return rx.cond(
        _HEAD.status == "canceled",
        _fact("Was scheduled for", local_time(_HEAD.scheduled_at)),
        _fact("Scheduled for", _time(_HEAD.scheduled_at)),
    )


def _time(at: rx.Var[str]) -> rx.Component:
    return rx.fragment(local_time(at), rx.text(ago(at), size="1", color=theme.QUIET))


def _metadata(pair: rx.Var[Pair]) -> rx.Component:
    return _fact(pair.name, rx.fragment(pair.value))


def _fact(name: str | rx.Var[str], value: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.dt(name, style={"color": theme.QUIET, "font_size": theme.FONT_1}),
        rx.el.dd(value, style={"margin": "0", "font_size": theme.FONT_2, "overflow_wrap": "anywhere"}),
        style={"min_width": "0"},
    )


def _pictures() -> rx.Component:
    return rx.flex(rx.foreach(_HEAD.pictures, _picture), wrap="wrap", style={"gap": f"{theme.SPACE_1} {theme.SPACE_4}"})


def _picture(pair: rx.Var[Pair]) -> rx.Component:
    """By its address only: a page of ours asks no other host for anything."""
    return rx.link(
        rx.icon("image", size=theme.ICON_SMALL, flex="none"),
        rx.el.span(pair.name, style={"overflow_wrap": "anywhere"}),
        href=pair.value,
        is_external=True,
        rel="noreferrer noopener",
        size="2",
        style={"display": "inline-flex", "align_items": "center", "gap": theme.SPACE_1},
    )


def _missing() -> rx.Component:
    return nothing_here(
        "search-x",
        "There is no such post here",
        "The address names a post that is not in this workspace, or it is in the other of the two worlds, live and test.",
        link_button("To the history", ReceiptState.back, is_primary=True),
    )


def _error() -> rx.Component:
    return went_wrong(
        "The receipt can't be shown",
        ReceiptState.trouble,
        primary_button("Try again", on_click=ReceiptState.load),
        rx.link("To the history", href=ReceiptState.back, size="2"),
    )


_TEXT = {"white_space": "pre-wrap", "overflow_wrap": "anywhere", "max_width": theme.READABLE}
_FACTS = {
    "display": "grid",
    "grid_template_columns": f"repeat(auto-fill, minmax({theme.FIELD_WIDTH}, 1fr))",
    "gap": f"{theme.SPACE_3} {theme.SPACE_4}",
    "margin": "0",
}
