"""Connecting through the page to a real Bluesky server, as a live account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.up import Up, running_up
from tests.ui.conftest import EMAIL, PASSWORD, OpenPage

if TYPE_CHECKING:
    from tests.peers.pds import Pds

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def up(real_pds: Pds, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A Dravo that may reach the server on this machine."""
    allowed = urlsplit(real_pds.url).netloc
    with running_up(tmp_path_factory.mktemp("up"), DRAVO_ALLOW_PRIVATE=allowed) as up:
        up.verb("user", "create", EMAIL, "--role", "owner", "--password-stdin", stdin=PASSWORD)
        yield up


def test_a_bluesky_account_connects_and_posts(real_pds: Pds, member_page: OpenPage, up: Up) -> None:
    account = real_pds.new_account()
    page = member_page()
    page.goto("/accounts")
    page.get_by_role("button", name="Connect an account").click()
    page.get_by_role("combobox", name="Network").click()
    page.get_by_role("option", name="Bluesky").click()
    page.get_by_label("Handle", exact=True).fill(f"@{account.handle}")
    page.get_by_label("App password", exact=True).fill("not-this-one-here")
    page.get_by_label("Server").fill(f"{real_pds.url}/")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("Bluesky doesn't accept this handle and app password.")
    page.get_by_label("App password", exact=True).fill(account.password)
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text(f"{account.handle} is connected.")).to_be_visible()

    row = page.locator("[data-account]")
    expect(row.get_by_text("Works")).to_be_visible()
    key = up.verb("key", "create", "--name", "tests", "--environment", "live")
    connected = str(row.get_attribute("data-account"))
    up.call(key, "POST", "/publish", {"account_ids": [connected], "text": "From the accounts page"})
    page.get_by_role("button", name="Actions for").click()
    page.get_by_role("menuitem", name="History").click()
    expect(page.get_by_text("Published").first).to_be_visible()
    [post] = real_pds.list_posts(account.did)
    assert post.value["text"] == "From the accounts page"
