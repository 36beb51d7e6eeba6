"""Mastodon's way from what an app sent to a post that is there: the same checks in the same order, the same words."""

import json
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from sqlite3 import Connection

from dravo_app.sandbox import faults, media, store
from dravo_app.sandbox.credentials import Account
from dravo_app.sandbox.forms import Fields, read_fields
from dravo_app.sandbox.graphemes import count_graphemes
from dravo_app.sandbox.media import Medium
from dravo_app.sandbox.networks import mastodon_errors as errors
from dravo_app.sandbox.networks import mastodon_instance as instance
from dravo_app.sandbox.networks import mastodon_text
from dravo_app.sandbox.networks.mastodon_entities import (
    NETWORK,
    find_status,
    media_entity,
    status_entity,
    status_url,
)
from dravo_app.sandbox.networks.mastodon_errors import Refused
from dravo_app.sandbox.publishing import converse
from dravo_app.sandbox.wire import Reply, Request, Step, iso_time, json_reply

KEY_SECONDS = 3600.0
VISIBILITIES = ("public", "unlisted", "private", "direct")

_SOONEST_SECONDS = 300
_NO = frozenset(("0", "f", "false", "off"))
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")


@dataclass(frozen=True, slots=True)
class _Draft:
    """A post that passed every check."""

    text: str
    details: dict[str, object]
    media: list[Medium]


def create(connection: Connection, request: Request, account: Account, _name: str) -> Step:
    """`POST /api/v1/statuses`."""
    fields = read_fields(request)
    if fields is None:
        return errors.unreadable()

    def show(connection: Connection) -> Reply:
        try:
            return _once(connection, request, account, fields)
        except Refused as refusal:
            return refusal.reply

    return converse(connection, request, errors.VOICE, account.key, _text(fields, "status"), show)


def _once(connection: Connection, request: Request, account: Account, fields: Fields) -> Reply:
    """The same Idempotency-Key of the same account within an hour is the same post; nothing else is looked at then.

    With `allow_duplicates` the key is ignored, as some relatives of Mastodon do.
    """
    key = request.headers.get("idempotency-key", "").strip()
    if not key or faults.allows_duplicates(connection, NETWORK):
        return _post(connection, request, account, fields)[1]
    now = time.time()
    connection.execute("DELETE FROM remembered WHERE network = ? AND expires_at <= ?", (NETWORK, now))
    row = connection.execute(
        "SELECT answer FROM remembered WHERE network = ? AND account = ? AND key = ?", (NETWORK, account.key, key)
    ).fetchone()
    if row is not None:
        return _again(connection, request, account, row[0])
    post_id, reply = _post(connection, request, account, fields)
    connection.execute(
        "INSERT INTO remembered (network, account, key, answer, expires_at) VALUES (?, ?, ?, ?, ?)",
        (NETWORK, account.key, key, post_id, now + KEY_SECONDS),
    )
    return reply


def _again(connection: Connection, request: Request, account: Account, post_id: str) -> Reply:
    status = find_status(connection, post_id)
    if status is None:
        return errors.not_found()  # it was deleted meanwhile
    return json_reply(200, status_entity(connection, request, status, account))


def _post(connection: Connection, request: Request, account: Account, fields: Fields) -> tuple[str, Reply]:
    draft = _draft(connection, account, fields)
    scheduled_at = _scheduled_at(fields)
    if scheduled_at is not None:
        return _schedule(request, draft, scheduled_at)
    now = time.time()
    post_id = next_id(connection, "posts", "post_id", now)
    connection.execute(
        "INSERT INTO posts (network, post_id, account, text, body, posted_at) VALUES (?, ?, ?, ?, ?, ?)",
        (NETWORK, post_id, account.key, draft.text, json.dumps(draft.details), now),
    )
    media.attach(connection, draft.media, post_id)
    store.append_to_log(
        connection, request, account.handle, post_id, draft.text, status_url(account.handle, post_id),
        media.as_logged(draft.media),
    )  # fmt: skip
    return post_id, _again(connection, request, account, post_id)


def next_id(connection: Connection, table: str, column: str, now: float) -> str:
    """A snowflake as Mastodon makes them: milliseconds and 16 bits. Later ids are greater."""
    last = connection.execute(f"SELECT max({column}) FROM {table} WHERE network = ?", (NETWORK,)).fetchone()[0]
    return str(max(int(now * 1000) << 16, int(last or 0) + 1))


def _schedule(request: Request, draft: _Draft, scheduled_at: float) -> tuple[str, Reply]:
    """Taken, and never shown: whoever asks a server to wait has to see that nothing is public yet."""
    post_id = str(int(time.time() * 1000))
    params = {**draft.details, "text": draft.text}
    shown = [media_entity(request, medium) for medium in draft.media]
    answer = {"id": post_id, "scheduled_at": iso_time(scheduled_at), "params": params, "media_attachments": shown}
    return post_id, json_reply(200, answer)


