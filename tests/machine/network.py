"""The other side of every request: X and Bluesky, as far as plain posts need them, in this process and without a socket.

It takes the place of httpx's transport, so that all of our own code is in between. What it makes public it remembers; how the
next request ends is said beforehand, one of OUTCOMES.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import count
from urllib.parse import parse_qs, unquote

import httpx

from dravo_app.services.verifying.sightings import Sighting
from tests.machine.passing_time import Time

ADDRESS = "http://network.test"
OUTCOMES = (
    "ok",
    "answer lost",
    "late, no answer",
    "later, no answer",
    "nothing came, no answer",
    "shown, 503",
    "503",
    "garbled",
    "refused",
    "unauthorized",
    "throttled",
    "throttled for long",
    "unreachable",
    "blocked",
    "access ended",
)
_LATE_SECONDS = {"late, no answer": 4.0, "later, no answer": 29.0}
"""A request without an answer may be under way for as long; it is less than `settle_seconds`."""
_SHOWN = {"ok", "answer lost", "shown, 503", "garbled", *_LATE_SECONDS}
_SILENT = {"answer lost", "nothing came, no answer", *_LATE_SECONDS}


@dataclass
class Post:
    """What the world sees from `visible_at` on."""

    network: str
    account: str
    text: str
    post_id: str
    visible_at: datetime


class Network:
    """`before_write` is asked as a post arrives, `after` once a request has been worked on and its answer is on its way."""

    def __init__(self, time: Time, before_write: Callable[[str, str, str], None], after: Callable[[], None]) -> None:
        self.outcome = "ok"
        self.posts: list[Post] = []
        self.requests = 0
        self._time = time
        self._before_write = before_write
        self._after = after
        self._numbers = count(1001)

    def log(self, after: int) -> Iterator[Sighting]:
        """What is visible, as the sandbox's log tells it."""
        for seq, post in enumerate(self.posts, 1):
            if seq > after and post.visible_at <= self._time.true():
                yield Sighting(seq, post.visible_at.isoformat(), post.network, post.account, post.post_id, post.text)

    def count(self, place: tuple[str, str, str]) -> int:
        """How often a network shows a text of an account, or is about to."""
        return sum((post.network, post.account, post.text) == place for post in self.posts)

    def all_has_arrived(self) -> bool:
        """Is no request under way any more?"""
        return all(post.visible_at <= self._time.true() for post in self.posts)

    def ask(self, request: httpx.Request) -> httpx.Response:
        """Stands in for `httpx.HTTPTransport.handle_request`."""
        self.requests += 1
        outcome, self.outcome = self.outcome, "ok"
        network = request.url.path.split("/")[1]
        if outcome == "unreachable":
            raise httpx.ConnectError("refused", request=request)
        answer = self.x(request, outcome) if network == "x" else self.bluesky(request, outcome)
        self._after()
        if outcome in _SILENT:
            raise httpx.ReadTimeout("silence", request=request)
        answer.headers["date"] = format_datetime(self._time.true(), usegmt=True)
        answer.request = request
        return answer

    def x(self, request: httpx.Request, outcome: str) -> httpx.Response:
        """`/2/…` as X answers it."""
        path, body = request.url.path.removeprefix("/x"), request.content.decode()
        if path == "/2/tweets":
            return self._x_post(_bearer(request), json.loads(body)["text"], outcome)
        if outcome in _X_TROUBLE:
            return _X_TROUBLE[outcome]()
        if path == "/2/users/me":
            handle = _bearer(request)
            return _said(200, {"data": {"id": _number(handle), "username": handle}})
        if path == "/2/oauth2/token":
            return _said(200, _renewed(parse_qs(body)["refresh_token"][0]))
        return self._x_timeline(path.split("/")[3])

    def bluesky(self, request: httpx.Request, outcome: str) -> httpx.Response:
        """`/xrpc/…` as a PDS answers it."""
        name = request.url.path.rpartition(".")[2]
        if name == "putRecord":
            return self._bluesky_put(json.loads(request.content), outcome)
        if outcome in _BLUESKY_TROUBLE:
            return _BLUESKY_TROUBLE[outcome]()
        if name == "createSession":
            return _session(json.loads(request.content)["identifier"].rpartition(":")[2].partition(".")[0])
        if name == "refreshSession":
            return _session(_bearer(request))
        asked = {key: unquote(value) for key, value in request.url.params.items()}
        return self._bluesky_get(f"at://{asked['repo']}/{asked['collection']}/{asked['rkey']}")

    def _x_post(self, handle: str, text: str, outcome: str) -> httpx.Response:
        self._before_write("x", handle, text)
        post_id = str(next(self._numbers))
        if outcome in _SHOWN:
            self._show(Post("x", handle, text, post_id, self._arrives_at(outcome)))
        return _X_TROUBLE.get(outcome, lambda: _said(201, {"data": {"id": post_id, "text": text}}))()

    def _x_timeline(self, number: str) -> httpx.Response:
        own = [post for post in self.posts if post.network == "x" and _number(post.account) == number]
        shown = [post for post in reversed(own) if post.visible_at <= self._time.true()]
        told = [
            {"id": post.post_id, "text": post.text, "created_at": post.visible_at.isoformat(timespec="milliseconds")}
            for post in shown
        ]
        return _said(
            200, {"data": told, "meta": {"result_count": len(told)}} if told else {"meta": {"result_count": 0}}
        )

    def _bluesky_put(self, asked: dict[str, object], outcome: str) -> httpx.Response:
        record = asked["record"]
        assert isinstance(record, dict)
        handle, uri = (
            str(asked["repo"]).rpartition(":")[2],
            f"at://{asked['repo']}/{asked['collection']}/{asked['rkey']}",
        )
        self._before_write("bluesky", handle, record["text"])
        if outcome in _SHOWN:
            self._show(Post("bluesky", handle, record["text"], uri, self._arrives_at(outcome)))
        return _BLUESKY_TROUBLE.get(outcome, lambda: _said(200, {"uri": uri, "cid": "bafy"}))()

    def _bluesky_get(self, uri: str) -> httpx.Response:
        found = [post for post in self.posts if post.post_id == uri and post.visible_at <= self._time.true()]
        if not found:
            return _said(400, {"error": "RecordNotFound", "message": "Could not locate record"})
        return _said(200, {"uri": uri, "value": {"text": found[0].text}})

    def _arrives_at(self, outcome: str) -> datetime:
        return self._time.true() + timedelta(seconds=_LATE_SECONDS.get(outcome, 0.0))

    def _show(self, post: Post) -> None:
        again = next((known for known in self.posts if known.post_id == post.post_id), None)
        if again is None:
            self.posts.append(post)
        else:  # the same record put twice is one post
            again.visible_at = min(again.visible_at, post.visible_at)


