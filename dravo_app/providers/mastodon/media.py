"""Mastodon: files go up before the post; a large one may still be worked on when the server has it."""

import httpx

from dravo_app.errors import MediaUnusable
from dravo_app.providers import http
from dravo_app.providers.http import Answer, Upload
from dravo_app.providers.mastodon import calls, errors
from dravo_app.providers.types import Credentials, Medium


def upload(client: httpx.Client, base_url: str, credentials: Credentials, medium: Medium) -> tuple[str, bool]:
    """The server's id of the file, and whether it is ready to be posted. Nobody sees it yet."""
    file = Upload(medium.path, medium.content_type, part="file")
    form = {"description": medium.alt_text} if medium.alt_text else {}
    answer = calls.upload(client, f"{base_url}/api/v2/media", credentials, file, form)
    if answer.status in (404, 405):  # before Mastodon 3.1.3, and some forks: there the answer is always a ready file
        answer = calls.upload(client, f"{base_url}/api/v1/media", credentials, file, form)
    if not answer.is_success:
        errors.refuse_upload(answer)
    return _media_id(answer), answer.status != 202


def is_ready(client: httpx.Client, base_url: str, credentials: Credentials, media_id: str) -> bool:
    """One look at a file that was being worked on. Raises MediaUnusable where the server could make nothing of it."""
    answer = calls.get(client, f"{base_url}/api/v1/media/{media_id}", credentials)
    if answer.status == 206:
        return False
    if answer.status in (404, 422) and errors.said(answer):
        raise http.error(MediaUnusable, answer, f"The instance could make nothing of a picture. {errors.said(answer)}")
    if not answer.is_success:
        errors.refuse(answer)
    _media_id(answer)
    return True


def _media_id(answer: Answer) -> str:
    media_id = http.require(answer, "id", kind=str)
    if len(media_id) > 256 or not media_id.isascii() or not all(c.isalnum() or c in "._-" for c in media_id):
        raise http.unreadable(answer, "its `id` is none")
    return media_id