def _draft(connection: Connection, account: Account, fields: Fields) -> _Draft:
    poll_given = fields.get("poll")
    chosen = _media(connection, account, fields.get("media_ids"), has_poll=bool(poll_given))
    text, spoiler_text = _text(fields, "status").strip(), _text(fields, "spoiler_text").strip()
    is_sensitive = _is_true(fields.get("sensitive")) or bool(spoiler_text)
    if not text and spoiler_text:
        text, spoiler_text = spoiler_text, ""
    visibility = _text(fields, "visibility") or "public"
    language = _text(fields, "language")
    poll, wrong = _poll(poll_given)
    _refuse_together([*_wrong_with_text(text, spoiler_text, chosen), *_wrong_with_visibility(visibility), *wrong])
    details: dict[str, object] = {
        "spoiler_text": spoiler_text, "visibility": visibility, "sensitive": is_sensitive, "poll": poll,
        "language": language if _LANGUAGE.fullmatch(language) else "en",
        "in_reply_to_id": _reply_to(connection, fields), "media_ids": [medium.media_id for medium in chosen],
    }  # fmt: skip
    return _Draft(text, details, chosen)


def _media(connection: Connection, account: Account, given: object, *, has_poll: bool) -> list[Medium]:
    if not isinstance(given, list) or not given:
        return []
    if len(given) > instance.MOST_MEDIA or has_poll:
        raise Refused(errors.unprocessable(f"Cannot attach more than {instance.MOST_MEDIA} files"))
    ids = list(dict.fromkeys(str(item) for item in given))
    found = {media_id: media.find(connection, NETWORK, account.key, media_id) for media_id in ids}
    chosen = [medium for medium in found.values() if medium is not None and not medium.post_id]
    missing = [media_id for media_id in ids if media_id not in {medium.media_id for medium in chosen}]
    if missing:
        names = ", ".join(missing)
        raise Refused(errors.unprocessable(f"Media {names} not found or already attached to another post"))
    if not all(medium.is_ready for medium in chosen):
        message = "Cannot attach files that have not finished processing. Try again in a moment!"
        raise Refused(errors.unprocessable(message))
    return chosen


def _wrong_with_text(text: str, spoiler_text: str, chosen: list[Medium]) -> list[str]:
    if not text and not chosen:
        return ["Text can't be blank"]
    if mastodon_text.length(text, spoiler_text) > instance.MOST_CHARACTERS:
        return [f"Text character limit of {instance.MOST_CHARACTERS} exceeded"]
    return []


def _wrong_with_visibility(visibility: str) -> list[str]:
    return [] if visibility in VISIBILITIES else ["Visibility is not included in the list"]


def _poll(given: object) -> tuple[dict[str, object] | None, list[str]]:
    """The poll as it is kept, and what is wrong with it."""
    if not isinstance(given, dict) or not given:
        return None, []
    listed = given.get("options")
    options = [str(option).strip() for option in listed] if isinstance(listed, list) else []
    options = [option for option in options if option]
    lasts = _whole(given.get("expires_in"))
    poll: dict[str, object] = {
        "options": options, "expires_at": time.time() + (lasts or 0), "multiple": _is_true(given.get("multiple")),
        "hide_totals": _is_true(given.get("hide_totals")),
    }  # fmt: skip
    return poll, [*_wrong_with_options(options), *_wrong_with_duration(lasts)]


def _wrong_with_options(options: list[str]) -> list[str]:
    wrong = []
    if len(options) < 2:
        wrong.append("Choices must have more than one item")
    if len(options) > instance.MOST_OPTIONS:
        wrong.append(f"Choices can't contain more than {instance.MOST_OPTIONS} items")
    if any(count_graphemes(option) > instance.MOST_OPTION_CHARACTERS for option in options):
        wrong.append(f"Choices cannot be longer than {instance.MOST_OPTION_CHARACTERS} characters each")
    if len(set(options)) < len(options):
        wrong.append("Choices contain duplicate items")
    return wrong


def _wrong_with_duration(seconds: int | None) -> list[str]:
    if seconds is None or seconds > instance.LONGEST_POLL_SECONDS:
        return ["Deadline is too far into the future"]
    return ["Deadline is too soon"] if seconds < instance.SHORTEST_POLL_SECONDS else []


def _reply_to(connection: Connection, fields: Fields) -> str | None:
    post_id = _text(fields, "in_reply_to_id")
    if post_id and find_status(connection, post_id) is None:
        raise Refused(errors.error(404, "The post you are trying to reply to does not appear to exist."))
    return post_id or None


def _scheduled_at(fields: Fields) -> float | None:
    given = _text(fields, "scheduled_at")
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise Refused(errors.unprocessable("Invalid date supplied")) from None
    seconds = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    if seconds <= time.time():
        return None
    if seconds < time.time() + _SOONEST_SECONDS:
        raise Refused(errors.invalid("Scheduled at The scheduled date must be in the future"))
    return seconds


def _refuse_together(wrong: list[str]) -> None:
    if wrong:
        raise Refused(errors.invalid(", ".join(wrong)))


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return "" if value is None or isinstance(value, list | dict) else str(value)


def _whole(value: object) -> int | None:
    """As Ruby's to_i reads it, None where nothing was given."""
    if value is None or value == "":
        return None
    digits = re.match(r"\s*-?[0-9]{1,12}", str(value))
    return int(digits[0]) if digits else 0


def _is_true(value: object) -> bool:
    return value not in (None, "", False) and str(value).lower() not in _NO
