"""The API's public description: what the framework generates, completed with what all operations share.

Every operation gets the problems that any request can end in, secured ones the headers they take, and each problem is
declared as `application/problem+json`.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from dravo_app.api.dependencies import IDEMPOTENCY_HEADER, REPLAYED_HEADER
from dravo_app.api.envelope import REQUEST_ID_HEADER
from dravo_app.api.identity import ENVIRONMENT_HEADER
from dravo_app.api.problems import MEDIA_TYPE
from dravo_app.api.v1.schemas.common import Problem
from dravo_app.services.idempotency import KEPT_HOURS, MAX_KEY_CHARACTERS
from dravo_app.services.providers import list_option_schemas

TITLE = "Dravo"
_INTRODUCTION = f"""Publish one post to many social accounts, and always know what happened to each.

Every request needs `Authorization: Bearer` with an API key or a token from `POST /v1/auth/login`. Keys that begin with
`dra_live_` act on real networks, keys that begin with `dra_test_` on the built-in sandbox; their data never mix.

A write with an `Idempotency-Key` is done once, however often it is sent: for {KEPT_HOURS} hours the same key and body get the first
answer again, with `{REPLAYED_HEADER}: true`. Refusals are not stored, because nothing was done.

Whatever goes wrong is answered as `{MEDIA_TYPE}` with a code that `GET /v1/errors/{{code}}` explains.
"""

_TAGS = [
    {"name": "Publish", "description": "Publish jobs and what became of them."},
    {"name": "Accounts", "description": "The connected profiles and pages."},
    {"name": "Providers", "description": "The networks and what they can do."},
    {"name": "Workspace", "description": "The rules of the workspace."},
    {"name": "Identity", "description": "Logging in, and who asks."},
    {"name": "Errors", "description": "Every error code, explained."},
]

_SENTENCES = {
    400: "The request is not valid; nothing was done.",
    401: "The credential is missing, unknown, expired or revoked.",
    403: "This credential may not do that.",
    404: "There is nothing here by that name.",
    409: "The thing is in a state in which that can't be done, or the first request with this key is still running.",
    413: "The body is too large.",
    422: "The Idempotency-Key was used before with another request.",
    429: "Too many tries.",
    500: "Something went wrong on our side.",
    503: "A part that this needs doesn't answer right now.",
}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "How to authenticate."}},
    429: {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}},
    503: {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}},
}
_REQUEST_ID = {"schema": {"type": "string"}, "description": "Names this request in the log."}
_WRITES = frozenset({"post", "put", "patch", "delete"})
_UNREPEATABLE = frozenset({"login", "refreshLogin", "logout"})


def problems_of(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of one operation, for its `responses`; those that every operation has are added by `describe`."""
    return {status: _problem(status) for status in statuses}


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document."""
    document = get_openapi(
        title=TITLE,
        version="1",
        summary="Publish one post to many social accounts, and know what happened to each.",
        description=_INTRODUCTION,
        routes=app.routes,
        tags=_TAGS,
        servers=[{"url": "/v1", "description": "This server."}],
    )
    document["security"] = [{"bearer": []}]
    components = document["components"]
    components["securitySchemes"] = {"bearer": _BEARER}
    components["parameters"] = _PARAMETERS
    components["schemas"]["Problem"] = _problem_schema(components["schemas"])
    _complete_request(components["schemas"]["PublishRequest"])
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    for operations in document["paths"].values():
        for method, operation in operations.items():
            _complete(method, operation)
    return document


def _complete_request(schema: dict[str, Any]) -> None:
    schema["examples"] = [_PUBLISH_EXAMPLE]
    options = schema["properties"]["provider_options"]
    options["properties"] = list_option_schemas()
    options["additionalProperties"] = False


def _complete(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if responses.get("422", {}).get("description") == "Validation Error":  # the framework's; ours are 400
        del responses["422"]
    is_public = operation.get("security") == []
    for status in (500, 503) if is_public else (400, 401, 403, 500, 503):
        responses.setdefault(str(status), _problem(status))
    for response in responses.values():
        response.setdefault("headers", {})[REQUEST_ID_HEADER] = _REQUEST_ID
    names = [] if is_public else ["Environment"]
    if method in _WRITES and operation["operationId"] not in _UNREPEATABLE:
        names.append("IdempotencyKey")
    operation.setdefault("parameters", []).extend({"$ref": f"#/components/parameters/{name}"} for name in names)
    operation["responses"] = dict(sorted(responses.items()))


def _problem(status: int) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": _SENTENCES[status], "content": content, "headers": dict(_HEADERS.get(status, {}))}


def _problem_schema(schemas: dict[str, Any]) -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    return schema


_PUBLISH_EXAMPLE = {
    "account_ids": ["acc_01k9f3a5b7c9d1e3f5g7h9j1k3m5n7p9q1r3"],
    "text": "Shipping Dravo today",
    "provider_options": {"bluesky": {"langs": ["en"]}},
    "metadata": {"campaign": "launch"},
}

_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key (`dra_live_…` or `dra_test_…`) or an access token from `POST /v1/auth/login`.",
}

_PARAMETERS = {
    "Environment": {
        "name": ENVIRONMENT_HEADER,
        "in": "header",
        "required": False,
        "description": "With an access token: which environment to act in, `live` where it is left out. A key has its own.",
        "schema": {"type": "string", "enum": ["live", "test"]},
    },
    "IdempotencyKey": {
        "name": IDEMPOTENCY_HEADER,
        "in": "header",
        "required": False,
        "description": f"Makes a repeat harmless for {KEPT_HOURS} hours: any text of visible ASCII that you use for one request only.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_CHARACTERS, "pattern": "^[!-~]+$"},
        "example": "2026-07-01-launch",
    },
}
