"""What each kind of fault came to: which deliveries met it, and how those ended."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dravo_app.models import DeliveryState
from dravo_app.proving.books import Key, Said
from dravo_app.proving.judge import Played, post_keys
from dravo_app.proving.plan import MEANINGS, Plan, Post, marker_name
from dravo_app.services.proofs.record import Fault, Kill


@dataclass(frozen=True)
class Death:
    """A worker's end: what was in its hands."""

    worker: int
    at_seconds: float
    deliveries: tuple[Key, ...]
    answers_lost: int


def list_faults(plan: Plan, played: Sequence[Played], said: Sequence[Said]) -> list[Fault]:
    """A row per kind of fault that was played, in the order of `MEANINGS`."""
    keys = {name: key for post in plan.posts for name, key in _names(post)}
    by_key = {one.key: one for one in said}
    rows = []
    for name, meaning in MEANINGS.items():
        met = [one for one in played if marker_name(one.marker) == name]
        if not met:
            continue
        texts = [(fault.place, keys.get(fault.post_key, "")) for fault in met]
        hit = {key: by_key[key] for key in texts if key in by_key}
        ends = Counter(_end(one) for one in hit.values())
        rows.append(
            Fault(
                marker=name,
                meaning=meaning,
                played=len(met),
                by_chance=sum(fault.is_by_chance for fault in met),
                deliveries=len(hit),
                published=ends["published"],
                failed=ends["failed"],
                waits=ends["waits"],
                asks=ends["asks"],
            )
        )
    return rows


def count_kills(deaths: Iterable[Death], said: Sequence[Said]) -> list[Kill]:
    """The kills with what became of the posts in the dead workers' hands."""
    ends = {one.key: _end(one) for one in said}
    return [
        Kill(
            worker=death.worker,
            at_seconds=death.at_seconds,
            under_way=len(death.deliveries),
            answers_lost=death.answers_lost,
            published=sum(ends.get(key) == "published" for key in death.deliveries),
            failed=sum(ends.get(key) == "failed" for key in death.deliveries),
        )
        for death in deaths
    ]


def _names(post: Post) -> list[tuple[str, str]]:
    """What the sandbox calls conversations about this post and about its picture, and the post's text for each."""
    own, _ = post_keys(post.text)
    _, pictures = post_keys(post.alt_text or "")
    return [(own, post.text), *([(pictures, post.text)] if post.alt_text else [])]


def _end(one: Said) -> str:
    if one.state == DeliveryState.PUBLISHED:
        return "published"
    if one.state != DeliveryState.FAILED:
        return "waits"
    return "asks" if one.code == "outcome_unknown" else "failed"
