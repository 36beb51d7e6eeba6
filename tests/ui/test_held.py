"""What is held asks on its receipt and in the history; the rule for late posts is said in the composer and in the settings."""

import pytest
from playwright.sync_api import expect

from tests.support.up import Up
from tests.ui.composing import choose, connect, on_receipt, open_compose, publish_button, text_of
from tests.ui.conftest import EMAIL, OpenPage
from tests.ui.looks import DESKTOP, Pictures, look_at

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def key(up: Up) -> str:
    return up.test_key()


def test_what_a_restore_made_uncertain_is_let_go_or_stopped_by_a_person(
    up: Up, key: str, member_page: OpenPage, pictures: Pictures
) -> None:
    jobs = [_waiting(up, key, handle) for handle in ("hedy", "hugo")]
    up.verb("hold", "--restored")
    page = member_page(viewport=DESKTOP)
    page.goto("/history?environment=test&status=held")
    expect(page.get_by_text("Held: waits for you.").first).to_be_visible()
    look_at(page, "history-held", pictures)

    page.goto(f"/receipt?environment=test&job={jobs[0]}")
    expect(page.get_by_text("look at the account, then publish it now or don't").first).to_be_visible()
    look_at(page, "receipt-held", pictures)
    page.get_by_role("button", name="Publish it now").click()
    expect(page.get_by_text(f"{EMAIL} let it go.")).to_be_visible()
    expect(page.get_by_role("button", name="Publish it now")).to_have_count(0)

    page.goto(f"/receipt?environment=test&job={jobs[1]}")
    page.get_by_role("button", name="Don't publish").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Don't publish").click()
    expect(page.get_by_text("whether it had gone out before the restore").first).to_be_visible()
    assert [up.call(key, "GET", f"/publish/{job}")["held_at"] for job in jobs] == [None, None]


def test_the_composer_says_the_rule_and_a_post_may_have_its_own(
    up: Up, key: str, member_page: OpenPage, pictures: Pictures
) -> None:
    account = connect(up, key, "x", "lara")
    page = member_page(viewport=DESKTOP)
    open_compose(page)
    text_of(page).fill("Not too late, please")
    choose(page, account)
    page.get_by_label("Later").check()
    rule = page.get_by_label("If Dravo is down at that time")
    expect(rule.locator("option").first).to_have_text("the workspace's rule (publish it late)")
    look_at(page, "compose-later", pictures)
    rule.select_option("skip")
    publish_button(page).click()
    receipt = up.call(key, "GET", f"/publish/{on_receipt(page)}")
    assert (receipt["status"], receipt["late_policy"]) == ("scheduled", "skip")


def test_the_workspaces_rule_is_changed_in_the_settings(up: Up, key: str, member_page: OpenPage) -> None:
    page = member_page(viewport=DESKTOP)
    page.goto("/settings")
    expect(page.get_by_label("Publish it late")).to_be_checked()
    page.get_by_label("Ask. It is held").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert up.call(key, "GET", "/workspace")["late_policy"] == "ask"
    page.get_by_label("Publish it late").click()
    expect(page.get_by_label("Publish it late")).to_be_checked()


def _waiting(up: Up, key: str, handle: str) -> str:
    """A post whose account has to rest."""
    account = connect(up, key, "x", handle)
    text = f"Rested, {handle} [[sandbox: 429 retry-after 900]]"
    job: str = up.call(key, "POST", "/publish", {"account_ids": [account], "text": text})["job_id"]
    for _ in range(200):
        if up.call(key, "GET", f"/publish/{job}")["results"][0]["retry_at"]:
            return job
    raise AssertionError("it never had to wait")
