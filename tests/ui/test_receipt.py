"""The receipt in a real Chromium: it moves by itself, and what has to be done is done there."""

import json
import re
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.up import Up
from tests.ui.axe import expect_accessible
from tests.ui.conftest import EMAIL, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def key(up: Up) -> str:
    return up.test_key()


def test_after_a_reconnect_a_retry_posts_once_and_the_open_page_follows(
    up: Up, key: str, member_page: OpenPage
) -> None:
    account = _connect(up, key, "rita")
    _fault(up, {"network": "x", "account": "rita", "script": ["token revoked"]})
    job = _publish(up, key, "Back after the revocation", account)
    page, story = _open(member_page, job, account)
    expect(story.get_by_text("Failed").first).to_be_visible()
    expect(story.get_by_text("Next: An admin. An admin connects the account again; then retry.")).to_be_visible()
    expect(story.get_by_role("link", name="To the accounts")).to_be_visible()
    expect_accessible(page)

    _connect(up, key, "rita~2")
    retry = story.get_by_role("button", name="Retry")
    expect(retry).to_be_visible()  # by itself: nobody has reloaded the page
    retry.dblclick()
    expect(story.get_by_text(f"{EMAIL} had it sent again.")).to_be_visible()
    expect(story.get_by_role("link", name="View in the sandbox")).to_be_visible()
    assert [moment.split("\n")[0] for moment in story.get_by_role("listitem").all_inner_texts()] == [
        *("Accepted", "Sent to X", "Waits", "Sent to X", "Failed", "Retry", "Sent to X", "Published")
    ]
    assert len(_visible(up, "rita", "Back after the revocation")) == 1


def test_a_lost_answer_is_looked_up_before_the_reader_s_eyes(up: Up, key: str, member_page: OpenPage) -> None:
    account = _connect(up, key, "lena")
    job = _publish(up, key, "Lost on the way [[sandbox: answer lost]]", account)
    _, story = _open(member_page, job, account)
    expect(story.get_by_text("Looked it up at X")).to_be_visible()
    expect(story.get_by_role("link", name="View in the sandbox")).to_be_visible()
    expect(story.get_by_text("The outcome is unknown")).to_be_visible()


def test_a_person_says_what_nobody_else_can_know(up: Up, key: str, member_page: OpenPage) -> None:
    account = _connect(up, key, "ursula")
    _fault(up, {"network": "x", "account": "ursula", "script": ["answer lost", "token revoked"]})
    job = _publish(up, key, "Is it there?", account)
    _publish(up, key, "The one that loses the access", account)  # so that the first can't be looked up
    page, story = _open(member_page, job, account)
    expect(story.get_by_text("Next: The author. Look at the account")).to_be_visible()

    story.get_by_role("button", name="Is it there?").click()
    dialog = page.get_by_role("dialog")
    expect_accessible(page)
    dialog.get_by_role("radio").first.check()
    dialog.get_by_label("Its address").fill("https://x.com/ursula/status/1")
    dialog.get_by_role("button", name="Save the answer").click()
    expect(dialog).to_be_hidden()
    expect(story.get_by_text(f"{EMAIL} has looked: it is there.")).to_be_visible()
    expect(page.get_by_text("Published").first).to_be_visible()


def test_a_scheduled_post_is_canceled_after_a_question(up: Up, key: str, member_page: OpenPage) -> None:
    account = _connect(up, key, "sven")
    at = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    job = _publish(up, key, "Rather not", account, scheduled_at=at)
    page, story = _open(member_page, job, account)
    expect(story.get_by_text("Goes out at its time.").first).to_be_visible()

    page.get_by_role("button", name="Cancel the post").click()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Scheduled").first).to_be_visible()
    page.get_by_role("button", name="Cancel the post").click()
    expect_accessible(page)
    page.get_by_role("alertdialog").get_by_role("button", name="Cancel the post").click()
    expect(story.get_by_text("Canceled").first).to_be_visible()
    assert up.call(key, "GET", f"/publish/{job}")["status"] == "canceled"
    expect(page.get_by_role("link", name="Use again").first).to_have_attribute("href", re.compile(f"from={job}"))


@pytest.mark.parametrize("query", ["environment=test&job=job_none", "job=JOB"])
def test_what_is_not_there_says_so_and_leads_back(up: Up, key: str, member_page: OpenPage, query: str) -> None:
    account = _connect(up, key, "nora")
    page = member_page()
    page.goto(f"/receipt?{query.replace('JOB', _publish(up, key, 'In the test world', account))}")
    expect(page.get_by_role("heading", name="There is no such post here")).to_be_visible()
    page.get_by_role("link", name="To the history", exact=True).click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()


def _open(member_page: OpenPage, job: str, account: str) -> tuple[Page, Locator]:
    page = member_page()
    page.goto(f"/receipt?environment=test&job={job}")
    return page, page.locator(f"[data-account={account}]")


def _connect(up: Up, key: str, credential: str) -> str:
    handle = credential.partition("~")[0]
    body: dict[str, object] = {"provider": "x", "platform_account_id": handle, "handle": handle}
    found: str = up.call(key, "POST", "/accounts", {**body, "credentials": {"access_token": f"sandbox_{credential}"}})[
        "id"
    ]
    return found


def _publish(up: Up, key: str, text: str, account: str, **more: object) -> str:
    found: str = up.call(key, "POST", "/publish", {"account_ids": [account], "text": text, **more})["job_id"]
    return found


def _fault(up: Up, body: dict[str, object]) -> None:
    _sandbox(up, "faults", json.dumps(body).encode())


def _visible(up: Up, handle: str, text: str) -> list[dict[str, Any]]:
    return [item for item in _sandbox(up, f"log?network=x&account={handle}")["items"] if item["text"] == text]


def _sandbox(up: Up, path: str, body: bytes | None = None) -> dict[str, Any]:
    request = urllib.request.Request(f"{up.address}/sandbox/{path}", data=body)
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
    return found
