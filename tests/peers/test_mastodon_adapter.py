"""The Mastodon adapter against a real server that speaks its API (snac2): what it says is what the server stores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from dravo_app import outbound
from dravo_app.errors import OutcomeUnknown, ProviderError, ReconnectRequired
from dravo_app.providers.mastodon.publish import Mastodon
from dravo_app.providers.types import Credentials, Json, Medium, Publication, Published
from tests.peers.cutting import cutting
from tests.peers.snac import Account, Snac

FAMILY = "👨‍👩‍👧‍👦"


@pytest.fixture(name="mastodon")
def _mastodon(real_snac: Snac) -> Iterator[Mastodon]:
    """The adapter as live accounts get it: through the window to strangers' addresses."""
    with outbound.make_client(frozenset({urlsplit(real_snac.url).netloc}), frozenset()) as client:
        yield Mastodon(client, real_snac.url)


@pytest.fixture(name="friends", scope="module")
def _friends(real_snac: Snac) -> tuple[Account, Account]:
    return real_snac.new_account(), real_snac.new_account()


@pytest.fixture(name="alice")
def _alice(real_snac: Snac, friends: tuple[Account, Account]) -> Account:
    """An account that seems new. The server takes a second to make one, so that its posts of before are left out instead."""
    return replace(friends[0], earlier=frozenset(post.id for post in real_snac.list_posts(friends[0])))


def test_an_account_is_known_by_its_id_and_its_server(real_snac: Snac, mastodon: Mastodon, alice: Account) -> None:
    identity = mastodon.identify({"access_token": alice.token, "instance": f"{real_snac.url}/"}, "")
    host = urlsplit(real_snac.url).netloc
    assert (identity.platform_account_id, identity.handle) == (f"{alice.id}@{host}", f"{alice.handle}@{host}")
    assert mastodon.service_url(identity.credentials) == real_snac.url
    assert identity.own_limits is not None
    assert identity.own_limits["max_characters"] == 100_000
    assert identity.own_limits["characters_reserved_per_url"] == 32
    assert identity.own_limits["poll_max_options"] == 8


def test_a_post_is_read_back_as_it_was_sent(
    real_snac: Snac, mastodon: Mastodon, alice: Account, friends: tuple[Account, Account]
) -> None:
    bob = friends[1]
    text = f"Hello {FAMILY} wörld & <b> 'q'\n\nhttps://example.com/a_b?x=1&y=2 #tag #Ünï @{bob.handle} *star*"
    published = publish(mastodon, connected(mastodon, alice), written(alice, text))
    [stored] = real_snac.list_posts(alice)
    assert (stored.id, stored.text) == (published.platform_post_id, text)
    assert stored.status["url"] == published.permalink
    assert stored.status["mentions"][0]["username"].startswith(bob.handle)
    assert {tag["name"] for tag in stored.status["tags"]} == {"tag", "Ünï"}
    assert stored.visibility == "public"


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private"])
def test_a_post_is_seen_by_those_who_were_chosen(
    real_snac: Snac, mastodon: Mastodon, alice: Account, visibility: str
) -> None:
    publish(mastodon, connected(mastodon, alice), written(alice, "For some", {"visibility": visibility}))
    [stored] = real_snac.list_posts(alice)
    assert stored.visibility == visibility
    assert (stored.note is None) is (visibility == "private"), "what is for followers isn't handed to strangers"


def test_a_direct_post_that_this_server_would_show_to_followers_is_refused_before(
    real_snac: Snac, mastodon: Mastodon, alice: Account
) -> None:
    limits = mastodon.read_limits(connected(mastodon, alice))
    publication = replace(written(alice, "Psst", {"visibility": "direct"}), limits=limits)
    assert [problem.pointer for problem in mastodon.check(publication)] == ["/provider_options/mastodon/visibility"]
    publish(mastodon, connected(mastodon, alice), publication)
    [stored] = real_snac.list_posts(alice)
    assert stored.status["visibility"] == "private", "snac has learned direct posts: say so in the notes"


def test_a_warning_and_a_language_arrive(real_snac: Snac, mastodon: Mastodon, alice: Account) -> None:
    options: dict[str, Json] = {"spoiler_text": "CW <x> & é", "sensitive": True, "language": "de"}
    publish(mastodon, connected(mastodon, alice), written(alice, "Achtung", options))
    [stored] = real_snac.list_posts(alice)
    assert (stored.status["spoiler_text"], stored.status["sensitive"]) == ("CW <x> & é", True)
    assert stored.languages == ["de"]


def test_a_poll_that_this_server_would_post_without_its_answers_is_refused_before(
    real_snac: Snac, mastodon: Mastodon, alice: Account
) -> None:
    limits = mastodon.read_limits(connected(mastodon, alice))
    publication = replace(written(alice, "Which?", {"poll_options": ["This", "That"]}), limits=limits)
    assert [problem.pointer for problem in mastodon.check(publication)] == ["/provider_options/mastodon/poll_options"]
    publish(mastodon, connected(mastodon, alice), publication)
    [stored] = real_snac.list_posts(alice)
    assert (stored.text, stored.status["poll"]) == ("Which?", None), "snac has learned polls: say so in the notes"


