"""The proof page's handlers, called as any client could call them: who isn't logged in begins nothing."""

import asyncio
import inspect
from dataclasses import replace
from typing import Any

import pytest
import reflex as rx
from reflex.istate.data import HeaderData, ReflexURL, RouterData

from dravo_app import settings
from dravo_app.services.proofs import keeping
from dravo_app.ui import routes
from dravo_app.ui.pages.prove_state import ProveState

pytestmark = [pytest.mark.parametrize("database", ["sqlite"], indirect=True), pytest.mark.usefixtures("database")]
HANDLERS = sorted(set(ProveState.event_handlers) - set(rx.State.event_handlers) - {"setvar"})


@pytest.mark.parametrize("handler", HANDLERS)
def test_no_handler_begins_or_shows_anything_for_who_is_not_logged_in(handler: str) -> None:
    root: Any = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
    url = ReflexURL("http://dravo.test/prove")
    root.router = replace(RouterData(), headers=replace(HeaderData(), cookie="dravo_session=nobody"), url=url)
    state = root.get_substate(ProveState.get_full_name().split("."))
    state.face = "books"
    answer = ProveState.event_handlers[handler].fn(state)
    told = asyncio.run(answer) if inspect.iscoroutine(answer) else answer

    assert routes.LOGIN in str(told.args)
    assert state.face == "loading"
    assert not keeping.is_running()
    assert not (settings.get_settings().data_dir / "proof").exists()


def test_every_handler_is_known_to_this_test() -> None:
    assert HANDLERS == ["load", "look_again", "prove", "prove_again"]
