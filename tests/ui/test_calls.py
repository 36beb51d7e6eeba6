"""How a page asks a network: not for ever, and without keeping the database's threads."""

import asyncio
import threading

import pytest

from dravo_app.errors import NotFound, Unavailable
from dravo_app.services.media import fetching
from dravo_app.ui.calls import ask_network
from dravo_app.ui.pages import compose_pictures
from tests.conftest import Settle
from tests.support.picture_server import Answer, running_picture_server


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


def test_pictures_that_hang_leave_a_way_to_the_networks(settle: Settle) -> None:
    hanging = threading.Event()

    def hang() -> Answer:
        hanging.wait(10)
        return 500, "text/plain", b""

    async def both(urls: list[str]) -> int:
        looks = [asyncio.create_task(compose_pictures.look(url)) for url in urls]
        await asyncio.sleep(0.2)
        try:
            return await ask_network(lambda: 5, 1.0)
        finally:
            hanging.set()
            await asyncio.gather(*looks)

    with running_picture_server() as server:
        settle(DRAVO_ALLOW_PRIVATE=server.host)
        fetching.close()
        assert asyncio.run(both([server.put(f"slow{n}", hang) for n in range(20)])) == 5
    fetching.close()
