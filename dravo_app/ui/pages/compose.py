"""/compose: write once, pick accounts, publish now or later."""

import reflex as rx

from dravo_app.services.counting import top_level_domains
from dravo_app.ui import routes, theme
from dravo_app.ui.components.button import link_button, primary_button, quiet_button
from dravo_app.ui.components.composer.bridge import FORM, bridge
from dravo_app.ui.components.composer.choosing import choosing
from dravo_app.ui.components.composer.networks import networks
from dravo_app.ui.components.composer.pictures import pictures
from dravo_app.ui.components.composer.sending import already, restored, sending
from dravo_app.ui.components.composer.writing import writing
from dravo_app.ui.components.faces import loading_rows, nothing_here, went_wrong
from dravo_app.ui.components.note import note
from dravo_app.ui.components.page_header import page_header
from dravo_app.ui.layout import member_page
from dravo_app.ui.pages.compose_state import ComposeState


def compose() -> rx.Component:
    return member_page(
        routes.COMPOSE,
        page_header("Compose", "Write once; every account gets it in its network's way."),
        rx.match(
            ComposeState.face,
            ("ready", _form()),
            ("empty", _no_account()),
            (
                "error",
                went_wrong(
                    "The accounts can't be shown",
                    ComposeState.trouble,
                    quiet_button("Try again", "rotate-cw", on_click=ComposeState.load),
                ),
            ),
            loading_rows(),
        ),
    )


def _form() -> rx.Component:
    return rx.el.div(
        bridge(
            on_review=ComposeState.review,
            on_publish=ComposeState.publish,
            on_code=ComposeState.show_code,
            on_look=ComposeState.look,
            on_leave=lambda where: rx.redirect(where),
            on_toast=lambda words: rx.toast.success(words),
        ),
        restored(),
        already(),
        rx.el.div(
            rx.el.div(writing(), style=_COLUMN),
            rx.el.div(choosing(), style={**_COLUMN, **_SIDE}),
            rx.el.div(pictures(), networks(), sending(), style=_COLUMN),
            style=_TWO,
        ),
        id=FORM,
        role="form",
        aria_label="Compose",
        custom_attrs={
            "data-owner": ComposeState.owner,
            "data-environment": ComposeState.environment,
            "data-sent": ComposeState.sent,
            "data-given": ComposeState.given,
            "data-receipt": ComposeState.receipt,
            "data-settled": ComposeState.settled,
            "data-already": ComposeState.already,
            "data-refused": ComposeState.refused,
            "data-domains": " ".join(top_level_domains()),
        },
        style={"display": "grid", "gap": theme.SPACE_4, "& [hidden]": {"display": "none !important"}},
    )


def _no_account() -> rx.Component:
    return nothing_here(
        "plug",
        "No account is connected here yet",
        "A post goes out through the accounts that you connect: X, Bluesky, Mastodon.",
        rx.cond(
            ComposeState.environment == "test",
            primary_button("Connect sandbox accounts", "flask-conical", on_click=ComposeState.connect_sandbox),
            link_button("Connect an account", routes.ACCOUNTS, "plug", is_primary=True),
        ),
        rx.cond(ComposeState.trouble != "", note("danger", ComposeState.trouble)),
    )


_COLUMN = {"display": "grid", "gap": theme.SPACE_4, "align_content": "start", "min_width": "0"}
_SIDE = {"grid_row": "span 2", theme.NARROW: {"grid_row": "auto"}}
_TWO = {
    "display": "grid",
    "grid_template_columns": f"minmax(0, 1fr) {theme.SIDE_WIDTH}",
    "grid_template_rows": "auto 1fr",
    "gap": theme.SPACE_4,
    "align_items": "start",
    theme.NARROW: {"grid_template_columns": "minmax(0, 1fr)", "grid_template_rows": "none"},
}
