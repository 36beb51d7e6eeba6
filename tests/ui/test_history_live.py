"""The history in a real Chromium: rows come and move by themselves, nothing jumps under who reads, filters are addresses."""

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.up import Up
from tests.ui.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def key(up: Up) -> str:
    return up.test_key()


@pytest.fixture(scope="module")
def account(up: Up, key: str) -> str:
    body: dict[str, object] = {"provider": "x", "platform_account_id": "hilda", "handle": "hilda"}
    found: str = up.call(key, "POST", "/accounts", {**body, "credentials": {"access_token": "sandbox_hilda"}})["id"]
    return found


def test_a_post_from_elsewhere_appears_and_moves_without_a_reload(
    up: Up, key: str, account: str, member_page: OpenPage
) -> None:
    page = member_page()
    page.goto("/history?environment=test")
    page.evaluate("window.here = 'still the same page'")
    began = time.monotonic()
    row = _row(page, _publish(up, key, account, "Seen at once [[sandbox: slow 2s]]"))
    expect(row.get_by_text(re.compile("Queued|Processing"))).to_be_visible()
    appeared = time.monotonic() - began
    expect(row.get_by_text("Published")).to_be_visible()

    assert appeared < 5
    assert page.evaluate("window.here") == "still the same page"


def test_who_reads_further_down_is_not_pushed_around(up: Up, key: str, account: str, member_page: OpenPage) -> None:
    for number in range(14):
        _publish(up, key, account, f"Reading matter {number}")
    page = member_page(viewport={"width": 1000, "height": 420})
    page.goto("/history?environment=test")
    expect(page.get_by_text("Reading matter 13")).to_be_visible()
    page.mouse.wheel(0, 300)
    page.wait_for_function("window.scrollY > 200")
    read = page.get_by_text("Reading matter 5")
    place = read.bounding_box()
    job = _publish(up, key, account, "Not in the way")
    button = page.get_by_role("button", name="1 new post")
    expect(button).to_be_visible()

    assert read.bounding_box() == place
    expect(_row(page, job)).to_have_count(0)
    button.click()
    expect(_row(page, job)).to_be_in_viewport()
    expect(button).to_have_count(0)


def test_filters_are_addresses_that_come_off_one_by_one(up: Up, key: str, account: str, member_page: OpenPage) -> None:
    found, other = (_publish(up, key, account, text) for text in ("A walrus swims", "A seal sleeps"))
    page = member_page()
    page.goto("/history?environment=test")
    expect(_row(page, other)).to_be_visible()
    page.get_by_label("Search the text").press_sequentially("walr", delay=40)
    expect(_row(page, other)).to_have_count(0)
    expect(_row(page, found)).to_be_visible()
    expect(page.get_by_label("Search the text")).to_be_focused()
    page.get_by_role("combobox", name="Status").click()
    page.get_by_role("option", name="Published").click()
    expect(page).to_have_url(re.compile(r"q=walr&status=published$"))
    expect(page.get_by_role("status").get_by_text("1 post")).to_be_visible()

    page.get_by_role("link", name="Without the filter “walr”").click()
    expect(page).to_have_url(re.compile(r"environment=test&status=published$"))
    expect(_row(page, other)).to_be_visible()
    expect(page.get_by_label("Search the text")).to_have_value("")
    page.go_back()
    expect(_row(page, other)).to_have_count(0)
    expect(page.get_by_label("Search the text")).to_have_value("walr")
    _row(page, found).get_by_role("link").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    page.go_back()
    expect(_row(page, found)).to_be_visible()
    expect(page.get_by_label("Search the text")).to_have_value("walr")


def _row(page: Page, job: str) -> Locator:
    return page.locator(f"[data-job={job}]")


def _publish(up: Up, key: str, account: str, text: str) -> str:
    found: str = up.call(key, "POST", "/publish", {"account_ids": [account], "text": text})["job_id"]
    return found
