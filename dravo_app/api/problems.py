"""The API's one mapping from our errors to a status and an `application/problem+json` body (RFC 9457).

Nothing of what the caller sent is repeated, and nothing of how the code failed is shown.
"""

import math
import re
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response

from dravo_app import clock
from dravo_app.errors import (
    DravoError,
    Flaw,
    Invalid,
    MethodNotAllowed,
    NotFound,
    ProviderError,
    RequestTooLarge,
    RetryRefused,
)

MEDIA_TYPE = "application/problem+json"
REQUEST_ID = "dravo.request_id"
_MAX_FLAWS = 50
_DEFAULT_RETRY_SECONDS = 5
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_BY_STATUS: dict[int, type[DravoError]] = {404: NotFound, 405: MethodNotAllowed, 413: RequestTooLarge}

# Pydantic's words for programmers → ours for everybody. What isn't here keeps Pydantic's sentence.
_SENTENCES = {
    "missing": "This is required.",
    "extra_forbidden": "There is no such field here.",
    "string_type": "This must be a string.",
    "int_type": "This must be a whole number.",
    "bool_type": "This must be true or false.",
    "list_type": "This must be a list.",
    "dict_type": "This must be an object.",
    "model_type": "This must be an object.",
    "model_attributes_type": "This must be an object.",
    "json_invalid": "The body is not valid JSON.",
}


class ProblemResponse(JSONResponse):
    media_type = MEDIA_TYPE


def respond(request: HTTPConnection, error: DravoError) -> Response:
    """The answer to a request that ended in one of our errors."""
    response = ProblemResponse(problem(error, request.scope.get(REQUEST_ID, "")), error.status)
    _add_headers(response.headers, error, was_given="authorization" in request.headers)
    return response


def problem(error: DravoError, request_id: str) -> dict[str, Any]:
    """The body. `type` is an address below /v1 that explains the code."""
    body: dict[str, Any] = {
        "type": f"/v1/errors/{error.code}",
        "title": title_of(type(error)),
        "status": error.status,
        "detail": error.detail,
        "instance": f"urn:dravo:request:{request_id}",
        "code": error.code,
        "request_id": request_id,
        "who_acts": error.who_acts.value,
    }
    if isinstance(error, Invalid | RetryRefused):
        body["errors"] = [{"pointer": f.pointer, "code": f.code, "message": f.message} for f in error.flaws]
    return body


def title_of(error: type[DravoError]) -> str:
    """A short name that is the same every time: `Invalid request`."""
    return error.code.replace("_", " ").capitalize()


def from_http(error: HTTPException) -> DravoError:
    """The framework's own refusals as ours: an unknown path, a method without a route, a body it could not read."""
    found = _BY_STATUS.get(error.status_code)
    if found is not None:
        return found()
    if 400 <= error.status_code < 500:
        return Invalid("The request could not be read.", [Flaw("", "unreadable", "The request could not be read.")])
    return DravoError()


def from_validation(error: RequestValidationError) -> Invalid:
    """What Pydantic found, as flaws with a pointer and a sentence each; without the values that were sent."""
    flaws = [_flaw(found) for found in error.errors()[:_MAX_FLAWS]]
    first = flaws[0]
    where = f"{first.pointer}: " if first.pointer else ""
    return Invalid(f"The request is not valid. {where}{first.message}", flaws)


def _flaw(found: dict[str, Any]) -> Flaw:
    code = str(found["type"])
    message = _SENTENCES.get(code) or str(found["msg"]).removeprefix("Value error, ").rstrip(".") + "."
    return Flaw(_pointer(found["loc"]), code, message)


def _pointer(location: tuple[int | str, ...]) -> str:
    place, *steps = location
    if place in ("query", "header", "path"):
        return ("?" if place == "query" else "") + ".".join(str(step) for step in steps)
    pointer = ""
    for step in steps:
        # A field's name is the caller's own text where we don't know the field: only a plain one is repeated.
        if isinstance(step, str) and not _PLAIN_NAME.fullmatch(step):
            break
        pointer += f"/{step}"
    return pointer


def _add_headers(headers: MutableHeaders, error: DravoError, *, was_given: bool) -> None:
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="dravo"' + (', error="invalid_token"' if was_given else "")
    seconds = _retry_after(error)
    if seconds is not None:
        headers["Retry-After"] = str(seconds)


def _retry_after(error: DravoError) -> int | None:
    if isinstance(error, ProviderError) and error.retry_at is not None:
        return max(1, math.ceil((error.retry_at - clock.now()).total_seconds()))
    seconds = getattr(error, "retry_after_seconds", None)
    if seconds is None and error.status in (429, 503):
        return _DEFAULT_RETRY_SECONDS
    return None if seconds is None else int(seconds)
