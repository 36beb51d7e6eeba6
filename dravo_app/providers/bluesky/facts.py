"""What Bluesky can do and may be asked, as data with where it was read."""

from dravo_app.providers.types import Capabilities, CredentialField, Limit, MediaRules, Option, PictureRule

SLUG = "bluesky"
NAME = "Bluesky"
BASE_URL = "https://bsky.social"
COLLECTION = "app.bsky.feed.post"
MAX_GRAPHEMES = 300
MAX_BYTES = 3000
MAX_TAG_GRAPHEMES = 64
MAX_TAG_BYTES = 640
MAX_LANGUAGES = 3
MAX_IMAGES = 4
MAX_IMAGE_BYTES = 2_000_000
MAX_IMAGE_SIDE = 4000
MAX_ALT = 2000

_LEXICON = "lexicon app.bsky.feed.post, commit d6296a1c"

_EMBED = "lexicon app.bsky.embed.images, commit d6296a1c"
_APP = "bluesky-social/social-app, src/lib/constants.ts, commit 008fe5ea"

OPTIONS = (Option("langs", "array", "Languages of the post, up to three, such as `en` or `pt-BR`."),)

MEDIA = MediaRules(
    max_count=Limit(MAX_IMAGES, "pictures", _EMBED, "2026-08-20"),
    images=PictureRule(
        ("image/jpeg", "image/png", "image/webp"),
        Limit(MAX_IMAGE_BYTES, "bytes", _EMBED, "2026-08-20"),
        max_side=Limit(MAX_IMAGE_SIDE, "pixels", _APP, "2026-11-24"),
    ),
    max_alt=Limit(MAX_ALT, "graphemes", _APP, "2026-11-24"),
)

CAPABILITIES = Capabilities(
    text_limits=(
        Limit(MAX_GRAPHEMES, "graphemes", _LEXICON, "2026-08-20"),
        Limit(MAX_BYTES, "UTF-8 bytes", _LEXICON, "2026-08-20"),
    ),
    counting="Characters as people see them (graphemes): an emoji counts 1, a link counts in full.",
    media=MEDIA,
    options=OPTIONS,
    credential_fields=(
        CredentialField(
            "app_password",
            "An app password, made in Bluesky's settings; `password` is taken, too.",
            also_called=("password", "access_token"),
        ),
        CredentialField("identifier", "Handle, DID or mail address to log in with.", required=False, secret=False),
        CredentialField("service", f"The account's server; {BASE_URL} if left out.", required=False, secret=False),
    ),
    safe_to_repeat=True,
    can_look_up=True,
    can_refresh=True,
    visible_within_seconds=1.0,
)
