import pytest
from playwright.sync_api import Page, expect

from tests.support.up import Up
from tests.ui.conftest import EMAIL, OpenPage, log_in
from tests.ui.looks import Pictures

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def posts(up: Up) -> list[str]:
    """Three posts: one published, one refused by the network, one for later."""
    key = up.test_key()
    body: dict[str, object] = {"provider": "x", "platform_account_id": "ada", "handle": "ada"}
    account = up.call(key, "POST", "/accounts", {**body, "credentials": {"access_token": "sandbox_ada"}})["id"]
    texts = [
        "A plain one",
        "One with [[sandbox: rejected]] in it",
        "\n".join(["A long one with many words in it"] * 6),
    ]
    return [up.call(key, "POST", "/publish", {"account_ids": [account], "text": text})["job_id"] for text in texts]


def _history(page: Page, posts: list[str], query: str = "") -> None:
    page.goto(f"/history?environment=test{query}")
    expect(page.locator(f"[data-job={posts[0]}]").get_by_text("Published").first).to_be_visible()


def test_a_wrong_password_gets_a_sentence_and_the_email_stays(up: Up, open_page: OpenPage) -> None:
    page = open_page()
    log_in(page, "wrong horse battery")

    expect(page.get_by_role("alert")).to_have_text("The email or the password is wrong.")
    expect(page.get_by_label("Email")).to_have_value(EMAIL)
    expect(page.get_by_label("Password")).to_have_value("")


def test_a_failed_post_says_what_went_wrong_and_who_acts_next(member_page: OpenPage, posts: list[str]) -> None:
    page = member_page()
    _history(page, posts)
    row = page.locator(f"[data-job={posts[1]}]")
    expect(row.get_by_text("Failed").first).to_be_visible()

    expect(row.get_by_text("Next: The author.")).to_be_visible()
    row.get_by_role("link").click()
    expect(page.get_by_text("content_rejected").first).to_be_visible()


def test_a_row_leads_to_its_receipt_by_keyboard(member_page: OpenPage, posts: list[str]) -> None:
    page = member_page()
    _history(page, posts)
    row = page.locator(f"[data-job={posts[0]}]")
    row.get_by_role("link").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("link", name="View in the sandbox")).to_be_visible()


def test_a_sandbox_post_is_one_click_from_its_receipt(member_page: OpenPage, posts: list[str]) -> None:
    page = member_page()
    _history(page, posts)
    row = page.locator(f"[data-job={posts[0]}]")
    row.get_by_role("link").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="View in the sandbox").click()

    expect(opened.value.get_by_text("A plain one")).to_be_visible()


def test_live_and_test_are_two_worlds(member_page: OpenPage, posts: list[str]) -> None:
    page = member_page()
    _history(page, posts)
    page.get_by_role("link", name="Live", exact=True).click()

    expect(page.get_by_text("Nothing has been posted here yet")).to_be_visible()
    expect(page.get_by_text("Posts go to the built-in sandbox")).to_be_hidden()
    expect(page.get_by_role("link", name="Live", exact=True)).to_have_attribute("aria-current", "true")


@pytest.mark.parametrize("query", ["status=nope", "cursor=made-up", "network=myspace", "since=yesterday"])
def test_an_address_that_makes_no_sense_gets_a_sentence_and_a_way_out(
    member_page: OpenPage, posts: list[str], query: str
) -> None:
    page = member_page()
    page.goto(f"/history?environment=test&{query}")
    expect(page.get_by_role("heading", name="The history can't be shown")).to_be_visible()
    page.get_by_role("link", name="Without filters").click()

    for job_id in posts:
        expect(page.locator(f"[data-job={job_id}]")).to_be_visible()


def test_an_open_page_goes_to_the_login_when_its_session_is_ended(
    up: Up, member_page: OpenPage, posts: list[str]
) -> None:
    page = member_page()
    _history(page, posts)
    up.verb("user", "reset", EMAIL, "--password-stdin", stdin="correct horse battery")

    expect(page.get_by_role("heading", name="Log in to Dravo")).to_be_visible()
    expect(page.locator("[data-job]")).to_have_count(0)


def test_without_a_script_the_pages_still_have_their_words(up: Up, open_page: OpenPage, pictures: Pictures) -> None:
    page = open_page(java_script_enabled=False)
    log_in(page)

    expect(page.get_by_role("heading", name="History")).to_be_visible()
