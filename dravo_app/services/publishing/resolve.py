"""A person's answer to an unknown outcome: it is public, or it is not."""

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from dravo_app import clock
from dravo_app.errors import Conflict, Flaw, Invalid, OutcomeUnknown
from dravo_app.models import Delivery, DeliveryState
from dravo_app.services import events
from dravo_app.services.caller import Caller
from dravo_app.services.publishing import wakeup
from dravo_app.services.publishing.jobs import get_owned_delivery, get_owned_job
from dravo_app.services.publishing.lifecycle import move
from dravo_app.services.publishing.rollup import roll_up


class Resolution(BaseModel):
    """`published` says what the person saw; `send_again` is for a post that is not there."""

    model_config = ConfigDict(extra="forbid", strict=True)

    published: bool
    permalink: str | None = Field(default=None, max_length=2000, description="Where it is public, if it is.")
    send_again: bool = Field(default=False, description="Only with `published: false`: publish it now.")


def resolve(session: Session, caller: Caller, job_id: str, account_id: str, answer: Resolution) -> None:
    """Settle it. Raises NotFound, Invalid, Conflict where the outcome is known or still being looked up."""
    _check(answer)
    job = get_owned_job(session, caller, job_id)
    delivery = get_owned_delivery(session, job, account_id)
    if delivery.state != DeliveryState.FAILED or delivery.error_code != OutcomeUnknown.code:
        raise Conflict("Only a delivery that failed with an unknown outcome can be settled.")
    events.record_resolution(session, delivery, caller.actor, answer.model_dump())
    if answer.published:
        _settle_published(session, delivery, answer)
    elif answer.send_again:
        _send_again(session, delivery)
    else:
        delivery.error_code = "not_published"
        delivery.error_message = "It was not published, as a person has seen."
        session.add(delivery)
    roll_up(session, [job.key or 0], clock.now())


def _check(answer: Resolution) -> None:
    if answer.published and answer.send_again:
        raise Invalid(flaws=[Flaw("/send_again", "would_post_twice", "What is published can't be sent again.")])
    if answer.permalink is not None and not answer.published:
        raise Invalid(flaws=[Flaw("/permalink", "not_published", "What is not published has no permalink.")])
    if answer.permalink is not None and not answer.permalink.startswith(("https://", "http://")):
        raise Invalid(flaws=[Flaw("/permalink", "not_a_link", "The permalink must begin with https:// or http://.")])
    if answer.permalink and "\x00" in answer.permalink:
        raise Invalid(flaws=[Flaw("/permalink", "not_a_link", "The permalink holds a NUL character.")])


def _settle_published(session: Session, delivery: Delivery, answer: Resolution) -> None:
    delivery.permalink = answer.permalink
    delivery.error_code = delivery.error_message = delivery.who_acts = None
    move(session, delivery, DeliveryState.PUBLISHED, clock.now())


def _send_again(session: Session, delivery: Delivery) -> None:
    now = clock.now()
    delivery.error_code = delivery.error_message = delivery.who_acts = None
    # first_tried_at and unknown_since stay: should the person be wrong, the network's own key or its refusal of a
    # duplicate leads back to the post that is there
    delivery.tries, delivery.looks, delivery.run_at, delivery.begun_at = 0, 0, now, None
    move(session, delivery, DeliveryState.QUEUED, now)
    wakeup.announce(session)
