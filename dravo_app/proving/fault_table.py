"""What each kind of fault came to: which deliveries met it, and how those ended."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dravo_app.models import DeliveryState
from dravo_app.proving.books import Key, Said, is_over
from dravo_app.proving.judge import Played, Seen, post_keys
from dravo_app.proving.plan import MEANINGS, Plan, Post, marker_name
from dravo_app.services.proofs.record import Became, Fault, Kill


@dataclass(frozen=True)
class Death:
    """A worker's end: what was in its hands."""

    worker: int
    at_seconds: float
    deliveries: tuple[Key, ...]
    answers_lost: int


def list_faults(plan: Plan, played: Sequence[Played], said: Sequence[Said], seen: Sequence[Seen]) -> list[Fault]:
    """A row per kind of fault that was played, in the order of `MEANINGS`."""
    texts = {name: text for post in plan.posts for name, text in _names(post)}
    became = _Became(said, seen)
    rows = []
    for marker, meaning in MEANINGS.items():
        met = [one for one in played if marker_name(one.marker) == marker]
        if not met:
            continue
        hit = dict.fromkeys((fault.place, texts[fault.post_key]) for fault in met if fault.post_key in texts)
        rows.append(
            Fault(
                marker=marker,
                meaning=meaning,
                played=len(met),
                by_chance=sum(fault.is_by_chance for fault in met),
                deliveries=len(hit),
                became=became.of(hit),
            )
        )
    return rows


def list_kills(deaths: Iterable[Death], said: Sequence[Said], seen: Sequence[Seen]) -> list[Kill]:
    """The kills with what became of the posts in the dead workers' hands."""
    became = _Became(said, seen)
    return [
        Kill(
            worker=death.worker,
            at_seconds=death.at_seconds,
            under_way=len(death.deliveries),
            answers_lost=death.answers_lost,
            became=became.of(death.deliveries),
        )
        for death in deaths
    ]


class _Became:
    """Looks deliveries up at both witnesses."""

    def __init__(self, said: Sequence[Said], seen: Sequence[Seen]) -> None:
        self._said = {one.key: one for one in said}
        self._visible = Counter((post.place, post.text) for post in seen)

    def of(self, keys: Iterable[Key]) -> Became:
        ends = Counter(self._end(key) for key in keys)
        return Became(**{name: ends[name] for name in Became.model_fields})

    def _end(self, key: Key) -> str:
        one, visible = self._said.get(key), self._visible[key]
        if one is None:
            return "wrong"
        if one.state == DeliveryState.FAILED and one.code == "outcome_unknown":
            return "asks"
        if not is_over(one):
            return "wrong" if visible > 1 else "unfinished"
        name, expected = {
            DeliveryState.PUBLISHED.value: ("published", 1),
            DeliveryState.FAILED.value: ("failed", 0),
        }.get(one.state, ("waits", 0))
        return name if visible == expected else "wrong"


def _names(post: Post) -> list[tuple[str, str]]:
    """What the sandbox calls conversations about this post and about its picture, and the post's text for each."""
    own, _ = post_keys(post.text)
    _, pictures = post_keys(post.alt_text or "")
    return [(own, post.text), *([(pictures, post.text)] if post.alt_text else [])]
