"""Step 1 for people: a draft becomes one publish job, however often its button is pressed, in however many tabs.

The draft carries a key that its browser made. The first answer is kept under it in the transaction of the job, as the API
keeps an Idempotency-Key's, so that a second press, a reload in the middle or a second tab finds the job that is there.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from dravo_app.errors import Flaw, IdempotencyMismatch
from dravo_app.services import idempotency
from dravo_app.services.caller import Caller
from dravo_app.services.idempotency import Repeatable, StoredAnswer
from dravo_app.services.publishing import plan
from dravo_app.services.publishing.plan import PublishRequest

_ROUTE = "/compose"


def publish_once(
    session: Session, caller: Caller, request: PublishRequest, key: str, address_flaws: Sequence[Flaw] = ()
) -> str:
    """The id of the draft's job: made now, or the one that is there.

    Raises Invalid with every flaw, IdempotencyMismatch where the draft was published with other words, RequestInProgress
    while another press of the button is being worked on.
    """
    asked = _same(caller, request, key)
    stored = idempotency.find_answer(session, asked)
    if stored is not None:
        return _job_id(stored)
    job = plan.publish(session, caller, request, address_flaws)
    idempotency.keep_answer(session, asked, StoredAnswer(202, json.dumps({"job_id": job.id})))
    return job.id


@dataclass(frozen=True)
class Sent:
    """The job that a draft has become; `is_same` where the draft still says just what was published."""

    job_id: str
    is_same: bool


def find_sent(session: Session, caller: Caller, key: str, request: PublishRequest) -> Sent | None:
    """What became of a draft, whatever is written in it now; None where it is still only a draft."""
    stored = idempotency.peek_any(session, _asked(caller, key, b""))
    if stored is None:
        return None
    try:
        return Sent(_job_id(stored), is_same=idempotency.peek_answer(session, _same(caller, request, key)) is not None)
    except IdempotencyMismatch:
        return Sent(_job_id(stored), is_same=False)


def _same(caller: Caller, request: PublishRequest, key: str) -> Repeatable:
    return _asked(caller, key, json.dumps(request.model_dump(mode="json"), sort_keys=True).encode())


def _asked(caller: Caller, key: str, body: bytes) -> Repeatable:
    # A draft is one person's: two people's browsers may not meet under one key.
    return Repeatable(caller, "POST", f"{_ROUTE}/{caller.actor}", idempotency.check_key(key), body)


def _job_id(stored: StoredAnswer) -> str:
    return str(json.loads(stored.body)["job_id"])
