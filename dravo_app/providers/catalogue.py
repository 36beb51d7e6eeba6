"""All thirteen networks that the API names, with their documented options: what `provider_options` may hold.

An option that is left out takes the safe default that its description names; nothing is public by accident. Where an
adapter exists, its own facts are the source; the others are listed here so that a caller's typo is found today.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dravo_app.providers.bluesky import facts as bluesky
from dravo_app.providers.mastodon import facts as mastodon
from dravo_app.providers.types import Capabilities, Option, Problem
from dravo_app.providers.x import facts as x

MAX_TEXT = 5000


@dataclass(frozen=True)
class Network:
    """A network's public key and name, and the options that its documentation has; `reserved` are those it can honour."""

    slug: str
    name: str
    options: tuple[Option, ...]
    reserved: frozenset[str] = frozenset({"text"})


def _honoured(capabilities: Capabilities) -> frozenset[str]:
    return frozenset({"text", "media_urls", "alt_texts"} if capabilities.media else {"text"})


def _text(name: str, description: str) -> Option:
    return Option(name, "string", description)


def _flag(name: str, description: str) -> Option:
    return Option(name, "boolean", f"{description} Off unless set.")


def _choice(name: str, description: str, *choices: str) -> Option:
    return Option(name, "string", f"{description} `{choices[0]}` unless set.", choices)


_LINKEDIN = (
    _choice("visibility", "Who sees the post.", "PUBLIC", "CONNECTIONS", "LOGGED_IN"),
    _flag("disable_reshare", "Nobody may repost it."),
    _text("article_url", "A link to show as a card under the post."),
    _text("article_title", "The card's title."),
    _text("article_description", "The card's description."),
)
_FACEBOOK = (
    _text("link", "A link to show as a card."),
    _choice("media_type", "What the media become.", "POST", "REELS", "STORIES"),
    _text("title", "A video's or reel's title."),
    _text("place", "The id of a place page."),
)
_INSTAGRAM = (
    _choice("media_type", "What the media become.", "POST", "REELS", "STORIES"),
    _text("location_id", "The id of a place page."),
    Option("collaborators", "array", "Up to three user names asked to be co-authors."),
    _flag("share_to_feed", "A reel shows in the feed, too."),
    _text("cover_url", "A reel's cover image."),
    Option("thumb_offset", "integer", "The reel's frame to use as cover, in milliseconds."),
    _flag("is_ai_generated", "Label as made with AI."),
    _flag("is_paid_partnership", "Label as a paid partnership."),
)
_THREADS = (
    _choice(
        "reply_control",
        "Who may reply.",
        "everyone",
        "accounts_you_follow",
        "mentioned_only",
        "parent_post_author_only",
        "followers_only",
    ),
    _text("topic_tag", "One topic, without the hash."),
    _text("link_attachment", "A link to show as a card."),
    _text("quote_post_id", "The id of the post to quote."),
    _flag("is_spoiler_media", "Cover the media until touched."),
)
_TIKTOK = (
    _choice(
        "privacy_level",
        "Who sees the post.",
        "SELF_ONLY",
        "MUTUAL_FOLLOW_FRIENDS",
        "FOLLOWER_OF_CREATOR",
        "PUBLIC_TO_EVERYONE",
    ),
    _choice("post_mode", "Publish, or put into the creator's inbox.", "DIRECT_POST", "MEDIA_UPLOAD"),
    _text("title", "The title of a photo post, up to 90 characters."),
    _flag("disable_comment", "Nobody may comment."),
    _flag("disable_duet", "Nobody may make a duet."),
    _flag("disable_stitch", "Nobody may make a stitch."),
    _flag("brand_content_toggle", "Label as a paid partnership."),
    _flag("brand_organic_toggle", "Label as promotion of your own business."),
    _flag("is_aigc", "Label as made with AI."),
    _flag("auto_add_music", "Let TikTok add music to photos."),
    Option("video_cover_timestamp_ms", "integer", "The frame to use as cover, in milliseconds."),
    Option("photo_cover_index", "integer", "The photo to use as cover, from 0."),
)
_YOUTUBE = (
    _text("title", "The video's title, up to 100 characters."),
    _choice("privacy_status", "Who sees the video.", "private", "unlisted", "public"),
    Option("tags", "array", "Tags, up to 500 characters together."),
    _text("category_id", "The id of YouTube's category."),
    _flag("made_for_kids", "The video is made for children."),
    _flag("contains_synthetic_media", "The video has altered or synthetic content that looks real."),
    _choice("license", "The licence.", "youtube", "creativeCommon"),
    _flag("embeddable", "Other sites may show it."),
    _flag("notify_subscribers", "Tell subscribers."),
    _text("thumbnail_url", "An image of up to 2 MB to use as thumbnail."),
)
_PINTEREST = (
    _text("board_id", "The id of the board to pin to."),
    _text("board_section_id", "The id of a section of that board."),
    _text("title", "The pin's title, up to 100 characters."),
    _text("link", "The address that the pin leads to."),
    _text("dominant_color", "The pin's main colour, such as #6E7874."),
    _text("cover_image_url", "A video pin's cover image."),
    Option("cover_image_key_frame_time", "integer", "The frame to use as cover, in milliseconds."),
)
_REDDIT = (
    _text("subreddit", "The community to post to, without r/."),
    _text("title", "The post's title, up to 300 characters."),
    _choice("kind", "What is posted.", "self", "link", "image", "video"),
    _text("url", "The link of a link post."),
    _text("flair_id", "The id of a flair of that community."),
    _text("flair_text", "The flair's text, where it may be edited."),
    _flag("nsfw", "Label as not safe for work."),
    _flag("spoiler", "Label as a spoiler."),
    _flag("sendreplies", "Mail replies to the author's inbox."),
)
_TELEGRAM = (
    _flag("disable_notification", "Deliver without a sound."),
    _flag("protect_content", "Nobody may forward or save it."),
    _flag("disable_link_preview", "Show no preview of a link."),
    Option("message_thread_id", "integer", "The topic of a forum group."),
)
_DISCORD = (
    _text("username", "A name to post under instead of the webhook's, up to 80 characters."),
    _text("avatar_url", "A picture to post with instead of the webhook's."),
    _text("thread_id", "The thread to post into."),
    _text("thread_name", "The name of a new forum post."),
    _flag("suppress_embeds", "Show no preview of a link."),
    _flag("tts", "Read the message aloud."),
)

