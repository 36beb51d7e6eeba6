"""The books: what was accepted, what Dravo says became of it, and what the world shows, each counted by its own witness.

Accepted is what the proof itself was told when it handed the posts in; Dravo's word is its tables'; the world's is the
sandbox's log. Nothing here is assumed: where the three differ there is a finding, and the verdict follows from the findings.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import col, select

from dravo_app import db
from dravo_app.models import Account, Delivery, DeliveryState, PublishJob
from dravo_app.proving.judge import Seen, plain_handle
from dravo_app.proving.plan import Place
from dravo_app.services.proofs.record import Ending

Key = tuple[Place, str]
"""One delivery as the world would see it: where, and the text."""

_ASKS = "outcome_unknown"
_SHOWN_FINDINGS = 20


@dataclass(frozen=True)
class Said:
    """What Dravo's tables say of one delivery."""

    key: Key
    delivery_key: int
    state: str
    code: str | None
    sentence: str | None
    who_acts: str | None
    post_id: str | None
    retry_at: datetime | None
    lease_owner: str | None


@dataclass
class Tally:
    """How the witnesses' words add up; `endings` are those that aren't published, `findings` what doesn't fit."""

    accepted: int = 0
    published: int = 0
    failed: int = 0
    waits: int = 0
    asks: int = 0
    visible: int = 0
    twice: int = 0
    lost: int = 0
    unfinished: int = 0
    claimed: int = 0
    hidden: int = 0
    unasked: int = 0
    endings: list[Ending] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)


def read_said() -> list[Said]:
    """Dravo's word on every delivery there is."""
    statement = (
        select(Delivery, Account.handle, PublishJob.text)
        .join(Account, col(Account.key) == col(Delivery.account_key))
        .join(PublishJob, col(PublishJob.key) == col(Delivery.job_key))
        .order_by(col(Delivery.key))
    )
    with db.reading() as session:
        return [_said(*row) for row in session.exec(statement)]


def add_up(accepted: Sequence[Key], said: Sequence[Said], seen: Sequence[Seen]) -> Tally:
    """Hold the three against each other. `waits` are those whose network gave a time that has not come."""
    tally = Tally(accepted=len(accepted), visible=len(seen))
    shown: dict[Key, list[str]] = {}
    for post in seen:
        shown.setdefault((post.place, post.text), []).append(post.post_id)
    by_key = {one.key: one for one in said}
    still_open: list[Said] = []
    for key in accepted:
        one = by_key.get(key)
        if one is None or is_over(one):
            _judge(tally, key, one, shown.get(key, []))
        else:
            still_open.append(one)
    _count_twice(tally, shown)
    _count_unasked(tally, accepted, said, shown)
    _count_unfinished(tally, still_open, shown)
    explained = tally.published + tally.failed + tally.waits + tally.asks + tally.lost + tally.unfinished
    if explained != tally.accepted:
        many = counted(tally.accepted, "delivery was", "deliveries were")
        _find(tally, f"{many} accepted, and {explained} accounted for.")
    return tally


def is_over(one: Said) -> bool:
    """Has it come to an end, or to a time that the network gave and that is not today's?"""
    return one.state in (DeliveryState.PUBLISHED, DeliveryState.FAILED, DeliveryState.CANCELED) or _waits_long(one)


def counted(number: int, one: str, more: str) -> str:
    """The number with the word that fits it."""
    return f"{number} {one if number == 1 else more}"


def _judge(tally: Tally, key: Key, one: Said | None, shown: Sequence[str]) -> None:
    if one is None and shown:
        tally.hidden += 1
        _find(tally, f"{_named(key)} was accepted and everybody can see it, and Dravo doesn't know it any more.")
    elif one is None:
        tally.lost += 1
        _find(tally, f"{_named(key)} was accepted, and Dravo doesn't know it any more.")
    elif one.state == DeliveryState.PUBLISHED:
        tally.published += 1
        if one.post_id not in shown:
            tally.claimed += 1
            _find(tally, f"{_named(key)} is called published, and the network doesn't show that post.")
    elif one.state == DeliveryState.FAILED and one.code and one.sentence and one.who_acts:
        tally.asks += one.code == _ASKS
        tally.failed += one.code != _ASKS
        _close(tally, one, shown)
    elif _waits_long(one):
        tally.waits += 1
        _close(tally, one, shown)
    elif shown:
        tally.hidden += 1
        _find(tally, f"{_named(key)} is called {one.state} without a reason, and everybody can see it.")
    else:
        tally.lost += 1
        _find(tally, f"{_named(key)} came to no end that is explained: it is {one.state}.")


def _close(tally: Tally, one: Said, shown: Sequence[str]) -> None:
    place, text = one.key
    tally.endings.append(
        Ending(
            network=place.network,
            account=place.name,
            text=text,
            code=one.code or "",
            sentence=one.sentence or "",
            is_visible=bool(shown),
            until=one.retry_at if _waits_long(one) else None,
        )
    )
    if shown and one.code != _ASKS:
        tally.hidden += 1
        _find(tally, f"{_named(one.key)} is called {one.state}, and everybody can see it.")


def _count_twice(tally: Tally, shown: dict[Key, list[str]]) -> None:
    for key, ids in shown.items():
        if len(ids) > 1:
            tally.twice += len(ids) - 1
            _find(tally, f"{_named(key)} is visible {len(ids)} times.")


def _count_unfinished(tally: Tally, still_open: Sequence[Said], shown: dict[Key, list[str]]) -> None:
    """What Dravo still has on its way is not lost; what became of it is not proven either."""
    tally.unfinished = len(still_open)
    if len(still_open) > 1:
        visible = sum(one.key in shown for one in still_open)
        _find(
            tally,
            f"{len(still_open)} deliveries were still under way when the proof stopped waiting, {visible} of them visible.",
        )
    for one in still_open:
        _find(tally, _one_unfinished(one, is_visible=one.key in shown))


def _one_unfinished(one: Said, *, is_visible: bool) -> str:
    seen = "everybody can see it already" if is_visible else "nobody can see it yet"
    return f"{_named(one.key)} was still under way when the proof stopped waiting: it is {one.state}, and {seen}."


def _count_unasked(tally: Tally, accepted: Sequence[Key], said: Sequence[Said], shown: dict[Key, list[str]]) -> None:
    wanted = Counter(accepted)
    strange = [*(key for key in shown if key not in wanted), *(one.key for one in said if one.key not in wanted)]
    for key in dict.fromkeys(strange):
        tally.unasked += 1
        _find(tally, f"Nobody asked for {_named(key)}.")
    tally.findings += [f"{_named(key)} was accepted {n} times." for key, n in wanted.items() if n > 1]


def _find(tally: Tally, sentence: str) -> None:
    if len(tally.findings) < _SHOWN_FINDINGS:
        tally.findings.append(sentence)


def _waits_long(one: Said) -> bool:
    """It waits until a time that the network itself has given, with a sentence that says so."""
    return one.state == DeliveryState.WAITING and one.code == "quota_exhausted" and bool(one.sentence and one.retry_at)


def _said(delivery: Delivery, handle: str, text: str) -> Said:
    return Said(
        key=(Place(delivery.provider, plain_handle(handle)), text),
        delivery_key=delivery.key or 0,
        state=delivery.state,
        code=delivery.error_code,
        sentence=delivery.error_message,
        who_acts=delivery.who_acts,
        post_id=delivery.platform_post_id,
        retry_at=delivery.retry_at,
        lease_owner=delivery.lease_owner,
    )


def _named(key: Key) -> str:
    place, text = key
    return f"“{text}” at {place.name} on {place.network_name}"
