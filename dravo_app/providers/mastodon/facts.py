"""What Mastodon can do and may be asked, as data with where it was read; an instance's own limits replace the defaults."""

from dravo_app.providers.types import Capabilities, CredentialField, Limit, MediaRules, Option, PictureRule

SLUG = "mastodon"
NAME = "Mastodon"
NO_SERVER = "https://instance.invalid"
"""Mastodon has no address of its own; a name that nobody can have, so that a token never goes to a server by default."""

_DOCS = "docs.joinmastodon.org, entity Instance, commit 2903485d"
_MODEL = "mastodon 4.x, app/models/media_attachment.rb"
_READ = "2026-07-02"

MAX_CHARACTERS = 500
URL_CHARACTERS = 23
MAX_MEDIA = 4
MAX_IMAGE_BYTES = 16_777_216
MAX_IMAGE_PIXELS = 33_177_600
MAX_ALT = 1500
MIN_POLL_OPTIONS = 2
MAX_POLL_OPTIONS = 4
MAX_POLL_CHARACTERS = 50
MIN_POLL_SECONDS = 300
MAX_POLL_SECONDS = 2_629_746
POLL_SECONDS = 86_400

VISIBILITIES = ("public", "unlisted", "private", "direct")
POLL_DETAILS = ("poll_expires_in", "poll_multiple", "poll_hide_totals")

OPTIONS = (
    Option("visibility", "string", "Who sees the post. `public` unless set.", VISIBILITIES),
    Option("spoiler_text", "string", "A content warning to show instead of the text."),
    Option("sensitive", "boolean", "Cover the media until touched. Off unless set."),
    Option("language", "string", "The post's language, such as `en`."),
    Option("poll_options", "array", "The answers of a poll, two or more. A poll goes without media."),
    Option("poll_expires_in", "integer", "How long the poll is open, in seconds. 86400 (a day) unless set."),
    Option("poll_multiple", "boolean", "People may choose several answers. Off unless set."),
    Option("poll_hide_totals", "boolean", "Show the votes only when the poll is over. Off unless set."),
)

STILL_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")
ANIMATED_TYPES = ("image/gif",)

MEDIA = MediaRules(
    max_count=Limit(MAX_MEDIA, "media", _DOCS, _READ),
    images=PictureRule(
        STILL_TYPES,
        Limit(MAX_IMAGE_BYTES, "bytes", _MODEL, _READ),
        max_pixels=Limit(MAX_IMAGE_PIXELS, "pixels", _MODEL, _READ),
    ),
    animations=PictureRule(
        ANIMATED_TYPES,
        Limit(MAX_IMAGE_BYTES, "bytes", _MODEL, _READ),
        max_pixels=Limit(MAX_IMAGE_PIXELS, "pixels", _MODEL, _READ),
    ),
    max_alt=Limit(MAX_ALT, "characters", _DOCS, _READ),
)

CAPABILITIES = Capabilities(
    text_limits=(Limit(MAX_CHARACTERS, "characters", f"{_DOCS}; each instance sets its own", _READ),),
    counting="Characters as people see them: a link counts 23, of @user@server only @user, and the content warning counts, too.",
    media=MEDIA,
    has_own_limits=True,
    options=OPTIONS,
    credential_fields=(
        CredentialField(
            "access_token", "A token of this account with read and write, made in the instance's settings."
        ),
        CredentialField(
            "instance",
            "The account's server, such as https://mastodon.social. Left out in the test environment, where the sandbox "
            "is the server.",
            required=False,
            secret=False,
        ),
    ),
    scopes=("read", "write:statuses", "write:media"),
    needs_server="instance",
    safe_to_repeat=False,
    can_look_up=True,
    visible_within_seconds=5.0,
)
