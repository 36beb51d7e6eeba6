"""The receipt as a page shows it: the job, who made it, and the story of each delivery; reads only."""

from collections import defaultdict
from dataclasses import dataclass

from sqlmodel import Session, col, select

from dravo_app.models import Delivery, Event, PublishJob
from dravo_app.services import actors, composition, history, timeline
from dravo_app.services.caller import Caller
from dravo_app.services.history import JobView
from dravo_app.services.publishing.jobs import get_owned_job
from dravo_app.services.timeline import Moment


@dataclass(frozen=True)
class Story:
    """`moments` by delivery id, oldest first; `names` are what people call the actors in it.

    `own_texts` by delivery id: what an account gets where that is not the job's text.
    """

    job: JobView
    moments: dict[str, list[Moment]]
    names: dict[str, str]
    own_texts: dict[str, str]


def get_story(session: Session, caller: Caller, job_id: str) -> Story:
    """One job with all that happened to it. Raises NotFound, for another workspace's or environment's too."""
    job = get_owned_job(session, caller, job_id)
    view = history.get_receipt(session, caller, job_id)
    events: dict[str, list[Event]] = defaultdict(list)
    told = (
        select(Event, Delivery.id)
        .join(Delivery, col(Delivery.key) == col(Event.delivery_key))
        .where(col(Event.job_key) == job.key)
        .order_by(col(Event.key))
    )
    for event, delivery_id in session.exec(told):
        events[delivery_id].append(event)
    moments = {result.delivery_id: timeline.tell(events[result.delivery_id], result.history) for result in view.results}
    acting = [str(event.details["actor"]) for every in events.values() for event in every if "actor" in event.details]
    return Story(view, moments, actors.names_of(session, caller, [job.author, *acting]), _own_texts(job, view))


def _own_texts(job: PublishJob, view: JobView) -> dict[str, str]:
    texts = {
        result.delivery_id: composition.text_for(job.text, job.provider_options, result.provider, result.account_id)
        for result in view.results
    }
    return {delivery_id: text for delivery_id, text in texts.items() if text != job.text}


def latest_change(session: Session, workspace_key: int) -> int:
    """A number that grows with whatever happens in the workspace. Costs one step down an index."""
    newest = select(Event.key).where(col(Event.workspace_key) == workspace_key).order_by(col(Event.key).desc()).limit(1)
    return session.exec(newest).first() or 0
