"""The Bluesky adapter against a real server: what it says is what the server stores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from dravo_app import outbound
from dravo_app.errors import (
    AccessExpired,
    AccountBlocked,
    AddressRefused,
    ProviderError,
    ReconnectRequired,
    Throttled,
)
from dravo_app.providers.bluesky import record
from dravo_app.providers.bluesky.publish import Bluesky
from dravo_app.providers.types import Credentials, Json, Publication, Published
from tests.peers.pds import Account, Pds, start_pds

FAMILY = "👨‍👩‍👧‍👦"


@pytest.fixture(name="bluesky")
def _bluesky(real_pds: Pds) -> Iterator[Bluesky]:
    """The adapter as live accounts get it: through the window to strangers' addresses."""
    with outbound.make_client(frozenset({urlsplit(real_pds.url).netloc}), frozenset()) as client:
        yield Bluesky(client, real_pds.url)


def test_a_post_is_read_back_as_it_was_sent(real_pds: Pds, bluesky: Bluesky) -> None:
    account = real_pds.new_account()
    publication = written(account, "Hello 👋🏽 wörld", {"langs": ["en", "de"]})
    published = publish(bluesky, connected(bluesky, account), publication)
    [stored] = real_pds.list_posts(account.did)
    assert published.platform_post_id == stored.uri
    assert published.permalink == f"https://bsky.app/profile/{account.handle}/post/{stored.rkey}"
    assert stored.value["text"] == "Hello 👋🏽 wörld"
    assert stored.value["langs"] == ["en", "de"]
    assert stored.value["createdAt"] == record.created_at(publication)


def test_a_repeat_changes_nothing(real_pds: Pds, bluesky: Bluesky) -> None:
    account = real_pds.new_account()
    credentials, publication = connected(bluesky, account), written(account, "Once #only https://a.com")
    publish(bluesky, credentials, publication)
    [first] = real_pds.list_posts(account.did)
    publish(bluesky, credentials, publication)
    assert real_pds.list_posts(account.did) == [first]


def test_links_mentions_and_tags_mark_the_right_bytes(real_pds: Pds, bluesky: Bluesky) -> None:
    account, friend = real_pds.new_account(), real_pds.new_account()
    text = f"{FAMILY} 日本 @{friend.handle}, @nobody.test (https://a.com/é) #日本語! e\u0301 example.com"
    publish(bluesky, connected(bluesky, account), written(account, text))
    [stored] = real_pds.list_posts(account.did)
    assert marked(text, stored.value["facets"]) == [
        (f"@{friend.handle}", friend.did),
        ("https://a.com/é", "https://a.com/é"),
        ("#日本語", "日本語"),
        ("example.com", "https://example.com"),
    ]


def test_the_servers_limits_are_ours(real_pds: Pds, bluesky: Bluesky) -> None:
    account = real_pds.new_account()
    credentials = connected(bluesky, account)
    for text in ("a" * 300, FAMILY * 120, "क्षि" * 250, "é" * 300):
        assert bluesky.check(written(account, text)) == []
        publish(bluesky, credentials, written(account, text))
    for text in ("a" * 301, FAMILY * 121):
        assert [problem.code for problem in bluesky.check(written(account, text))] == ["text_too_long"]
        with pytest.raises(ProviderError):
            publish(bluesky, credentials, written(account, text))
    assert len(real_pds.list_posts(account.did)) == 4


def test_keys_of_later_attempts_sort_later(real_pds: Pds, bluesky: Bluesky) -> None:
    account, started_at = real_pds.new_account(), datetime.now(UTC)
    credentials = connected(bluesky, account)
    for number in (2, 0, 1):
        later = started_at + timedelta(milliseconds=number)
        publish(bluesky, credentials, Publication(f"dlv_{number}", account.did, account.handle, str(number), later))
    assert [post.value["text"] for post in real_pds.list_posts(account.did)] == ["0", "1", "2"]


def test_a_look_up_finds_the_post_and_only_it(real_pds: Pds, bluesky: Bluesky) -> None:
    account = real_pds.new_account()
    credentials, publication = connected(bluesky, account), written(account, "Found")
    assert bluesky.look_up(credentials, publication) is None
    published = publish(bluesky, credentials, publication)
    found = bluesky.look_up(credentials, publication)
    assert found is not None
    assert found.platform_post_id == published.platform_post_id
    assert bluesky.look_up(credentials, written(account, "Found", delivery_id="dlv_other")) is None


def test_an_expired_token_is_refreshed_without_a_login(real_pds: Pds, bluesky: Bluesky) -> None:
    account = real_pds.new_account()
    credentials: Credentials = connected(bluesky, account) | {"access_jwt": real_pds.expired_access_token(account.did)}
    publication = written(account, "Late")
    with pytest.raises(AccessExpired):
        publish(bluesky, credentials, publication)
    without_password = {**credentials, "app_password": None}
    fresh, ends_at = bluesky.refresh(without_password, datetime.now(UTC))
    assert ends_at is not None
    assert timedelta(hours=1) < ends_at - datetime.now(UTC) <= timedelta(hours=2, minutes=1)
    publish(bluesky, fresh, publication)
    assert len(real_pds.list_posts(account.did)) == 1


