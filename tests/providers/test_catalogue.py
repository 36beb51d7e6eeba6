"""Every network's options: what is known, what is refused, and where the pointer points."""

import pytest

from dravo_app.providers.catalogue import CATALOGUE, NAMES, check_options

THIRTEEN = "x linkedin facebook instagram threads tiktok youtube pinterest reddit bluesky mastodon telegram discord"


def problems(provider: str, options: object) -> list[tuple[str, str]]:
    return [(problem.code, problem.pointer) for problem in check_options(provider, options)]


def test_all_thirteen_are_known() -> None:
    assert list(CATALOGUE) == list(NAMES) == THIRTEEN.split()


def test_every_option_has_a_kind_we_can_check_and_a_sentence() -> None:
    for network in CATALOGUE.values():
        for option in network.options:
            assert option.kind in ("string", "boolean", "integer", "array")
            assert option.description.endswith(".")
            assert not option.choices or option.kind == "string"
        assert len({option.name for option in network.options}) == len(network.options)


@pytest.mark.parametrize(
    ("provider", "options"),
    [
        ("tiktok", {"privacy_level": "SELF_ONLY", "disable_duet": True, "video_cover_timestamp_ms": 0}),
        ("x", {}),
        ("x", {"text": "For X", "reply_settings": "following", "media_urls": [], "thread": []}),
        ("x", {"accounts": {"acc_1": {"text": "For one", "made_with_ai": True}}}),
        ("bluesky", {"langs": ["en"]}),
        ("youtube", {"tags": ["a", "b"]}),
    ],
)
def test_options_that_are_right(provider: str, options: object) -> None:
    assert problems(provider, options) == []


@pytest.mark.parametrize(
    ("provider", "options", "code", "pointer"),
    [
        ("myspace", {}, "unknown_provider", "/provider_options/myspace"),
        ("x", [], "wrong_type", "/provider_options/x"),
        ("x", None, "wrong_type", "/provider_options/x"),
        ("tiktok", {"privacy": "x"}, "unknown_option", "/provider_options/tiktok/privacy"),
        ("tiktok", {"privacy_level": "ALL"}, "unknown_choice", "/provider_options/tiktok/privacy_level"),
        ("tiktok", {"privacy_level": ["SELF_ONLY"]}, "wrong_type", "/provider_options/tiktok/privacy_level"),
        ("tiktok", {"disable_duet": 1}, "wrong_type", "/provider_options/tiktok/disable_duet"),
        ("tiktok", {"photo_cover_index": True}, "wrong_type", "/provider_options/tiktok/photo_cover_index"),
        ("tiktok", {"photo_cover_index": -1}, "wrong_type", "/provider_options/tiktok/photo_cover_index"),
        ("x", {"quote_tweet_id": 5}, "wrong_type", "/provider_options/x/quote_tweet_id"),
        ("x", {"quote_tweet_id": ""}, "wrong_type", "/provider_options/x/quote_tweet_id"),
        ("bluesky", {"langs": "en"}, "wrong_type", "/provider_options/bluesky/langs"),
        ("x", {"text": ""}, "wrong_type", "/provider_options/x/text"),
        ("x", {"text": "  \n"}, "wrong_type", "/provider_options/x/text"),
        ("x", {"text": "a" * 5001}, "wrong_type", "/provider_options/x/text"),
        ("x", {"media_urls": "u"}, "wrong_type", "/provider_options/x/media_urls"),
        ("telegram", {"media_urls": ["u"]}, "unsupported_option", "/provider_options/telegram/media_urls"),
        ("telegram", {"alt_texts": [""]}, "unsupported_option", "/provider_options/telegram/alt_texts"),
        ("x", {"first_comment": "c"}, "unsupported_option", "/provider_options/x/first_comment"),
        ("x", {"thread": ["a", 1]}, "wrong_type", "/provider_options/x/thread"),
        ("x", {"thread": ["a"]}, "unsupported_option", "/provider_options/x/thread"),
        ("x", {"a/b~c": 1}, "unknown_option", "/provider_options/x/a~1b~0c"),
        ("x", {"accounts": []}, "wrong_type", "/provider_options/x/accounts"),
        ("x", {"accounts": {"acc_1": "x"}}, "wrong_type", "/provider_options/x/accounts/acc_1"),
        ("x", {"accounts": {"acc_1": {"nope": 1}}}, "unknown_option", "/provider_options/x/accounts/acc_1/nope"),
        ("x", {"accounts": {"a": {"accounts": {}}}}, "unknown_option", "/provider_options/x/accounts/a/accounts"),
    ],
)
def test_options_that_are_wrong(provider: str, options: object, code: str, pointer: str) -> None:
    assert problems(provider, options) == [(code, pointer)]


def test_no_value_is_repeated_in_a_sentence() -> None:
    for problem in check_options("tiktok", {"privacy_level": "hunter2", "hunter3": 1}):
        assert "hunter" not in problem.message
