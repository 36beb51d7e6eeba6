"""What the receipt shows of a job and its deliveries: plain values, ready to be read by people."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from urllib.parse import urlsplit

from dravo_app import clock
from dravo_app.errors import WhoActs, error_classes
from dravo_app.models import Environment, JobStatus
from dravo_app.services.history import AttemptView, JobView, ResultView
from dravo_app.services.publishing import standstill
from dravo_app.services.publishing.held import OPERATOR
from dravo_app.services.publishing.late import LATE
from dravo_app.services.publishing.next_step import Action
from dravo_app.services.publishing.standstill import Code, WaitingFor, lasting
from dravo_app.services.publishing.watermark import RESTORED
from dravo_app.services.receipts import Story
from dravo_app.services.timeline import Kind, Moment
from dravo_app.ui import routes

WHO = {
    WhoActs.NOBODY: "Dravo",
    WhoActs.AUTHOR: "The author",
    WhoActs.ADMIN: "An admin",
    WhoActs.OPERATOR: "Whoever runs Dravo",
    WhoActs.CALLER: "The program that sent it",
}
_EXPLAINED = frozenset(error.code for error in error_classes())
HELD = "held"
MOVING = frozenset({JobStatus.QUEUED, JobStatus.PROCESSING})


@dataclass
class Pair:
    """A name and its value, or a link's words and its address."""

    name: str
    value: str


@dataclass
class MomentRow:
    """One line of a timeline; `tone` is a word of the theme's status colours."""

    at: str
    tone: str
    title: str
    words: str = ""
    until: str = ""
    code: str = ""
    raw: str = ""


@dataclass
class DeliveryRow:
    """What happened at one account; `next_*` is who acts next, `waits_*` what it waits for around how long that has been,
    `moments` are there while it is open."""

    account_id: str
    network: str
    network_name: str
    handle: str
    health: str
    status: str
    link: str
    link_words: str
    message: str
    code: str
    next_who: str
    next_words: str
    next_at: str
    help: str
    may_retry: bool
    may_resolve: bool
    needs_account: bool
    needs_new_post: bool
    is_open: bool
    count: str
    own_text: str
    waits_before: str
    waits_since: str
    waits_after: str
    waits_then: str
    waits_until: str
    is_stuck: bool
    due_at: str
    started_at: str
    lateness: str
    moments: list[MomentRow] = field(default_factory=list)


@dataclass
class Head:
    """The job itself; instants are ISO 8601 or empty."""

    job_id: str = ""
    status: str = ""
    text: str = ""
    created_at: str = ""
    scheduled_at: str = ""
    finished_at: str = ""
    late: str = ""
    author: str = ""
    pictures: list[Pair] = field(default_factory=list)
    metadata: list[Pair] = field(default_factory=list)


def to_head(story: Story) -> Head:
    """The job, whoever made it by name."""
    job = story.job
    return Head(
        job_id=job.job_id,
        status=shown_status(job),
        text=job.text,
        created_at=iso(job.created_at),
        scheduled_at=iso(job.scheduled_at),
        finished_at=iso(job.finished_at),
        late=lasting(timedelta(seconds=job.late_seconds)) if job.late_seconds else "",
        author=story.names.get(job.author, job.author),
        pictures=[Pair(_short(url), url) for url in job.media_urls if url.startswith(("https://", "http://"))],
        metadata=[Pair(name, value) for name, value in job.metadata.items()],
    )


def to_deliveries(story: Story, names: dict[str, str], environment: Environment, opened: set[str]) -> list[DeliveryRow]:
    """One row per account; `names` are the networks' by slug, `opened` the accounts whose timelines are wanted."""
    return [
        _delivery(result, story, names.get(result.provider, result.provider), environment, result.account_id in opened)
        for result in story.job.results
    ]


def shown_status(job: JobView) -> str:
    """The API's word; "held" where nothing of it goes on before somebody has answered."""
    waiting = [one for one in job.results if one.status in ("scheduled", "queued", "processing")]
    return HELD if waiting and all(one.next_step.action is Action.RELEASE for one in waiting) else job.status


def first_opened(job: JobView) -> set[str]:
    """Few accounts are all open; of many, the first ones that want something."""
    if len(job.results) <= 3:
        return {result.account_id for result in job.results}
    return {result.account_id for result in job.results if result.status not in ("published", "canceled")} - {
        result.account_id for result in [one for one in job.results if one.status not in ("published", "canceled")][3:]
    }


def iso(instant: datetime | None) -> str:
    """ISO 8601 in UTC, or empty."""
    return clock.isoformat(instant) if instant else ""


