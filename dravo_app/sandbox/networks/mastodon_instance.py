"""What a Mastodon server says of itself: the limits that an app must read before it counts and uploads."""

from sqlite3 import Connection

from dravo_app.sandbox.networks.mastodon_text import ADDRESS_LENGTH, DOMAIN
from dravo_app.sandbox.wire import Reply, Request, json_reply

MOST_CHARACTERS = 500
MOST_MEDIA = 4
MOST_DESCRIPTION = 1500
LARGEST_IMAGE = 16 * 1024 * 1024
MOST_PIXELS = 7680 * 4320
MOST_GIF_PIXELS = 1280 * 720
MOST_OPTIONS = 4
MOST_OPTION_CHARACTERS = 50
SHORTEST_POLL_SECONDS = 300
LONGEST_POLL_SECONDS = 2_629_746
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")

_VERSION = "4.5.0+sandbox"
_TITLE = "Sandbox"
_ABOUT = "A Mastodon server that exists on this machine only."


def version_2(_connection: Connection, _request: Request) -> Reply:
    """`GET /api/v2/instance`."""
    about: dict[str, object] = {
        "domain": DOMAIN,
        "title": _TITLE,
        "version": _VERSION,
        "source_url": "https://github.com/mastodon/mastodon",
        "description": _ABOUT,
        "usage": {"users": {"active_month": 1}},
        "languages": ["en"],
        "configuration": _configuration(),
        "registrations": {"enabled": False, "approval_required": False, "message": None},
        "api_versions": {"mastodon": 7},
        "rules": [],
    }
    return json_reply(200, about)


def version_1(_connection: Connection, _request: Request) -> Reply:
    """`GET /api/v1/instance`, which older apps read."""
    about: dict[str, object] = {
        "uri": DOMAIN,
        "title": _TITLE,
        "short_description": _ABOUT,
        "description": _ABOUT,
        "email": "",
        "version": _VERSION,
        "urls": {},
        "stats": {"user_count": 1, "status_count": 0, "domain_count": 0},
        "languages": ["en"],
        "registrations": False,
        "approval_required": False,
        "invites_enabled": False,
        "configuration": _configuration(),
        "rules": [],
    }
    return json_reply(200, about)


def _configuration() -> dict[str, object]:
    return {
        "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
        "statuses": {
            "max_characters": MOST_CHARACTERS,
            "max_media_attachments": MOST_MEDIA,
            "characters_reserved_per_url": ADDRESS_LENGTH,
        },
        "media_attachments": {
            "description_limit": MOST_DESCRIPTION,
            "image_matrix_limit": MOST_PIXELS,
            "image_size_limit": LARGEST_IMAGE,
            "supported_mime_types": list(IMAGE_TYPES),
        },
        "polls": {
            "max_options": MOST_OPTIONS,
            "max_characters_per_option": MOST_OPTION_CHARACTERS,
            "min_expiration": SHORTEST_POLL_SECONDS,
            "max_expiration": LONGEST_POLL_SECONDS,
        },
        "translation": {"enabled": False},
    }
