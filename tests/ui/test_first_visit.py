import re

import pytest
from playwright.sync_api import expect

from tests.support.up import Up
from tests.ui.conftest import EMAIL, PASSWORD, OpenPage
from tests.ui.looks import Pictures, look_at

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]


def test_the_first_visitor_becomes_the_owner_sees_a_post_happen_filters_and_leaves(
    fresh_up: Up, fresh_page: OpenPage, pictures: Pictures
) -> None:
    page = fresh_page()
    page.goto("/")
    expect(page.get_by_role("heading", name="Welcome to Dravo")).to_be_visible()
    look_at(page, "welcome", pictures)
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the owner").click()
    expect(page.get_by_text("Nothing has been posted here yet")).to_be_visible()
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["dravo_session"]["httpOnly"]
    assert cookies["dravo_session"]["sameSite"] == "Lax"

    key = fresh_up.test_key()
    account = fresh_up.call(key, "GET", "/accounts")["items"][0]
    assert (account["provider"], account["handle"]) == ("x", "demo")
    job = fresh_up.call(key, "POST", "/publish", {"account_ids": [account["id"]], "text": "The kettle is on"})

    row = page.locator(f"[data-job={job['job_id']}]")
    expect(row.get_by_text("Published").first).to_be_visible()  # by itself: nobody has reloaded the page
    row.get_by_role("link").click()
    expect(page.get_by_role("link", name="View in the sandbox")).to_be_visible()
    page.go_back()

    page.get_by_label("Search the text").fill("teapot")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No post matches")).to_be_visible()
    expect(page).to_have_url(re.compile(r"environment=test&q=teapot$"))
    page.get_by_label("Search the text").fill("kettle")
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="Status").click()
    page.get_by_role("option", name="Published").click()
    expect(page).to_have_url(re.compile(r"q=kettle&status=published$"))
    page.reload()
    expect(row).to_be_visible()
    expect(page.get_by_label("Search the text")).to_have_value("kettle")
    expect(page.get_by_role("combobox", name="Status")).to_have_text("Published")

    page.get_by_role("button", name="Your menu").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in to Dravo")).to_be_visible()
    page.goto("/history?environment=test&q=kettle")
    expect(page.get_by_role("heading", name="Log in to Dravo")).to_be_visible()
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(row).to_be_visible()  # and back where the address had pointed to