def link_of(result: ResultView, environment: Environment) -> str:
    """Where the post can be seen. A sandbox post has the real network's kind of address, and nothing is there."""
    if environment is Environment.LIVE or not result.permalink:
        return result.permalink or ""
    return routes.address(routes.SANDBOX, network=result.provider, account=result.handle)


def _delivery(
    result: ResultView, story: Story, network_name: str, environment: Environment, is_open: bool
) -> DeliveryRow:
    step, moments, waits = result.next_step, story.moments[result.delivery_id], _waits(result)
    return DeliveryRow(
        account_id=result.account_id,
        network=result.provider,
        network_name=network_name,
        handle=result.handle,
        health=result.health,
        status=HELD if step.action is Action.RELEASE else result.status,
        link=link_of(result, environment),
        link_words="View in the sandbox" if environment is Environment.TEST else "View post",
        message=result.error_message or "",
        code=result.error_code or "",
        next_who="" if step.action is Action.NOTHING else WHO[step.who],
        next_words=step.sentence,
        next_at=iso(step.at),
        help=f"{routes.ERROR_PAGES}/{result.error_code}" if result.error_code in _EXPLAINED else "",
        may_retry=result.why_no_retry is None,
        may_resolve=step.action is Action.RESOLVE,
        needs_account=step.action is Action.RECONNECT,
        needs_new_post=step.action is Action.NEW_POST,
        is_open=is_open,
        count=_count(len(moments)),
        own_text=story.own_texts.get(result.delivery_id, ""),
        waits_before=waits.before if waits else "",
        waits_since=iso(waits.since) if waits else "",
        waits_after=waits.after if waits else "",
        waits_then=waits.then if waits else "",
        waits_until=iso(waits.until) if waits else "",
        is_stuck=waits is not None and waits.is_stuck,
        due_at=iso(result.due_at),
        started_at=iso(result.started_at),
        lateness=_lateness(result),
        moments=_tell(moments, network_name, story.names) if is_open else [],
    )


def _waits(result: ResultView) -> WaitingFor | None:
    """What waits for its time has said so by its next step."""
    found = result.waiting_for
    return None if found is None or found.code is Code.ITS_TIME else found


def _lateness(result: ResultView) -> str:
    """How late it was begun, and how long the network took from there; "" before it has begun."""
    if result.started_at is None:
        return ""
    begun = f"started {_span((result.started_at - result.due_at).total_seconds())} later"
    if result.published_at is None:
        return f"{begun}."
    return f"{begun}, published {_span((result.published_at - result.started_at).total_seconds())} after that."


def _span(seconds: float) -> str:
    if seconds < 0.1:
        return f"{max(0.0, seconds) * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 60 else standstill.lasting(timedelta(seconds=seconds))


def _count(number: int) -> str:
    return "1 step" if number == 1 else f"{number} steps"


def _short(url: str) -> str:
    parts = urlsplit(url)
    name = parts.path.rsplit("/", 1)[-1] or parts.path
    return f"{parts.netloc}/…/{name}" if parts.path.count("/") > 1 else f"{parts.netloc}{parts.path}"


def _tell(moments: list[Moment], network: str, names: dict[str, str]) -> list[MomentRow]:
    rows = [_moment(moment, network, names) for moment in moments]
    for before, row in pairwise(rows):
        if row.title == "Failed" and row.words and row.words in before.words:
            row.words = row.code = ""  # the attempt above has just said it
    return rows


def _moment(moment: Moment, network: str, names: dict[str, str]) -> MomentRow:
    title, words, tone = _WORDS[moment.kind](moment, network, names)
    attempt = moment.attempt
    return MomentRow(
        at=iso(moment.at),
        tone=tone,
        title=title,
        words=words,
        until=str(moment.details.get("until", "")) if moment.kind in _WITH_UNTIL else "",
        code=(attempt.error_code or "") if attempt else str(moment.details.get("error_code", "")),
        raw=(attempt.raw_response or "") if attempt else "",
    )


Told = tuple[str, str, str]
"""Title, words, tone."""


def _plain(title: str, words: str, tone: str) -> Callable[[Moment, str, dict[str, str]], Told]:
    def say(_moment: Moment, network: str, _names: dict[str, str]) -> Told:
        return title.format(network=network), words.format(network=network), tone

    return say


def _sent(moment: Moment, network: str, _names: dict[str, str]) -> Told:
    attempt = moment.attempt
    assert attempt is not None
    return f"Sent to {network}", f"Attempt {attempt.number}. {_ending(attempt, network)}", _TONES[attempt.result]


