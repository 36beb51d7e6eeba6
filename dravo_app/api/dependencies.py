"""What an operation gets: one visit, which opens the transaction, says who asks and keeps a write from happening twice.

visit.read(look)           one reading transaction
visit.write(work)          one writing transaction, with the Idempotency-Key's first answer in it
visit.write_after(ask, work)   the same where a network must be asked first, outside of any transaction
visit.read_after(ask, look)    a reading with such a question first
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel
from sqlmodel import Session
from starlette.responses import Response

from dravo_app import db
from dravo_app.api import bodies
from dravo_app.api.identity import identify
from dravo_app.errors import Flaw, Invalid
from dravo_app.services import api_keys, idempotency
from dravo_app.services.caller import Caller
from dravo_app.services.idempotency import Repeatable, StoredAnswer

IDEMPOTENCY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
_NOTE_USE_SECONDS = 60.0
_MAX_NOTED = 10_000

Found = TypeVar("Found")


@dataclass(frozen=True)
class Answer:
    """What an operation says: its model as JSON, with a status."""

    content: BaseModel
    status: int = 200


@dataclass(frozen=True)
class Visit:
    """One request at the API's door. Each operation calls exactly one of the four verbs."""

    request: Request

    def read(self, look: Callable[[Session, Caller], BaseModel]) -> Response:
        """Answer 200 with what `look` found."""
        with db.reading() as session:
            caller = identify(session, self.request.headers)
            response = shown(Answer(look(session, caller)))
        if _is_use_noteworthy(caller):
            with db.transaction() as session:
                api_keys.note_use(session, caller)
        return response

    def read_after(
        self, ask: Callable[[Caller], Found], look: Callable[[Session, Caller, Found], BaseModel]
    ) -> Response:
        """The same, with a network asked before: who asks is known by then, and checked again after."""
        with db.reading() as session:
            caller = identify(session, self.request.headers)
        found = ask(caller)
        return self.read(lambda session, caller: look(session, caller, found))

    def write(self, work: Callable[[Session, Caller], Answer]) -> Response:
        """Do `work` once, however often the same request comes with the same Idempotency-Key."""
        return db.grouped(lambda session: self._write(session, work))

    def write_after(self, ask: Callable[[Caller], Found], work: Callable[[Session, Caller, Found], Answer]) -> Response:
        """The same, with a network asked in between: who asks is checked before and, since it may have changed, after."""
        with db.reading() as session:
            caller = identify(session, self.request.headers)
            repeatable = self._repeatable(caller)
            stored = idempotency.peek_answer(session, repeatable) if repeatable else None
        if stored:
            return _replayed(stored)
        found = ask(caller)
        return self.write(lambda session, caller: work(session, caller, found))

    def _write(self, session: Session, work: Callable[[Session, Caller], Answer]) -> Response:
        caller = identify(session, self.request.headers)
        return self._once(session, caller, lambda: work(session, caller))

    def _once(self, session: Session, caller: Caller, work: Callable[[], Answer]) -> Response:
        if _is_use_noteworthy(caller):
            api_keys.note_use(session, caller)
        repeatable = self._repeatable(caller)
        if repeatable is None:
            return shown(work())
        stored = idempotency.find_answer(session, repeatable)
        if stored:
            return _replayed(stored)
        answer = work()
        body = answer.content.model_dump_json()
        idempotency.keep_answer(session, repeatable, StoredAnswer(answer.status, body))
        return _json(body, answer.status)

    def _repeatable(self, caller: Caller) -> Repeatable | None:
        given = self.request.headers.getlist(IDEMPOTENCY_HEADER)
        if not given:
            return None
        if len(given) > 1:
            message = f"{IDEMPOTENCY_HEADER} may be given only once."
            raise Invalid(flaws=[Flaw(IDEMPOTENCY_HEADER, "idempotency_key", message)])
        body = bodies.canonical(getattr(self.request, "raw_json", None))
        path = self.request.scope["path"]
        return Repeatable(caller, self.request.method, path, idempotency.check_key(given[0]), body)


async def get_visit(request: Request) -> Visit:
    """A coroutine on purpose: the framework runs it in place, while a plain function would cost a thread's turn."""
    return Visit(request)


AVisit = Annotated[Visit, Depends(get_visit)]


def shown(answer: Answer) -> Response:
    """The answer as JSON."""
    return _json(answer.content.model_dump_json(), answer.status)


def _replayed(stored: StoredAnswer) -> Response:
    response = _json(stored.body, stored.status)
    response.headers[REPLAYED_HEADER] = "true"
    return response


def _json(body: str, status: int) -> Response:
    return Response(body, status, media_type="application/json")


_noted_at: dict[str, float] = {}  # this process's memory of `note_use`, so that most requests don't even ask


def _is_use_noteworthy(caller: Caller) -> bool:
    if not caller.actor.startswith("key_"):
        return False
    now = time.monotonic()
    if now - _noted_at.get(caller.actor, -_NOTE_USE_SECONDS) < _NOTE_USE_SECONDS:
        return False
    if len(_noted_at) >= _MAX_NOTED:
        _noted_at.clear()
    _noted_at[caller.actor] = now
    return True
