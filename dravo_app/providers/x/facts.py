"""What X can do and may be asked, as data with where it was read."""

from dravo_app.providers.types import Capabilities, CredentialField, Limit, MediaRules, Option, PictureRule

SLUG = "x"
NAME = "X"
BASE_URL = "https://api.x.com"
MAX_WEIGHT = 280
MAX_PHOTOS = 4
MAX_PHOTO_BYTES = 5_000_000
MAX_GIF_BYTES = 15_000_000
MAX_GIF_SIDE = 1280
MAX_GIF_PIXELS = 1280 * 1080
MAX_ALT = 1000
MAX_PIECE_BYTES = 4_000_000
"""Of an upload in pieces; X documents 5 MB and takes 8."""

_BEST_PRACTICES = "docs.x.com, media best practices, commit 0c986f00"
_READ = "2026-11-24"

OPTIONS = (
    Option(
        "reply_settings",
        "string",
        "Who may reply; everybody where it is left out.",
        ("following", "mentionedUsers", "subscribers", "verified"),
    ),
    Option("made_with_ai", "boolean", "Label the post as made with AI."),
    Option("paid_partnership", "boolean", "Label the post as a paid promotion."),
    Option("quote_tweet_id", "string", "The id of the post to quote, in digits."),
    Option("community_id", "string", "The id of the community to post into, in digits."),
    Option("share_with_followers", "boolean", "Show a community's post to your followers, too."),
    Option("for_super_followers_only", "boolean", "Show the post to subscribers only."),
)
ID_OPTIONS = ("quote_tweet_id", "community_id")

MEDIA = MediaRules(
    max_count=Limit(MAX_PHOTOS, "photos", _BEST_PRACTICES, _READ),
    images=PictureRule(
        ("image/jpeg", "image/png", "image/webp"), Limit(MAX_PHOTO_BYTES, "bytes", _BEST_PRACTICES, _READ)
    ),
    animations=PictureRule(
        ("image/gif",),
        Limit(MAX_GIF_BYTES, "bytes", _BEST_PRACTICES, _READ),
        max_pixels=Limit(MAX_GIF_PIXELS, "pixels", _BEST_PRACTICES, _READ),
        max_side=Limit(MAX_GIF_SIDE, "pixels", _BEST_PRACTICES, _READ),
    ),
    max_alt=Limit(MAX_ALT, "characters", "X's own apps; its API's documents name no number", _READ),
)

CAPABILITIES = Capabilities(
    text_limits=(Limit(MAX_WEIGHT, "weighted characters", "github.com/twitter/twitter-text config v3", "2026-11-23"),),
    counting="X's own weights: a link counts 23, an emoji 2, Latin text 1 and most other scripts 2 per character.",
    media=MEDIA,
    options=OPTIONS,
    credential_fields=(
        CredentialField(
            "access_token",
            "An OAuth 2.0 user token with tweet.read, tweet.write and users.read; pictures need media.write, too.",
        ),
        CredentialField(
            "refresh_token", "Keeps the access alive after two hours; needs offline.access.", required=False
        ),
        CredentialField("client_id", "The developer app that made the tokens.", required=False, secret=False),
        CredentialField("client_secret", "That app's secret, where it is a confidential one.", required=False),
    ),
    scopes=("tweet.read", "tweet.write", "users.read", "media.write", "offline.access"),
    safe_to_repeat=False,
    can_look_up=True,
    can_refresh=True,
    visible_within_seconds=30.0,
)
