"""What Bluesky can do and may be asked, as data with where it was read."""

from dravo_app.providers.types import Capabilities, CredentialField, Limit, Option

SLUG = "bluesky"
NAME = "Bluesky"
BASE_URL = "https://bsky.social"
COLLECTION = "app.bsky.feed.post"
MAX_GRAPHEMES = 300
MAX_BYTES = 3000
MAX_TAG_GRAPHEMES = 64
MAX_TAG_BYTES = 640
MAX_LANGUAGES = 3

_LEXICON = "lexicon app.bsky.feed.post, commit d6296a1c"

OPTIONS = (Option("langs", "array", "Languages of the post, up to three, such as `en` or `pt-BR`."),)

CAPABILITIES = Capabilities(
    text_limits=(
        Limit(MAX_GRAPHEMES, "graphemes", _LEXICON, "2026-08-20"),
        Limit(MAX_BYTES, "UTF-8 bytes", _LEXICON, "2026-08-20"),
    ),
    counting="Characters as people see them (graphemes): an emoji counts 1, a link counts in full.",
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
