"""The windows that change one account: its name, and its end here."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.accounts.window import window
from dravo_app.ui.components.button import danger_button, primary_button
from dravo_app.ui.components.dialog import dialog_actions
from dravo_app.ui.components.field import text_input
from dravo_app.ui.components.local_time import local_time
from dravo_app.ui.components.note import note
from dravo_app.ui.pages.accounts_change import ChangeState
from dravo_app.ui.pages.accounts_rows import StopRow


def rename_window() -> rx.Component:
    """A name of the team's own."""
    return window(
        ChangeState.window == "rename",
        ChangeState.close,
        "Rename " + ChangeState.title,
        "A name of your own for it, seen only in Dravo.",
        rx.el.form(
            text_input(
                "Name",
                "name",
                hint="Leave it empty to show " + ChangeState.handle + ".",
                error=ChangeState.trouble,
                default_value=ChangeState.name,
                max_length=100,
            ),
            dialog_actions(primary_button("Rename", type="submit")),
            on_submit=ChangeState.rename,
            no_validate=True,
            style={"display": "grid", "margin_top": theme.SPACE_4},
        ),
    )


def disconnect_window() -> rx.Component:
    """What it stops comes before the button that does it."""
    return window(
        ChangeState.window == "disconnect",
        ChangeState.close,
        "Disconnect " + ChangeState.title + "?",
        "Dravo forgets its credentials. Its history stays, and connecting it again brings it back.",
        rx.cond(ChangeState.stopping != "", _stops()),
        rx.cond(ChangeState.trouble != "", rx.box(note("danger", ChangeState.trouble), margin_top=theme.SPACE_3)),
        dialog_actions(danger_button(ChangeState.verb, on_click=ChangeState.disconnect), stay="Keep it"),
    )


def _stops() -> rx.Component:
    return rx.box(
        note("warning", ChangeState.stopping),
        rx.el.ul(
            rx.foreach(ChangeState.stops, _stop),
            rx.cond(ChangeState.more_stops != "", rx.el.li(ChangeState.more_stops)),
            aria_label="Posts that will not go out",
            style=_LIST,
        ),
        margin_top=theme.SPACE_4,
    )


def _stop(stop: rx.Var[StopRow]) -> rx.Component:
    return rx.el.li(
        rx.el.b(local_time(stop.at), style={"font_weight": theme.MEDIUM}),
        rx.el.span(stop.text, style={"overflow": "hidden", "text_overflow": "ellipsis", "white_space": "nowrap"}),
        key=stop.job_id,
        style={"display": "grid", "min_width": "0"},
    )


_LIST = {
    "list_style": "none",
    "margin": f"{theme.SPACE_3} 0 0",
    "padding": "0",
    "display": "grid",
    "gap": theme.SPACE_2,
    "font_size": theme.FONT_2,
}