CATALOGUE: dict[str, Network] = {
    network.slug: network
    for network in (
        Network(x.SLUG, x.NAME, x.OPTIONS, _honoured(x.CAPABILITIES)),
        Network("linkedin", "LinkedIn", _LINKEDIN),
        Network("facebook", "Facebook", _FACEBOOK),
        Network("instagram", "Instagram", _INSTAGRAM),
        Network("threads", "Threads", _THREADS),
        Network("tiktok", "TikTok", _TIKTOK),
        Network("youtube", "YouTube", _YOUTUBE),
        Network("pinterest", "Pinterest", _PINTEREST),
        Network("reddit", "Reddit", _REDDIT),
        Network(bluesky.SLUG, bluesky.NAME, bluesky.OPTIONS, _honoured(bluesky.CAPABILITIES)),
        Network(mastodon.SLUG, mastodon.NAME, mastodon.OPTIONS, _honoured(mastodon.CAPABILITIES)),
        Network("telegram", "Telegram", _TELEGRAM),
        Network("discord", "Discord", _DISCORD),
    )
}

NAMES: dict[str, str] = {slug: network.name for slug, network in CATALOGUE.items()}

RESERVED = ("text", "media_urls", "alt_texts", "first_comment", "thread", "accounts")
"""Names that mean the same in every network's options."""


def check_options(provider: str, options: object) -> list[Problem]:
    """Everything wrong with `provider_options.<provider>`: unknown names, wrong types, values outside their choices.

    Pointers begin with `/provider_options/<provider>`. An account's own options, under `accounts.<account_id>`, are
    checked the same way; whether such an account exists is not known here.
    """
    pointer = f"/provider_options/{_escaped(provider)}"
    if provider not in CATALOGUE:
        return [Problem("unknown_provider", "There is no network by this name.", pointer)]
    return _check_object(CATALOGUE[provider], options, pointer, accounts_allowed=True)


def _check_object(network: Network, options: object, pointer: str, *, accounts_allowed: bool) -> list[Problem]:
    if not isinstance(options, dict):
        return [Problem("wrong_type", "A network's options are an object.", pointer)]
    known = {option.name: option for option in network.options}
    problems: list[Problem] = []
    for name, value in options.items():
        here = f"{pointer}/{_escaped(name)}"
        if name == "accounts" and accounts_allowed:
            problems += _check_accounts(network, value, here)
        elif name in _RESERVED_CHECKS:
            problems += _check_reserved(network, name, value, here)
        elif name in known:
            problems += _check_option(known[name], value, here)
        else:
            problems.append(Problem("unknown_option", f"{network.name} has no option by this name.", here))
    return problems


def _check_accounts(network: Network, value: object, pointer: str) -> list[Problem]:
    if not isinstance(value, dict):
        return [Problem("wrong_type", "`accounts` is an object with one entry per account id.", pointer)]
    return [
        problem
        for account_id, options in value.items()
        for problem in _check_object(network, options, f"{pointer}/{_escaped(account_id)}", accounts_allowed=False)
    ]


def _check_reserved(network: Network, name: str, value: object, pointer: str) -> list[Problem]:
    problem = _RESERVED_CHECKS[name](value)
    if problem:
        return [Problem("wrong_type", problem, pointer)]
    if name in network.reserved or not value:
        return []
    return [Problem("unsupported_option", f"Dravo doesn't send `{name}` to {network.name} yet.", pointer)]


def _check_option(option: Option, value: object, pointer: str) -> list[Problem]:
    sentence, is_right = _KINDS[option.kind]
    if not is_right(value):
        return [Problem("wrong_type", f"`{option.name}` is {sentence}.", pointer)]
    if option.choices and value not in option.choices:
        return [Problem("unknown_choice", f"`{option.name}` is one of: {', '.join(option.choices)}.", pointer)]
    return []


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= MAX_TEXT


def _is_text_list(value: object) -> bool:
    return isinstance(value, list) and len(value) <= 100 and all(_is_text(item) for item in value)


def _is_alt_list(value: object) -> bool:
    return isinstance(value, list) and len(value) <= 100 and all(item == "" or _is_text(item) for item in value)


_KINDS: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "string": (f"a text of 1 to {MAX_TEXT} characters", _is_text),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "integer": ("a whole number from 0", lambda value: type(value) is int and 0 <= value < 2**53),
    "array": ("a list of texts", _is_text_list),
}

_RESERVED_CHECKS: Mapping[str, Callable[[object], str | None]] = {
    "text": lambda value: (
        None if _is_text(value) and str(value).strip() else f"`text` is a text of 1 to {MAX_TEXT} characters."
    ),
    "media_urls": lambda value: None if _is_text_list(value) else "`media_urls` is a list of addresses.",
    "alt_texts": lambda value: None if _is_alt_list(value) else "`alt_texts` is a list of texts, one per medium.",
    "first_comment": lambda value: None if _is_text(value) else "`first_comment` is a text.",
    "thread": lambda value: None if _is_text_list(value) else "`thread` is a list of texts.",
}


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
