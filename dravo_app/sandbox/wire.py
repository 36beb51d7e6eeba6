"""What passes between the server and a network: a request in; a reply, or a wait and then a reply, out."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Literal, Union

TYPE_OF_JSON = "application/json; charset=utf-8"

Ending = Literal["answer", "close", "reset", "stream"]
"""How the exchange ends: with the answer, with a closed socket, with a reset one, or with an answer without an end."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call to a network. `path` starts below the network's prefix; header names are in lower case."""

    request_id: str
    network: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    target: str

    @property
    def bearer(self) -> str | None:
        """The token of the Authorization header (Bearer or DPoP), None without one."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() in ("bearer", "dpop") else None


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back. `body` is the whole body; `ending` other than "answer" is a fault that was asked for."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    ending: Ending = "answer"

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def with_headers(self, *headers: tuple[str, str]) -> "Reply":
        return Reply(self.status, self.body, self.headers + headers, self.ending)


@dataclass(frozen=True, slots=True)
class Later:
    """Wait, outside any transaction, then go on in a new one."""

    seconds: float
    then: Callable[[Connection], "Step"] = field(repr=False)


Step = Union[Reply, Later]  # noqa: UP007  (a forward reference inside `|` isn't possible on 3.11)


def json_reply(status: int, value: object, *headers: tuple[str, str]) -> Reply:
    """A reply with `value` as JSON, in UTF-8."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return Reply(status, body, (("content-type", TYPE_OF_JSON), *headers))


def html_reply(status: int, page: str, *headers: tuple[str, str]) -> Reply:
    """A reply with a page for people."""
    return Reply(status, page.encode(), (("content-type", "text/html; charset=utf-8"), *headers))


def read_json_object(body: bytes) -> dict[str, object] | None:
    """The JSON object in `body`, None when it is anything else, or has half a surrogate pair in it."""
    try:
        value: object = json.loads(body)
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def iso_time(epoch_seconds: float | None = None) -> str:
    """UTC with milliseconds and Z; now without an argument."""
    moment = datetime.fromtimestamp(time.time() if epoch_seconds is None else epoch_seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
