"""What the world saw, asked from the sandbox: the proof's second witness, which knows nothing of Dravo's own tables."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from dravo_app.proving.plan import Place

_SECONDS = 10.0
_open = build_opener(ProxyHandler({})).open  # loopback, whatever the environment says about proxies


@dataclass(frozen=True)
class Seen:
    """A post that everybody can see."""

    place: Place
    text: str
    post_id: str


@dataclass(frozen=True)
class Played:
    """A fault that one conversation met; `post_key` tells which text it was about."""

    seq: int
    place: Place
    post_key: str
    marker: str
    is_by_chance: bool


def read_log(sandbox: str) -> list[dict[str, Any]]:
    """Everything that became visible, oldest first, as the sandbox tells it."""
    items: list[dict[str, Any]] = []
    after = 0
    while page := _ask(f"{sandbox}/sandbox/log?after={after}&limit=1000")["items"]:
        items += page
        after = page[-1]["seq"]
    return items


def to_seen(items: list[dict[str, Any]]) -> list[Seen]:
    return [Seen(_place(item), str(item["text"]), str(item["post_id"])) for item in items]


def read_played(sandbox: str, after: int) -> list[Played]:
    """The faults that were played since, oldest first; of very many at once the latest hundred."""
    found = reversed(_ask(f"{sandbox}/sandbox/faults")["played"])
    return [
        Played(one["seq"], _place(one), one["post_key"], one["marker"], one["source"] == "random")
        for one in found
        if one["seq"] > after
    ]


def set_faults(sandbox: str, **change: object) -> None:
    _ask(f"{sandbox}/sandbox/faults", json.dumps(change).encode())


def post_keys(text: str) -> tuple[str, str]:
    """How the sandbox calls conversations about that text, and about a picture that is described so."""
    encoded = text.encode()
    return hashlib.sha256(encoded).hexdigest()[:32], hashlib.sha256(b"media " + encoded).hexdigest()[:32]


def plain_handle(handle: str) -> str:
    """`ada` is ada.test on Bluesky and @ada elsewhere."""
    return handle.lstrip("@").lower().partition("@")[0].removesuffix(".test")


def _place(item: dict[str, Any]) -> Place:
    return Place(str(item["network"]), plain_handle(str(item["account"])))


def _ask(address: str, body: bytes | None = None) -> dict[str, Any]:
    with _open(Request(address, body, {"content-type": "application/json"}), timeout=_SECONDS) as answer:
        found: dict[str, Any] = json.load(answer)
    return found
