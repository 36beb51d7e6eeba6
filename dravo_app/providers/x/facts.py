"""What X can do and may be asked, as data with where it was read."""

from dravo_app.providers.types import Capabilities, CredentialField, Limit, Option

SLUG = "x"
NAME = "X"
BASE_URL = "https://api.x.com"
MAX_WEIGHT = 280

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

CAPABILITIES = Capabilities(
    text_limits=(Limit(MAX_WEIGHT, "weighted characters", "github.com/twitter/twitter-text config v3", "2026-11-23"),),
    counting="X's own weights: a link counts 23, an emoji 2, Latin text 1 and most other scripts 2 per character.",
    options=OPTIONS,
    credential_fields=(
        CredentialField("access_token", "An OAuth 2.0 user token with tweet.read, tweet.write and users.read."),
        CredentialField(
            "refresh_token", "Keeps the access alive after two hours; needs offline.access.", required=False
        ),
        CredentialField("client_id", "The developer app that made the tokens.", required=False, secret=False),
        CredentialField("client_secret", "That app's secret, where it is a confidential one.", required=False),
    ),
    scopes=("tweet.read", "tweet.write", "users.read", "offline.access"),
    safe_to_repeat=False,
    can_look_up=True,
    can_refresh=True,
    visible_within_seconds=30.0,
)
