"""How a page asks a service: off the event loop, in one transaction, as whoever is looking."""

from collections.abc import Callable
from typing import TypeVar

import reflex as rx
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from dravo_app import db
from dravo_app.errors import DravoError, Unavailable

Answer = TypeVar("Answer")


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


async def _off_the_loop(work: Callable[[], Answer]) -> Answer:
    try:
        return await rx.run_in_thread(work)
    except SQLAlchemyError:
        raise Unavailable("The database does not answer right now.") from None


def show_error(error: DravoError) -> rx.event.EventSpec:
    """The error as a passing message; its sentence says what to do."""
    return rx.toast.error(error.detail)
