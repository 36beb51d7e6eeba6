"""Connecting through the page to real servers, Bluesky's and one with Mastodon's API, as live accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.support.up import Up, running_up
from tests.ui.conftest import EMAIL, PASSWORD, OpenPage

if TYPE_CHECKING:
    from tests.peers.pds import Pds
    from tests.peers.snac import Snac

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def up(real_pds: Pds, real_snac: Snac, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A Dravo that may reach the two servers on this machine."""
    allowed = f"{urlsplit(real_pds.url).netloc},{urlsplit(real_snac.url).netloc}"
    with running_up(tmp_path_factory.mktemp("up"), DRAVO_ALLOW_PRIVATE=allowed) as up:
        up.verb("user", "create", EMAIL, "--role", "owner", "--password-stdin", stdin=PASSWORD)
        yield up


@pytest.fixture(scope="module")
def key(up: Up) -> str:
    return up.verb("key", "create", "--name", "tests", "--environment", "live")


def test_a_bluesky_account_connects_and_posts(real_pds: Pds, member_page: OpenPage, up: Up, key: str) -> None:
    account = real_pds.new_account()
    page = open_form(member_page, "Bluesky")
    page.get_by_label("Handle", exact=True).fill(f"@{account.handle}")
    page.get_by_label("App password", exact=True).fill("not-this-one-here")
    page.get_by_label("Server").fill(f"{real_pds.url}/")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("Bluesky doesn't accept this handle and app password.")
    page.get_by_label("App password", exact=True).fill(account.password)
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text(f"{account.handle} is connected.")).to_be_visible()

    publish_to(page, up, key, account.handle)
    [post] = real_pds.list_posts(account.did)
    assert post.value["text"] == "From the accounts page"


def test_a_mastodon_account_connects_and_posts(real_snac: Snac, member_page: OpenPage, up: Up, key: str) -> None:
    account = real_snac.new_account()
    page = open_form(member_page, "Mastodon")
    page.get_by_label("Server", exact=True).fill(f"{real_snac.url}/@somebody")
    page.get_by_label("Access token", exact=True).fill("no-such-token")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("The instance doesn't accept this access token.")
    page.get_by_label("Access token", exact=True).fill(account.token)
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("is connected.")).to_be_visible()

    publish_to(page, up, key, account.handle)
    [post] = real_snac.list_posts(account)
    assert post.text == "From the accounts page"


def open_form(member_page: OpenPage, network: str) -> Page:
    """The form for a live account of that network."""
    page = member_page()
    page.goto("/accounts")
    page.get_by_role("button", name="Connect an account").click()
    page.get_by_role("dialog").get_by_role("combobox", name="Network").click()
    page.get_by_role("option", name=network).click()
    return page


def publish_to(page: Page, up: Up, key: str, handle: str) -> None:
    """Send a post to the account that the list shows under this handle, and see it in its history."""
    row = page.locator("[data-account]").filter(has=page.get_by_text(re.compile(f"^{handle}")))
    expect(row.get_by_text("Works")).to_be_visible()
    account = str(row.get_attribute("data-account"))
    up.call(key, "POST", "/publish", {"account_ids": [account], "text": "From the accounts page"})
    row.get_by_role("button", name="Actions for").click()
    page.get_by_role("menuitem", name="History").click()
    expect(page.get_by_role("list", name="Posts").get_by_text("Published")).to_be_visible()
