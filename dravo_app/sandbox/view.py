"""Everything below `/sandbox/`: what the world saw, what came in, and the faults to play; served here and by web."""

import json
import re
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl

from dravo_app.sandbox import credentials, fault_settings, media, pages, store

_HIGHEST_SEQ = 2**63 - 1
_RULES = [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("x-frame-options", "DENY")]
_OF_PAGES = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'"
_OF_PICTURES = "default-src 'none'; sandbox"
_PICTURE = re.compile("/sandbox/media/([0-9a-f]{64})")
_PICTURE_TYPES = frozenset(("image/jpeg", "image/png", "image/gif", "image/webp"))


Page = Callable[[sqlite3.Connection, str, bytes], "Answer"]


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class _Refused(Exception):
    """A request that makes no sense; the text is the sentence for its sender."""


def handle(file: Path, method: str, path: str, query: str, body: bytes) -> Answer:
    """The answer to one call below `/sandbox/`. `file` is the sandbox's SQLite file, `query` the raw query string.

    Blocks for milliseconds: call it off the event loop. Never raises for a bad request: that is a 400 with a sentence.
    """
    answer = _answer(file, method, path, query, body)
    return answer._replace(headers=answer.headers + _RULES)


def _answer(file: Path, method: str, path: str, query: str, body: bytes) -> Answer:
    picture = _PICTURE.fullmatch(path)
    allowed: dict[str, Page] | None = (
        {"GET": partial(_picture, picture[1])} if picture else _ROUTES.get(path.rstrip("/") or "/")
    )
    if allowed is None:
        return _json(404, {"error": f"There is nothing at {path}."})
    answer = allowed.get("GET" if method == "HEAD" else method)
    if answer is None:
        return _json(405, {"error": f"{method} isn't possible here."}, ("allow", ", ".join(sorted(allowed))))
    connection = store.connect(file)
    try:
        return answer(connection, query, body)
    except (_Refused, fault_settings.Unclear) as refusal:
        return _json(400, {"error": str(refusal)})
    finally:
        connection.close()


def _log(connection: sqlite3.Connection, query: str, _body: bytes) -> Answer:
    given = _parameters(query, "after", "network", "account", "limit")
    after, limit = _whole(given, "after", 0, 0, _HIGHEST_SEQ), _whole(given, "limit", 100, 1, 1000)
    accounts = _spellings(given["account"]) if "account" in given else ()
    items = store.list_log(connection, after, limit, given.get("network"), accounts)
    return _json(200, {"items": items, "last_seq": items[-1]["seq"] if items else after})


def _requests(connection: sqlite3.Connection, query: str, _body: bytes) -> Answer:
    given = _parameters(query, "after", "network", "limit")
    after, limit = _whole(given, "after", 0, 0, _HIGHEST_SEQ), _whole(given, "limit", 100, 1, 1000)
    items = store.list_requests(connection, after, limit, given.get("network"))
    return _json(200, {"items": items, "last_seq": items[-1]["seq"] if items else after})


def _page(connection: sqlite3.Connection, query: str, _body: bytes) -> Answer:
    given = _parameters(query, "network", "account", "before")
    network, account = given.get("network"), given.get("account")
    if network is not None and network not in fault_settings.NETWORKS:
        raise _Refused(f"network must be one of {', '.join(fault_settings.NETWORKS)}.")
    before = _whole(given, "before", _HIGHEST_SEQ, 1, _HIGHEST_SEQ) if "before" in given else None
    accounts = _spellings(account) if account else ()
    page = pages.render(connection, network, account, accounts, before)
    headers = [("content-type", "text/html; charset=utf-8"), ("cache-control", "no-store")]
    return Answer(200, [*headers, ("content-security-policy", _OF_PAGES)], page.encode())


def _picture(digest: str, connection: sqlite3.Connection, query: str, _body: bytes) -> Answer:
    """Only what its own bytes say is a picture, and nothing that could run."""
    _parameters(query)
    found = media.read_picture(connection, digest)
    if found is None or found[0] not in _PICTURE_TYPES:
        return _json(404, {"error": "There is no such picture here, or not any more."})
    headers = [("content-type", found[0]), ("cache-control", "private, max-age=86400, immutable")]
    return Answer(200, [*headers, ("content-security-policy", _OF_PICTURES)], found[1])


def _faults(connection: sqlite3.Connection, query: str, _body: bytes) -> Answer:
    _parameters(query)
    return _json(200, fault_settings.state(connection))


def _set_faults(connection: sqlite3.Connection, query: str, body: bytes) -> Answer:
    _parameters(query)
    return _json(200, fault_settings.change(connection, body))


def _clear_faults(connection: sqlite3.Connection, query: str, _body: bytes) -> Answer:
    _parameters(query)
    return _json(200, fault_settings.clear(connection))


def _parameters(query: str, *names: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=20)
    except ValueError as error:
        raise _Refused("The query string can't be read.") from error
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in names:
            raise _Refused(f"There is no parameter {name!r} here; known: {', '.join(names) or 'none'}.")
        if name in given or not value:
            raise _Refused(f"{name} must be given once, with a value.")
        given[name] = value
    return given


def _whole(given: dict[str, str], name: str, default: int, least: int, most: int) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,19}", text) or not least <= int(text) <= most:
        raise _Refused(f"{name} must be a whole number from {least} to {most}.")
    return int(text)


def _spellings(handle: str) -> tuple[str, ...]:
    key = credentials.account_key("bluesky", handle)
    username = handle.lstrip("@").partition("@")[0]
    return tuple(sorted({handle, handle.lstrip("@"), key, key + ".test", username}))


def _json(status: int, value: object, *headers: tuple[str, str]) -> Answer:
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    fixed = [("content-type", "application/json; charset=utf-8"), ("cache-control", "no-store")]
    return Answer(status, [*fixed, ("content-security-policy", _OF_PICTURES), *headers], body)


_ROUTES: dict[str, dict[str, Page]] = {
    "/sandbox": {"GET": _page},
    "/sandbox/log": {"GET": _log},
    "/sandbox/requests": {"GET": _requests},
    "/sandbox/faults": {"GET": _faults, "POST": _set_faults, "DELETE": _clear_faults},
}
