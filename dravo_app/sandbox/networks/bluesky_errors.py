"""A PDS's own words for what went wrong, and its rate headers."""

import time

from dravo_app.sandbox.publishing import Voice
from dravo_app.sandbox.wire import Reply, json_reply

_WINDOW_SECONDS = 300
_DAY_SECONDS = 86_400


def error(status: int, name: str, message: str) -> Reply:
    return json_reply(status, {"error": name, "message": message})


def invalid(message: str) -> Reply:
    return error(400, "InvalidRequest", message)


def expired() -> Reply:
    """400, not 401: what a PDS says of an access token that is past its time."""
    return error(400, "ExpiredToken", "Token has expired")


def unverified() -> Reply:
    return error(400, "InvalidToken", "Token could not be verified")


def refresh_revoked() -> Reply:
    return error(400, "ExpiredToken", "Token has been revoked")


def no_token() -> Reply:
    return error(401, "AuthMissing", "Authentication Required")


def wrong_password() -> Reply:
    return error(401, "AuthenticationRequired", "Invalid identifier or password")


def not_yours() -> Reply:
    return error(401, "AuthenticationRequired", "Authentication Required")


def taken_down() -> Reply:
    return error(401, "AccountTakedown", "Account has been taken down")


def broken() -> Reply:
    return error(500, "InternalServerError", "Internal Server Error")


def rate_headers(
    limit: int, remaining: int, window_seconds: int = _WINDOW_SECONDS, reset: int | None = None
) -> tuple[tuple[str, str], ...]:
    """The headers of every answer. The sandbox counts nothing: its only limits are faults."""
    end = int(time.time()) // window_seconds * window_seconds + window_seconds
    return (
        ("ratelimit-limit", str(limit)),
        ("ratelimit-remaining", str(remaining)),
        ("ratelimit-reset", str(end if reset is None else reset)),
        ("ratelimit-policy", f"{limit};w={window_seconds}"),
    )


def throttled(retry_after_seconds: int) -> Reply:
    reset = int(time.time()) + retry_after_seconds
    return error(429, "RateLimitExceeded", "Rate Limit Exceeded").with_headers(
        ("retry-after", str(retry_after_seconds)), *rate_headers(3000, 0, reset=reset)
    )


def over_quota() -> Reply:
    """The points of the day are spent."""
    reset = int(time.time()) // _DAY_SECONDS * _DAY_SECONDS + _DAY_SECONDS
    return error(429, "RateLimitExceeded", "Rate Limit Exceeded").with_headers(
        ("retry-after", str(reset - int(time.time()))), *rate_headers(35_000, 0, _DAY_SECONDS, reset)
    )


VOICE = Voice(
    throttled=throttled,
    broken=broken,
    rejected=lambda: invalid("Invalid app.bsky.feed.post record: this record was refused"),
    token_expired=expired,
    token_revoked=unverified,
    over_quota=over_quota,
    success_status=200,
)
