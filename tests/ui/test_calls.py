"""How a page asks a network: not for ever, and without keeping the database's threads."""

import asyncio
import threading

import pytest

from dravo_app.errors import NotFound, Unavailable
from dravo_app.ui.calls import ask_network


def test_an_answer_and_an_error_come_through() -> None:
    def refuse() -> None:
        raise NotFound("There is no such thing.")

    assert asyncio.run(ask_network(lambda: 5, 1.0)) == 5
    with pytest.raises(NotFound):
        asyncio.run(ask_network(refuse, 1.0))


def test_a_network_that_hangs_is_a_sentence_and_other_work_goes_on() -> None:
    hanging = threading.Event()

    async def both() -> int:
        with pytest.raises(Unavailable, match="did not answer within 0 seconds; nothing was changed"):
            await ask_network(hanging.wait, 0.05)
        return await asyncio.to_thread(lambda: 5)

    try:
        assert asyncio.run(both()) == 5
    finally:
        hanging.set()
