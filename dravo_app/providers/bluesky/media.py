"""Bluesky: pictures go up before the post, as blobs that are named after their bytes, so a repeat names the same ones."""

import re

import httpx

from dravo_app.providers import http
from dravo_app.providers.bluesky import errors, facts
from dravo_app.providers.http import Upload
from dravo_app.providers.types import Credentials, Json, Medium


def embed(client: httpx.Client, base_url: str, credentials: Credentials, media: tuple[Medium, ...]) -> Json:
    """Upload the pictures; what a record says of them, None where there are none. Nobody sees them yet."""
    if not media:
        return None
    images: list[Json] = [
        {
            "alt": medium.alt_text,
            "image": _upload(client, base_url, credentials, medium),
            "aspectRatio": {"width": medium.width, "height": medium.height},
        }
        for medium in media
    ]
    return {"$type": "app.bsky.embed.images", "images": images}


def _upload(client: httpx.Client, base_url: str, credentials: Credentials, medium: Medium) -> Json:
    """The blob as a record names it: by what came back, so far as that can be this picture."""
    answer = http.read(
        client,
        "POST",
        f"{base_url}/xrpc/com.atproto.repo.uploadBlob",
        provider=facts.SLUG,
        headers=http.bearer(credentials.get("access_jwt"), facts.SLUG),
        upload=Upload(medium.path, medium.content_type),
        secrets=http.secrets_of(credentials),
    )
    if not answer.is_success:
        errors.refuse_upload(answer)
    link, kind = (http.require(answer, "blob", *path, kind=str) for path in (("ref", "$link"), ("mimeType",)))
    size = http.require(answer, "blob", "size", kind=int)
    if not re.fullmatch(r"[A-Za-z0-9]{10,200}", link) or not kind.startswith("image/") or size != medium.size_bytes:
        raise http.unreadable(answer, "the blob in it is not the picture that was sent")
    return {"$type": "blob", "ref": {"$link": link}, "mimeType": kind, "size": size}
