"""The proof's posts and the faults they meet, drawn from a seed: the same seed makes the same posts and the same bad luck."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

NETWORKS = {"x": "X", "bluesky": "Bluesky", "mastodon": "Mastodon"}
NAMES = ("ada", "bo", "cleo", "dev")
CHANCE = 0.2
"""The share of conversations that meet a fault nobody wrote into the post."""

MEANINGS = {
    "answer lost": "published it, then hung up without an answer",
    "500 after": "published it, then answered with an error",
    "500 before": "answered with an error and published nothing",
    "refuse connect": "broke the connection and published nothing",
    "429": "said “slow down” and for how long",
    "slow": "took a second or two longer",
    "rejected": "refused the content",
    "token expired": "said that the access has run out",
    "token revoked": "said that the access was taken back",
    "quota": "said that the day's allowance is used up",
    "html": "answered with a web page",
    "empty": "answered with nothing",
    "huge": "answered without end",
    "processing": "took a picture and worked on it for a while",
}
"""What the sandbox did, by the marker's first words; the order is that of the table that people see."""


@dataclass(frozen=True)
class Place:
    """An account: a network and a name on it."""

    network: str
    name: str

    @property
    def network_name(self) -> str:
        """For people."""
        return NETWORKS.get(self.network, self.network)


@dataclass(frozen=True)
class Post:
    """`in_seconds`: scheduled for then, else now; `alt_text`: it has a picture, described so."""

    number: int
    text: str
    places: tuple[Place, ...]
    in_seconds: float | None = None
    alt_text: str | None = None


@dataclass(frozen=True)
class Plan:
    """`early` are accepted first, a worker is killed; then `late` ones, whose answers get lost while all workers are killed;
    then the `rest`."""

    seed: int
    early: tuple[Post, ...]
    late: tuple[Post, ...]
    rest: tuple[Post, ...]

    @property
    def posts(self) -> tuple[Post, ...]:
        return (*self.early, *self.late, *self.rest)

    @property
    def places(self) -> list[Place]:
        """Every account, once, in the order of its first post."""
        return list(dict.fromkeys(place for post in self.posts for place in post.places))

    @property
    def deliveries(self) -> int:
        return sum(len(post.places) for post in self.posts)


@dataclass(frozen=True)
class _Script:
    """A post whose fault is written into it. Without names any account will do; a broken access gets an account of its own."""

    marker: str
    networks: tuple[str, ...] = tuple(NETWORKS)
    name: str | None = None
    alt_text: str | None = None


_LATE = _Script("slow 2s]] [[sandbox: answer lost")
_BUSY = _Script("slow 2s")  # so that a worker has something in its hands when it is killed
_RENEWAL = _Script("token expired", ("x", "bluesky"))
_SCRIPTS = (
    _Script("rejected"),
    _Script("500 after"),
    _Script("429 retry-after 1"),
    _Script("answer lost"),
    _Script("500 before"),
    _Script("refuse connect"),
    _Script("token revoked", ("x", "mastodon"), "gus"),
    _Script("quota", ("x",), "hal"),
    _Script("html", ("bluesky",)),
    _Script("empty", ("mastodon",)),
    _Script("huge", ("x",)),
    _Script("processing 2s", ("mastodon",), alt_text="A grey square [[sandbox: processing 2s]]"),
)
_SUBJECTS = (
    "The bakery has rye again",
    "Doors open at seven",
    "The harbour ferry runs late tonight",
    "New on the shelf: three books about rain",
    "Minutes of the meeting are online",
    "The museum is free on Sunday",
    "We fixed the search",
    "Soup of the day: leek",
    "The choir looks for a tenor",
    "Release notes for the week",
    "The market moves to the square",
    "Lost: one grey glove",
)


def make_plan(seed: int, count: int) -> Plan:
    """`count` posts, 4 at least: those that workers die over, then the scripted ones, then as many as fit."""
    chance = random.Random(seed)
    scripted = [_scripted(chance, script) for script in _SCRIPTS[: count - 4]]
    plain = [_plain(chance, later=number % 4 == 3) for number in range(count - 4 - len(scripted))]
    mixed = [*scripted, *plain]
    chance.shuffle(mixed)
    cut = -(-len(mixed) * 2 // 5)
    early = [*mixed[:cut], _scripted(chance, _BUSY)]
    late = [_scripted(chance, _LATE) for _ in range(2)]
    rest = [*mixed[cut:], _scripted(chance, _RENEWAL)]  # a worker that dies renewing an access loses it
    drafts = enumerate([*early, *late, *rest], start=1)
    numbered = iter([_numbered(number, draft) for number, draft in drafts])
    return Plan(seed, *(tuple(islice(numbered, len(part))) for part in (early, late, rest)))


def marker_name(written: str) -> str:
    """The name a marker has in `MEANINGS`: `429 retry-after 1` is `429`."""
    return next(name for name in MEANINGS if written.startswith(name))


def _scripted(chance: random.Random, script: _Script) -> Post:
    places = tuple(Place(network, script.name or chance.choice(NAMES)) for network in script.networks)
    mark = "" if script.alt_text else f" [[sandbox: {script.marker}]]"
    return Post(0, f"{chance.choice(_SUBJECTS)}.{mark}", places, alt_text=script.alt_text)


def _plain(chance: random.Random, *, later: bool) -> Post:
    everywhere = [Place(network, name) for network in NETWORKS for name in NAMES]
    places = tuple(chance.sample(everywhere, chance.choice((2, 3, 3, 4))))
    return Post(0, f"{chance.choice(_SUBJECTS)}.", places, in_seconds=chance.uniform(1.0, 6.0) if later else None)


def _numbered(number: int, draft: Post) -> Post:
    """No two texts are the same: a text and an account tell which delivery a visible post belongs to."""
    return Post(number, f"{number:02}. {draft.text}", draft.places, draft.in_seconds, draft.alt_text)


def texts_at(posts: Sequence[Post]) -> dict[tuple[Place, str], Post]:
    """Every delivery of these posts, by what the world would see of it."""
    return {(place, post.text): post for post in posts for place in post.places}