def _asked(title: str) -> Callable[[Moment, str, dict[str, str]], Told]:
    def say(moment: Moment, network: str, _names: dict[str, str]) -> Told:
        attempt = moment.attempt
        assert attempt is not None
        return title.format(network=network), _ending(attempt, network), _TONES[attempt.result]

    return say


def _ending(attempt: AttemptView, network: str) -> str:
    said = _ENDINGS[attempt.result].format(network=network)
    if attempt.result == "failed":
        said = attempt.error_message or said
    status = f" (HTTP {attempt.http_status})" if attempt.http_status else ""
    return f"{said}{status}{_lasting(attempt)}"


def _lasting(attempt: AttemptView) -> str:
    if attempt.closed_at is None:
        return ""
    seconds = (attempt.closed_at - attempt.started_at).total_seconds()
    return f" It took {seconds * 1000:.0f} ms." if seconds < 1 else f" It took {seconds:.1f} s."


def _failed(moment: Moment, _network: str, _names: dict[str, str]) -> Told:
    return "Failed", str(moment.details.get("error_message", "")), "failed"


def _stuck(moment: Moment, _network: str, _names: dict[str, str]) -> Told:
    return "Stands still", str(moment.details.get("message", "")), "waiting"


def _resolved(moment: Moment, _network: str, names: dict[str, str]) -> Told:
    who = names.get(str(moment.details.get("actor")), "Somebody")
    if moment.details.get("published"):
        return "Settled by a person", f"{who} has looked: it is there.", "published"
    after = "and had it sent again" if moment.details.get("send_again") else "and left it"
    return "Settled by a person", f"{who} has looked: it is not there, {after}.", "waiting"


def _retried(moment: Moment, _network: str, names: dict[str, str]) -> Told:
    return "Retry", f"{names.get(str(moment.details.get('actor')), 'Somebody')} had it sent again.", "queued"


def _released(moment: Moment, _network: str, names: dict[str, str]) -> Told:
    actor = str(moment.details.get("actor"))
    who = "Whoever runs Dravo" if actor == OPERATOR else names.get(actor, "Somebody")
    return "Let go", f"{who} let it go.", "queued"


def _held(moment: Moment, _network: str, _names: dict[str, str]) -> Told:
    words = _HELD.get(str(moment.details.get("reason")), "Waits until somebody lets it go or stops it.")
    return "Held", words, "held"


def _canceled(moment: Moment, _network: str, _names: dict[str, str]) -> Told:
    if moment.details.get("reason") == RESTORED:
        return (
            "Canceled",
            "Dravo doesn't send it; whether it had gone out before the restore, the account tells.",
            "canceled",
        )
    return "Canceled", str(moment.details.get("message") or "Stopped before anything was sent."), "canceled"


_HELD = {
    LATE: "Dravo was down at its time, and it was to ask then: it waits for somebody's answer.",
    RESTORED: "The database was restored from a backup: this may have gone out already, so it waits for somebody's answer.",
}
_WORDS: dict[Kind, Callable[[Moment, str, dict[str, str]], Told]] = {
    Kind.ACCEPTED: _plain("Accepted", "Checked by {network}'s rules and stored.", "queued"),
    Kind.SCHEDULED: _plain("Scheduled", "Checked by {network}'s rules and stored for its time.", "scheduled"),
    Kind.DUE: _plain("Due", "Its time has come.", "queued"),
    Kind.HELD: _held,
    Kind.SENT: _sent,
    Kind.RESUMED: _asked("Asked {network} whether it is done"),
    Kind.LOOKED_UP: _asked("Looked it up at {network}"),
    Kind.PROCESSING: _plain("{network} is working on it", "It was taken; Dravo looks again.", "processing"),
    Kind.WAITING: _plain("Waits", "Nothing is public; Dravo tries again by itself.", "waiting"),
    Kind.UNKNOWN: _plain("The outcome is unknown", "It may be public, so it is looked up first.", "unconfirmed"),
    Kind.PUBLISHED: _plain("Published", "{network} shows it.", "published"),
    Kind.FAILED: _failed,
    Kind.CANCELED: _canceled,
    Kind.RESOLVED: _resolved,
    Kind.RETRIED: _retried,
    Kind.STUCK: _stuck,
    Kind.RELEASED: _released,
}
_WITH_UNTIL = (Kind.WAITING,)
_TONES = {
    "open": "processing",
    "published": "published",
    "processing": "processing",
    "absent": "waiting",
    "failed": "failed",
    "lost": "unconfirmed",
}
_ENDINGS = {
    "open": "No answer yet.",
    "published": "{network} answered with the post's id.",
    "processing": "{network} is still working on it.",
    "absent": "{network} doesn't show it.",
    "failed": "It failed.",
    "lost": "The worker did not come back with an answer.",
}