def test_a_picture_arrives_with_its_words(real_snac: Snac, mastodon: Mastodon, alice: Account, tmp_path: Path) -> None:
    pictures = (picture(tmp_path / "red.png", "A red square & more"), picture(tmp_path / "two.jpg", ""))
    publication = replace(written(alice, "Look"), media=pictures)
    publish(mastodon, connected(mastodon, alice), publication)
    [stored] = real_snac.list_posts(alice)
    shown = stored.status["media_attachments"]
    assert [(medium["type"], medium["description"]) for medium in shown] == [
        ("image", "A red square & more"),
        ("image", ""),
    ]
    assert httpx.get(shown[0]["url"], trust_env=False).content == pictures[0].path.read_bytes()


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_a_look_up_finds_the_post_and_only_it(
    real_snac: Snac, mastodon: Mastodon, alice: Account, visibility: str
) -> None:
    text = "Found <b> & *star* https://example.com/A?b=1&c=2 #tag\n> quoted"
    credentials = connected(mastodon, alice)
    before = publish(mastodon, credentials, written(alice, text, {"visibility": visibility}))
    publication = replace(
        written(alice, text, {"visibility": visibility}), taken_post_ids=alice.earlier | {before.platform_post_id}
    )
    assert mastodon.look_up(credentials, publication) is None
    real_snac.post(alice, f"{text} but not it")
    published = publish(mastodon, credentials, publication)
    found = mastodon.look_up(credentials, publication)
    assert found is not None
    assert (found.platform_post_id, found.permalink) == (published.platform_post_id, published.permalink)
    assert len(real_snac.list_posts(alice)) == 3


def test_a_namesake_of_an_earlier_day_is_not_taken_for_ours(
    real_snac: Snac, mastodon: Mastodon, alice: Account
) -> None:
    credentials = connected(mastodon, alice)
    publish(mastodon, credentials, written(alice, "Good morning"))
    later = datetime.now(UTC) + timedelta(hours=2)  # beyond the hour that is granted to a clock that was set right
    assert mastodon.look_up(credentials, replace(written(alice, "Good morning"), started_at=later)) is None


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private", "direct"])
def test_a_lost_answer_is_looked_up_and_there_is_one_post(
    real_snac: Snac, mastodon: Mastodon, alice: Account, visibility: str
) -> None:
    publication = written(alice, "Lost & found", {"visibility": visibility})
    credentials = connected(mastodon, alice)
    with cutting(real_snac.url) as wire, _client(wire.url) as client:
        far = Mastodon(client, wire.url)
        wire.loses = b"POST /api/v1/statuses"
        with pytest.raises(OutcomeUnknown):
            far.publish(credentials, publication)
        assert len(wire.lost) == 1
        found = far.look_up(credentials, replace(publication, is_repeat=True))
    [stored] = real_snac.list_posts(alice)
    assert found is not None and found.platform_post_id == stored.id


def test_a_repeat_here_is_a_second_post_which_is_why_we_never_do_it(
    real_snac: Snac, mastodon: Mastodon, alice: Account
) -> None:
    credentials, publication = connected(mastodon, alice), written(alice, "Twice")
    for _ in range(2):
        publish(mastodon, credentials, publication)
    assert len(real_snac.list_posts(alice)) == 2, "snac keeps the key now: say so in the notes"
    assert not mastodon.capabilities.safe_to_repeat


def test_a_wrong_token_is_said_to_be_one(mastodon: Mastodon, alice: Account) -> None:
    with pytest.raises(ReconnectRequired, match="access token"):
        mastodon.identify({"access_token": "wrong"}, "")
    with pytest.raises(ReconnectRequired):
        mastodon.publish({**connected(mastodon, alice), "access_token": "wrong"}, written(alice, "Nobody sees this"))


def test_posts_one_after_the_other_all_arrive(real_snac: Snac, mastodon: Mastodon, alice: Account) -> None:
    credentials = connected(mastodon, alice)
    for number in range(5):
        publish(mastodon, credentials, written(alice, f"Number {number}"))
    assert [post.text for post in real_snac.list_posts(alice)] == [f"Number {number}" for number in range(5)]


def test_without_being_allowed_the_server_on_loopback_is_out_of_reach(real_snac: Snac, alice: Account) -> None:
    with outbound.make_client(frozenset(), frozenset()) as client, pytest.raises(ProviderError):
        Mastodon(client, real_snac.url).identify({"access_token": alice.token}, "")


def connected(mastodon: Mastodon, account: Account) -> Credentials:
    return mastodon.identify({"access_token": account.token}, "").credentials


def written(account: Account, text: str, options: dict[str, Json] | None = None) -> Publication:
    limits = {"max_characters": 100_000, "characters_reserved_per_url": 32}
    now, taken = datetime.now(UTC), account.earlier
    return Publication(
        "dlv_1", account.id, account.handle, text, now, options or {}, limits=limits, taken_post_ids=taken
    )


def publish(mastodon: Mastodon, credentials: Credentials, publication: Publication) -> Published:
    outcome = mastodon.publish(credentials, publication)
    assert isinstance(outcome, Published)
    return outcome


def picture(path: Path, alt_text: str) -> Medium:
    Image.new("RGB", (8, 8), "red").save(path)
    kind = "image/png" if path.suffix == ".png" else "image/jpeg"
    return Medium(path, kind, path.stat().st_size, 8, 8, alt_text)


def _client(url: str) -> httpx.Client:
    return outbound.make_client(frozenset({urlsplit(url).netloc}), frozenset())
