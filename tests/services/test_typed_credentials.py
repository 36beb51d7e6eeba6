"""What people type into the form of a network, as its adapter wants it."""

import pytest

from dravo_app.errors import Invalid
from dravo_app.models import Environment
from dravo_app.services.typed_credentials import handle, read_typed, server_address

ADDRESSES = [
    ("mastodon.social", "https://mastodon.social"),
    ("https://mastodon.social/", "https://mastodon.social"),
    (" HTTPS://Mastodon.Social/about ", "https://mastodon.social"),
    ("@me@mastodon.social", "https://mastodon.social"),
    ("me@mastodon.social", "https://mastodon.social"),
    ("https://mastodon.social/@me", "https://mastodon.social"),
    ("mastodon.social/@me@elsewhere.example", "https://mastodon.social"),
    ("http://127.0.0.1:3000/", "http://127.0.0.1:3000"),
    ("example.social:8443", "https://example.social:8443"),
    ("", ""),
]


@pytest.mark.parametrize(("typed", "read"), ADDRESSES)
def test_a_server_is_understood_as_people_type_it(typed: str, read: str) -> None:
    assert server_address(typed) == read


@pytest.mark.parametrize(
    "typed", ["@alice.bsky.social", " alice.bsky.social", "https://bsky.app/profile/alice.bsky.social"]
)
def test_a_handle_is_understood_as_people_paste_it(typed: str) -> None:
    assert handle(typed) == "alice.bsky.social"


def test_invisible_marks_of_copying_are_dropped_and_secrets_keep_the_rest() -> None:
    typed = {"identifier": "\u202a@alice.bsky.social\u202c", "app_password": " @ab cd\n", "service": "", "color": "red"}
    read = read_typed("bluesky", Environment.LIVE, typed)
    assert read == {"identifier": "alice.bsky.social", "app_password": "@ab cd"}


@pytest.mark.parametrize(
    ("typed", "flaws"),
    [
        ({}, {"app_password": "missing", "identifier": "missing"}),
        ({"identifier": "a", "app_password": "x" * 9000}, {"app_password": "too_long"}),
        ({"identifier": "a", "app_password": "b", "service": "not a server"}, {"service": "not_a_server"}),
        ({"identifier": "a", "app_password": "b", "service": "ftp://a.example"}, {"service": "not_a_server"}),
        ({"identifier": "a", "app_password": "b", "service": "https://a.example:99999"}, {"service": "not_a_server"}),
        ({"identifier": ["a"], "app_password": {"b": 1}, "service": "https://[::"}, {"service": "not_a_server"}),
    ],
)
def test_each_field_that_cannot_be_used_is_named(typed: dict[str, object], flaws: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        read_typed("bluesky", Environment.LIVE, typed)
    assert {flaw.pointer.removeprefix("/credentials/"): flaw.code for flaw in refused.value.flaws} == flaws
