"""How a page asks a service: off the event loop, in one transaction, as whoever is looking."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import reflex as rx
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from dravo_app import db
from dravo_app.errors import DravoError, Unavailable

Answer = TypeVar("Answer")

_networks = ThreadPoolExecutor(
    8, "networks"
)  # of its own: slow networks must not take the threads of the database's calls

_strangers = ThreadPoolExecutor(
    8, "strangers"
)  # and one more: pictures at addresses that a member chose must not keep others from publishing and connecting


async def read(service: Callable[[Session], Answer]) -> Answer:
    """What a reading service answers. Raises DravoError; a database that is away is Unavailable."""

    def in_transaction() -> Answer:
        with db.reading() as session:
            return service(session)

    return await _off_the_loop(in_transaction)


async def write(service: Callable[[Session], Answer]) -> Answer:
    """What a writing service answers, once it is committed. Raises as `read`."""

    def in_transaction() -> Answer:
        with db.transaction() as session:
            return service(session)

    return await _off_the_loop(in_transaction)


async def ask_network(work: Callable[[], Answer], seconds: float, *, is_stranger: bool = False) -> Answer:
    """What a service answers that asks a network: off the event loop, in no transaction, and waited for so long at most.

    `is_stranger`: a server that anybody may have named is asked. Raises DravoError; Unavailable after the time, when the answer is
    no longer looked at.
    """
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.get_running_loop().run_in_executor(_strangers if is_stranger else _networks, work)
    except TimeoutError:
        raise Unavailable(f"The network did not answer within {seconds:.0f} seconds; nothing was changed.") from None
    except SQLAlchemyError:
        raise Unavailable("The database does not answer right now.") from None


async def _off_the_loop(work: Callable[[], Answer]) -> Answer:
    try:
        return await rx.run_in_thread(work)
    except SQLAlchemyError:
        raise Unavailable("The database does not answer right now.") from None


def show_error(error: DravoError) -> rx.event.EventSpec:
    """The error as a passing message; its sentence says what to do."""
    return rx.toast.error(error.detail)
