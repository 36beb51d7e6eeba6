"""Beside every write: reads a JSON body more strictly than the standard library does.

Refused with a flaw: another content type, bytes that aren't UTF-8, a key given twice, NaN and infinities, more than 32
levels, NUL characters and halves of surrogate pairs (neither fits into the databases). Too many bytes are refused with 413.
"""

import asyncio
import json
import math
from collections.abc import Iterator
from typing import Any

from starlette.requests import ClientDisconnect, Request

from dravo_app.errors import Flaw, Invalid, RequestTooLarge

MAX_BODY_BYTES = 1_000_000
_MAX_DEPTH = 32
_MAX_FIELDS = 1_000  # of one object: each unknown one costs the validation far more than it costs its sender
_PATIENCE_SECONDS = 30.0  # a body that drips in must not hold its place for ever


async def read_body(request: Request) -> bytes:
    """The body's bytes. Raises RequestTooLarge before more than the limit is in memory."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared[:12]) > MAX_BODY_BYTES:
        raise RequestTooLarge(f"The body may have at most {MAX_BODY_BYTES} bytes.")
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > MAX_BODY_BYTES:
                    raise RequestTooLarge(f"The body may have at most {MAX_BODY_BYTES} bytes.")
                chunks.append(chunk)
    except (ClientDisconnect, TimeoutError):
        raise _refusal("body_missing", "The body did not arrive whole.") from None
    return b"".join(chunks)


def parse(raw: bytes, content_type: str) -> Any:
    """The JSON value of a body. Raises Invalid with the rule that it breaks."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise _refusal("content_type", "The body must be JSON with Content-Type: application/json.")
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise _refusal("encoding", "The body is not valid UTF-8.") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:  # also a number with thousands of digits
        raise _refusal("json_invalid", "The body is not valid JSON.") from None
    _check(value)
    return value


def canonical(value: Any) -> bytes:
    """The same bytes for the same JSON value, whatever the order of its keys and its white space."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > _MAX_FIELDS:
        raise _refusal("too_many_fields", f"An object of the body has more than {_MAX_FIELDS} fields.")
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _refusal("duplicate_key", "An object of the body has the same key twice.")
    return found


def _refuse_constant(_name: str) -> None:
    raise _refusal("number", "NaN and infinities are not JSON.")


def _check(value: Any) -> None:
    level: list[Any] = [value]
    for _ in range(_MAX_DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                _check_text(item)
            elif isinstance(item, float) and not math.isfinite(item):
                raise _refusal("number", "A number of the body is too large.")
            elif isinstance(item, dict | list):
                below.extend(_children(item))
        if not below:
            return
        level = below
    raise _too_deep()


def _children(item: dict[str, Any] | list[Any]) -> Iterator[Any]:
    if isinstance(item, dict):
        yield from item.keys()
        yield from item.values()
    else:
        yield from item


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise _refusal("nul_character", "The body must not contain NUL characters.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise _refusal("surrogate", "The body contains half of a surrogate pair, which is not a character.")


def _too_deep() -> Invalid:
    return _refusal("too_deep", f"The body is nested more than {_MAX_DEPTH} levels deep.")


def _refusal(code: str, message: str) -> Invalid:
    return Invalid(flaws=[Flaw("", code, message)])