def _said(status: int, body: object, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(json.dumps(body).encode()))


def _throttled(seconds: int) -> Callable[[], httpx.Response]:
    return lambda: _said(429, {"title": "Too Many Requests"}, **{"retry-after": str(seconds)})


Answers = dict[str, Callable[[], httpx.Response]]

_EVERYWHERE: Answers = {
    "shown, 503": lambda: _said(503, {"title": "Service Unavailable"}),
    "503": lambda: _said(503, {"title": "Service Unavailable"}),
    "garbled": lambda: _said(200, "<html>"),
    "throttled": _throttled(5),
    "throttled for long": _throttled(3000),
}
_X_TROUBLE: Answers = {
    **_EVERYWHERE,
    "refused": lambda: _said(400, {"detail": "This is not allowed."}),
    "unauthorized": lambda: _said(401, {"title": "Unauthorized"}),
    "blocked": lambda: _said(403, {"detail": "Your account is suspended."}),
    "access ended": lambda: _said(403, {"detail": "Missing scope."}),
}
_BLUESKY_TROUBLE: Answers = {
    **_EVERYWHERE,
    "refused": lambda: _said(400, {"error": "InvalidRequest", "message": "No."}),
    "unauthorized": lambda: _said(400, {"error": "ExpiredToken", "message": "Token has expired"}),
    "blocked": lambda: _said(400, {"error": "AccountTakedown", "message": "Taken down"}),
    "access ended": lambda: _said(401, {"error": "AuthenticationRequired", "message": "No."}),
}


def _bearer(request: httpx.Request) -> str:
    return request.headers["authorization"].rpartition("_")[2]


def _number(handle: str) -> str:
    return str(int.from_bytes(handle.encode()))


def _renewed(token: str) -> dict[str, object]:
    handle = token.rpartition("_")[2]
    return {"access_token": f"renewed_{handle}", "refresh_token": f"refresh_{handle}", "expires_in": 7200}


def _session(handle: str) -> httpx.Response:
    tokens = {"accessJwt": f"access_{handle}", "refreshJwt": f"refresh_{handle}"}
    return _said(200, {"did": f"did:plc:{handle}", "handle": f"{handle}.test", **tokens})