@pytest.mark.parametrize("session", ["", "nonsense", "a.b.c"])
def test_a_lost_session_is_replaced_by_a_login(real_pds: Pds, bluesky: Bluesky, session: str) -> None:
    account = real_pds.new_account()
    credentials: Credentials = connected(bluesky, account) | {"access_jwt": session or "x", "refresh_jwt": session}
    with pytest.raises(AccessExpired):
        publish(bluesky, credentials, written(account, "Back"))
    fresh, _ = bluesky.refresh(credentials, datetime.now(UTC))
    publish(bluesky, fresh, written(account, "Back"))
    assert len(real_pds.list_posts(account.did)) == 1


def test_a_wrong_password_is_said_to_be_one(real_pds: Pds, bluesky: Bluesky) -> None:
    account = real_pds.new_account()
    with pytest.raises(ReconnectRequired, match="app password") as refused:
        bluesky.identify({"app_password": "wrong"}, account.handle)
    assert refused.value.http_status == 401


def test_an_account_taken_down_is_blocked_not_disconnected(real_pds: Pds, bluesky: Bluesky) -> None:
    account = real_pds.new_account()
    credentials = connected(bluesky, account)
    real_pds.take_down(account.did)
    with pytest.raises(AccountBlocked):
        publish(bluesky, credentials, written(account, "Nobody sees this"))
    with pytest.raises(AccountBlocked):
        bluesky.refresh(credentials, datetime.now(UTC))
    with pytest.raises(AccountBlocked):
        bluesky.identify({"app_password": account.password}, account.handle)
    real_pds.take_down(account.did, applied=False)
    publish(bluesky, credentials, written(account, "Back"))


def test_the_account_is_known_by_its_did_and_its_server_by_its_document(real_pds: Pds, bluesky: Bluesky) -> None:
    account = real_pds.new_account()
    identity = bluesky.identify({"app_password": account.password, "service": real_pds.url}, f"@{account.handle}")
    assert (identity.platform_account_id, identity.handle) == (account.did, account.handle)
    assert identity.token_expires_at is not None
    assert identity.credentials["service"] == real_pds.url
    named = Bluesky(bluesky.client, bluesky.service_url(identity.credentials))
    assert urlsplit(named.base_url).port == urlsplit(real_pds.url).port
    publish(named, identity.credentials, written(account, "By its own address"))
    assert len(real_pds.list_posts(account.did)) == 1


@pytest.mark.slow
def test_too_many_logins_wait_as_long_as_the_server_says(real_pds: Pds) -> None:
    # a server of its own, with limits; `real_pds` says by name where there can be none
    with start_pds(rate_limits=True) as pds, _client_for(pds) as client:
        refusals = [refused_login(Bluesky(client, pds.url)) for _ in range(31)]
        assert {type(refusal) for refusal in refusals[:30]} == {ReconnectRequired}
        assert isinstance(refusals[30], Throttled)
        assert refusals[30].retry_at is not None
        assert timedelta(seconds=200) < refusals[30].retry_at - datetime.now(UTC) <= timedelta(seconds=301)


def test_without_being_allowed_the_server_on_loopback_is_out_of_reach(real_pds: Pds) -> None:
    with outbound.make_client(frozenset(), frozenset()) as client, pytest.raises(AddressRefused):
        Bluesky(client, real_pds.url).identify({"app_password": "x"}, "alice.test")


def refused_login(bluesky: Bluesky) -> ProviderError:
    # A name that nobody has: the server counts the tries all the same and spends no time on a password.
    with pytest.raises(ProviderError) as caught:
        bluesky.identify({"app_password": "guess"}, "nobody.test")
    return caught.value


def connected(bluesky: Bluesky, account: Account) -> dict[str, Json]:
    return dict(bluesky.identify({"app_password": account.password}, account.handle).credentials)


def written(
    account: Account, text: str, options: dict[str, Json] | None = None, *, delivery_id: str = "dlv_1"
) -> Publication:
    return Publication(delivery_id, account.did, account.handle, text, datetime.now(UTC), options or {})


def publish(bluesky: Bluesky, credentials: Credentials, publication: Publication) -> Published:
    return bluesky.publish(credentials, publication)


def marked(text: str, facets: object) -> list[tuple[str, str]]:
    """What each facet marks and what it says about it."""
    found = []
    assert isinstance(facets, list)
    for facet in facets:
        index, [feature] = facet["index"], facet["features"]
        shown = text.encode()[index["byteStart"] : index["byteEnd"]].decode()
        found.append((shown, str(feature.get("uri") or feature.get("did") or feature.get("tag"))))
    return found


def _client_for(pds: Pds) -> httpx.Client:
    return outbound.make_client(frozenset({urlsplit(pds.url).netloc}), frozenset())
