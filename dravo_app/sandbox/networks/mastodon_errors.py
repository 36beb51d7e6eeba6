"""Mastodon's own words for what went wrong, and its rate headers with their ISO 8601 reset."""

import time
from datetime import UTC, datetime

from dravo_app.sandbox.publishing import Voice
from dravo_app.sandbox.wire import Reply, json_reply

_WINDOW_SECONDS = 300
POSTS_WINDOW_SECONDS = 3 * 3600


class Refused(Exception):
    """A call that Mastodon doesn't do; the reply says why."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def error(status: int, message: str) -> Reply:
    return json_reply(status, {"error": message})


def unprocessable(message: str) -> Reply:
    return error(422, message)


def invalid(message: str) -> Reply:
    """422 in the words of a failed validation."""
    return unprocessable(f"Validation failed: {message}")


def unreadable() -> Reply:
    return error(400, "Error occurred while parsing request parameters")


def not_found() -> Reply:
    return error(404, "Record not found")


def no_such_page() -> Reply:
    return error(404, "The page you were looking for doesn't exist.")


def bad_token(why: str = "The access token is invalid") -> Reply:
    """401 for a token that is missing, unknown, expired or revoked: the sentence says which."""
    challenge = f'Bearer realm="Mastodon", error="invalid_token", error_description="{why}"'
    return error(401, why).with_headers(("www-authenticate", challenge))


def disabled() -> Reply:
    """403 for an account that is suspended or frozen."""
    return error(403, "Your login is currently disabled")


def rate_headers(
    limit: int = 300, remaining: int | None = None, window_seconds: int = _WINDOW_SECONDS, reset: float | None = None
) -> tuple[tuple[str, str], ...]:
    """The headers of every answer. The sandbox counts nothing: its only limits are faults."""
    end = int(time.time()) // window_seconds * window_seconds + window_seconds if reset is None else reset
    moment = datetime.fromtimestamp(end, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return (
        ("x-ratelimit-limit", str(limit)),
        ("x-ratelimit-remaining", str(limit - 1 if remaining is None else remaining)),
        ("x-ratelimit-reset", moment),
    )


def throttled(retry_after_seconds: int) -> Reply:
    reset = int(time.time()) + retry_after_seconds
    headers = rate_headers(300, 0, reset=reset)
    return error(429, "Too many requests").with_headers(("retry-after", str(retry_after_seconds)), *headers)


def over_quota() -> Reply:
    """The 300 posts that an account may make in three hours are made."""
    return error(429, "Too many requests").with_headers(*rate_headers(300, 0, POSTS_WINDOW_SECONDS))


VOICE = Voice(
    throttled=throttled,
    broken=lambda: error(500, "Internal server error"),
    rejected=lambda: invalid("Text was refused by this server"),
    token_expired=lambda: bad_token("The access token expired"),
    token_revoked=lambda: bad_token("The access token was revoked"),
    over_quota=over_quota,
    success_status=200,
)
