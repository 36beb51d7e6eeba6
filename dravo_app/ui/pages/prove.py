"""/prove: the claim as a button. A run of its own world, followed live, and the books at its end."""

import reflex as rx

from dravo_app.ui import routes, theme
from dravo_app.ui.components.button import primary_button, quiet_button
from dravo_app.ui.components.faces import loading_rows, nothing_here, went_wrong
from dravo_app.ui.components.page_header import page_header
from dravo_app.ui.components.prove.books import books
from dravo_app.ui.components.prove.running import running
from dravo_app.ui.components.pulse import pulse
from dravo_app.ui.layout import member_page
from dravo_app.ui.pages.prove_state import ProveState

_CLAIM = "Dravo claims that no post is lost, that none goes out twice, and that what it says happened did happen."
_HOW = (
    "Here a second Dravo, on networks that misbehave and with workers that are killed, shows whether that is so; "
    "no account and no post of yours is touched."
)


def prove() -> rx.Component:
    return member_page(
        routes.PROVE,
        pulse(beat=ProveState.beat, is_busy=ProveState.face == "running", on_beat=ProveState.look_again),
        page_header("Prove it", f"{_CLAIM} {_HOW}", rx.cond(ProveState.face == "books", _again())),
        rx.match(
            ProveState.face,
            ("empty", _empty()),
            ("running", running()),
            ("books", books()),
            ("trouble", _trouble()),
            loading_rows(),
        ),
    )


def _button(words: str = "Prove it (about half a minute)") -> rx.Component:
    return primary_button(words, "shield-check", on_click=ProveState.prove)


def _again() -> rx.Component:
    return rx.fragment(
        quiet_button("Run again with this seed", "rotate-ccw", on_click=ProveState.prove_again), _button()
    )


def _empty() -> rx.Component:
    return nothing_here(
        "shield-check",
        "It has not been tried here yet",
        "Some forty posts go to three networks. Answers get lost, errors come after the post is out, access is taken back, "
        "workers are killed. Then the books are read from both sides: what Dravo says, and what the world shows.",
        _button(),
    )


def _trouble() -> rx.Component:
    return went_wrong(
        "There are no books to show",
        ProveState.trouble,
        primary_button("Try again", "shield-check", on_click=ProveState.prove),
        rx.cond(
            ProveState.began_at != "", rx.text("The books of the run before are kept.", size="1", color=theme.QUIET)
        ),
    )
