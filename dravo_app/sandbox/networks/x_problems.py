"""X's own words for what went wrong: problem documents, rate headers, and the token endpoint's errors."""

import time

from dravo_app.sandbox.publishing import Voice
from dravo_app.sandbox.wire import Reply, json_reply

_TYPE = "https://api.twitter.com/2/problems/"
_WINDOW_SECONDS = 900
_DAY_SECONDS = 86_400


def problem(status: int, title: str, detail: str, kind: str = "", **more: object) -> Reply:
    """One problem document; `kind` is the last part of its type, "about:blank" without."""
    document: dict[str, object] = {
        "title": title, "detail": detail, "type": _TYPE + kind if kind else "about:blank", "status": status, **more,
    }  # fmt: skip
    return json_reply(status, document)


def invalid(parameter: str, value: str, message: str) -> Reply:
    """400 for a parameter or a field of the body."""
    errors = [{"parameters": {parameter: [value[:200]]}, "message": message}]
    detail = "One or more parameters to your request was invalid."
    return problem(400, "Invalid Request", detail, "invalid-request", errors=errors)


def unauthorized() -> Reply:
    """401 for a token that is missing, unknown, expired or revoked: X doesn't say which."""
    return problem(401, "Unauthorized", "Unauthorized")


def forbidden(detail: str) -> Reply:
    return problem(403, "Forbidden", detail)


def too_long() -> Reply:
    return problem(
        400,
        "Invalid Request",
        "Your Tweet text is too long. For more information on how Twitter determines text length see"
        " https://github.com/twitter/twitter-text.",
        "invalid-request",
    )


def duplicate() -> Reply:
    return forbidden("You are not allowed to create a Tweet with duplicate content.")


def suspended() -> Reply:
    return forbidden("Your account is suspended and is not permitted to access this feature.")


def not_found(what: str, parameter: str, value: str) -> dict[str, object]:
    """The error that stands in an answer of 200 instead of the thing asked for."""
    return {
        "value": value,
        "detail": f"Could not find {what} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": what,
        "parameter": parameter,
        "resource_id": value,
        "type": _TYPE + "resource-not-found",
    }


def no_such_page() -> Reply:
    return problem(404, "Not Found", "Not Found")


def token_error(status: int, error: str, description: str) -> Reply:
    """The token endpoint's error."""
    return json_reply(status, {"error": error, "error_description": description}, ("cache-control", "no-store"))


def dead_refresh_token() -> Reply:
    return token_error(400, "invalid_grant", "Value passed for the token was invalid.")


def rate_headers(limit: int, remaining: int | None = None) -> tuple[tuple[str, str], ...]:
    """The headers that X puts on every answer. The sandbox counts nothing: its only limits are faults."""
    reset = int(time.time()) // _WINDOW_SECONDS * _WINDOW_SECONDS + _WINDOW_SECONDS
    left = limit - 1 if remaining is None else remaining
    return (
        ("x-rate-limit-limit", str(limit)),
        ("x-rate-limit-remaining", str(left)),
        ("x-rate-limit-reset", str(reset)),
    )


def throttled(retry_after_seconds: int) -> Reply:
    """429 of the 15-minute window, which here ends after `retry_after_seconds`."""
    reset = int(time.time()) + retry_after_seconds
    return problem(429, "Too Many Requests", "Too Many Requests").with_headers(
        ("retry-after", str(retry_after_seconds)),
        ("x-rate-limit-limit", "100"),
        ("x-rate-limit-remaining", "0"),
        ("x-rate-limit-reset", str(reset)),
    )


def over_quota() -> Reply:
    """429 of the daily cap: only the 24-hour headers tell it from the short window."""
    reset = int(time.time()) // _DAY_SECONDS * _DAY_SECONDS + _DAY_SECONDS
    return problem(429, "Too Many Requests", "Too Many Requests").with_headers(
        *rate_headers(100),
        ("x-user-limit-24hour-limit", "17"),
        ("x-user-limit-24hour-remaining", "0"),
        ("x-user-limit-24hour-reset", str(reset)),
    )


VOICE = Voice(
    throttled=throttled,
    broken=lambda: problem(500, "Internal Server Error", "Something is broken. This is usually a temporary error."),
    rejected=lambda: forbidden("You are not permitted to perform this action."),
    token_expired=unauthorized,
    token_revoked=unauthorized,
    over_quota=over_quota,
    success_status=201,
)
