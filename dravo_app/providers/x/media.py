"""X: pictures go up before the post. A photo takes one request; an animation goes in pieces and is worked on for a while."""

import re
from collections.abc import Iterator

import httpx

from dravo_app.errors import MediaUnusable
from dravo_app.providers import http
from dravo_app.providers.http import Answer, Upload
from dravo_app.providers.types import Credentials, Json, Medium
from dravo_app.providers.x import errors, facts

DEFAULT_CHECK_SECONDS = 5.0
MAX_CHECK_SECONDS = 60.0


def upload(client: httpx.Client, base_url: str, credentials: Credentials, medium: Medium) -> tuple[str, float | None]:
    """X's id of the picture, and in how many seconds to look whether it is ready; None where it is. Nobody sees it yet."""
    answer = (_in_pieces if medium.is_animated else _at_once)(client, base_url, credentials, medium)
    media_id = _media_id(answer)
    if medium.alt_text:
        _describe(client, base_url, credentials, media_id, medium.alt_text)
    return media_id, _wait_seconds(answer)


def look(client: httpx.Client, base_url: str, credentials: Credentials, media_id: str) -> float | None:
    """One look at a picture that was being worked on: seconds to the next look, None where it is ready.

    Raises MediaUnusable where X could make nothing of it.
    """
    answer = http.read(
        client,
        "GET",
        f"{base_url}/2/media/upload",
        provider=facts.SLUG,
        headers=http.bearer(credentials.get("access_token"), facts.SLUG),
        params={"command": "STATUS", "media_id": media_id},
        secrets=http.secrets_of(credentials),
    )
    if not answer.is_success:
        errors.refuse_upload(answer)
    _media_id(answer)
    return _wait_seconds(answer)


def _at_once(client: httpx.Client, base_url: str, credentials: Credentials, medium: Medium) -> Answer:
    form = {"media_category": "tweet_image", "media_type": medium.content_type}
    file = Upload(medium.path, medium.content_type, part="media")
    return _post(client, f"{base_url}/2/media/upload", credentials, form=form, upload=file)


def _in_pieces(client: httpx.Client, base_url: str, credentials: Credentials, medium: Medium) -> Answer:
    announced: Json = {
        "media_type": medium.content_type,
        "total_bytes": medium.size_bytes,
        "media_category": "tweet_gif",
    }
    answer = _post(client, f"{base_url}/2/media/upload/initialize", credentials, json=announced)
    address = f"{base_url}/2/media/upload/{_media_id(answer)}"
    for number, piece in enumerate(_pieces(medium.size_bytes)):
        file = Upload(medium.path, medium.content_type, part="media", piece=piece)
        _post(client, f"{address}/append", credentials, form={"segment_index": str(number)}, upload=file)
    return _post(client, f"{address}/finalize", credentials)


def _describe(client: httpx.Client, base_url: str, credentials: Credentials, media_id: str, alt_text: str) -> None:
    described: Json = {"id": media_id, "metadata": {"alt_text": {"text": alt_text}}}
    answer = _post(client, f"{base_url}/2/media/metadata", credentials, json=described)
    if _media_id(answer) != media_id:
        raise http.unreadable(answer, "it names another picture than ours")


def _pieces(size_bytes: int) -> Iterator[tuple[int, int]]:
    for start in range(0, size_bytes, facts.MAX_PIECE_BYTES):
        yield start, min(start + facts.MAX_PIECE_BYTES, size_bytes)


def _post(
    client: httpx.Client,
    url: str,
    credentials: Credentials,
    *,
    json: Json = None,
    form: dict[str, str] | None = None,
    upload: Upload | None = None,
) -> Answer:
    answer = http.read(
        client,
        "POST",
        url,
        provider=facts.SLUG,
        headers=http.bearer(credentials.get("access_token"), facts.SLUG),
        json=json,
        form=form,
        upload=upload,
        secrets=http.secrets_of(credentials),
    )
    if not answer.is_success:
        errors.refuse_upload(answer)
    return answer


def _media_id(answer: Answer) -> str:
    media_id = http.require(answer, "data", "id", kind=str)
    if not re.fullmatch(r"[0-9]{1,19}", media_id):
        raise http.unreadable(answer, "its answer has no usable `data.id`")
    return media_id


def _wait_seconds(answer: Answer) -> float | None:
    state = http.find(answer.body, "data", "processing_info", "state", kind=str)
    if state is None or state == "succeeded":
        return None
    if state == "failed":
        said = http.find(answer.body, "data", "processing_info", "error", "message", kind=str) or ""
        words = http.shown(answer, said)
        raise http.error(MediaUnusable, answer, f"X could make nothing of a picture. {words}".strip())
    if state not in ("pending", "in_progress"):
        raise http.unreadable(answer, "the picture is in a state that nobody knows")
    seconds = http.find(answer.body, "data", "processing_info", "check_after_secs", kind=int)
    return min(max(float(seconds), 1.0), MAX_CHECK_SECONDS) if seconds is not None else DEFAULT_CHECK_SECONDS
