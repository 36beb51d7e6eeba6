"""What the composer promises: nothing that was typed is lost, and one draft becomes one job, whatever people and machines do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.support.up import Up, running_up
from tests.ui.composing import (
    TEST,
    choose,
    connect,
    jobs_of,
    kept_draft,
    on_receipt,
    open_compose,
    publish_button,
    text_of,
)
from tests.ui.conftest import EMAIL, PASSWORD, OpenPage, log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
KEYSTROKE_MS = 50


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("safety")


@pytest.fixture(scope="module")
def up(folder: Path) -> Iterator[Up]:
    """A Dravo of its own: one of the tests stops it."""
    with running_up(folder) as up:
        up.verb("user", "create", EMAIL, "--role", "owner", "--password-stdin", stdin=PASSWORD)
        yield up


@pytest.fixture(scope="module")
def key(up: Up) -> str:
    return up.test_key()


@pytest.fixture(scope="module")
def account(up: Up, key: str) -> str:
    return connect(up, key, "x", "ada")


@pytest.fixture
def page(member_page: OpenPage, account: str) -> Page:
    page = member_page()
    open_compose(page)
    return page


def _write(page: Page, account: str, words: str) -> None:
    text_of(page).fill(words)
    choose(page, account)


def test_a_double_click_makes_one_job(up: Up, key: str, page: Page, account: str) -> None:
    _write(page, account, "doppelklick")
    publish_button(page).evaluate("(button) => { for (let n = 0; n < 5; n += 1) button.click(); }")
    on_receipt(page)
    assert len(jobs_of(up, key, "doppelklick")) == 1


def test_the_same_draft_in_two_tabs_makes_one_job(up: Up, key: str, page: Page, account: str) -> None:
    _write(page, account, "zweitab")
    other = page.context.new_page()
    open_compose(other)
    expect(text_of(other)).to_have_value("zweitab")
    for tab in (page, other):
        publish_button(tab).evaluate("(button) => button.click()")

    assert on_receipt(page) == on_receipt(other)
    assert len(jobs_of(up, key, "zweitab")) == 1


def test_another_tab_that_goes_on_writing_is_told_and_may_post_anew(up: Up, key: str, page: Page, account: str) -> None:
    _write(page, account, "weiterschreiben")
    other = page.context.new_page()
    open_compose(other)
    publish_button(page).click()
    on_receipt(page)
    text_of(other).fill("weiterschreiben, und mehr")
    publish_button(other).click()
    expect(other.get_by_text("This draft was published already.")).to_be_visible()
    assert len(jobs_of(up, key, "weiterschreiben")) == 1
    other.get_by_role("button", name="make it a new draft").click()
    publish_button(other).click()

    on_receipt(other)
    assert len(jobs_of(up, key, "weiterschreiben")) == 2


def test_a_reload_in_the_middle_of_publishing_makes_one_job(up: Up, key: str, page: Page, account: str) -> None:
    for n in range(3):
        words = f"mittendrin{n}"
        _write(page, account, words)
        publish_button(page).evaluate("(button) => button.click()")
        page.wait_for_timeout(n * 15)
        page.goto(TEST)
        _follow_to_the_receipt(page)
        open_compose(page)
        expect(text_of(page)).to_have_value("")
        assert len(jobs_of(up, key, words)) == 1


def _follow_to_the_receipt(page: Page) -> None:
    """Where the press had arrived the page says so or leads there by itself; else the draft is here again, to be sent."""
    taken = page.get_by_role("link", name="See its receipt").filter(visible=True)
    there = page.get_by_text("Checked by X's rules and stored.")
    try:
        expect(taken.or_(there).first).to_be_visible(timeout=3_000)
    except AssertionError:
        publish_button(page).click()
    if "/receipt" not in page.url and taken.count():
        taken.first.click()
    on_receipt(page)


def test_a_restored_draft_that_was_published_makes_room_for_the_next(
    up: Up, key: str, page: Page, account: str
) -> None:
    _write(page, account, "schongut")
    kept = page.evaluate("JSON.stringify(localStorage)")
    publish_button(page).click()
    on_receipt(page)
    # As a browser is left that was closed before the answer came, and is opened again.
    page.evaluate(
        "(kept) => { for (const [name, one] of Object.entries(JSON.parse(kept))) localStorage.setItem(name, one); }",
        kept,
    )
    later = page.context.new_page()
    open_compose(later)

    expect(later.get_by_text("Your last draft was taken")).to_be_visible()
    expect(text_of(later)).to_have_value("")
    _write(later, account, "nochmal")
    publish_button(later).click()
    on_receipt(later)
    assert [len(jobs_of(up, key, words)) for words in ("schongut", "nochmal")] == [1, 1]


def test_what_was_typed_survives_a_reload_and_logging_out(page: Page, account: str) -> None:
    _write(page, account, "Not finished yet")
    page.get_by_label("Another text for X").click()
    page.get_by_role("textbox", name="Text for X").fill("Nor this")
    page.get_by_label("Later").check()
    page.get_by_label("Day").fill("2031-01-02")
    page.reload()
    expect(page.get_by_text("Restored your draft.")).to_be_visible()
    page.context.clear_cookies()
    log_in(page)
    page.wait_for_url("**/history*")
    open_compose(page)

    expect(text_of(page)).to_have_value("Not finished yet")
    expect(page.get_by_role("textbox", name="Text for X")).to_have_value("Nor this")
    expect(page.get_by_label("Day")).to_have_value("2031-01-02")
    expect(page.locator(f'[data-account="{account}"]')).to_be_checked()
    page.get_by_role("button", name="Discard it").click()
    expect(text_of(page)).to_have_value("")
    assert kept_draft(page) is None


def test_live_and_test_have_drafts_of_their_own(page: Page, account: str) -> None:
    _write(page, account, "For the sandbox only")
    page.goto("/compose")
    expect(page.get_by_text("No account is connected here yet")).to_be_visible()
    open_compose(page)
    expect(text_of(page)).to_have_value("For the sandbox only")


def test_the_last_keystroke_before_the_click_is_sent(up: Up, key: str, page: Page, account: str) -> None:
    choose(page, account)
    text_of(page).focus()
    page.keyboard.type("letztes Wort")
    page.keyboard.press("Control+Enter")
    on_receipt(page)
    assert [job["text"] for job in jobs_of(up, key, "letztes")] == ["letztes Wort"]


def test_a_keystroke_is_counted_at_once_even_in_a_long_text(page: Page, up: Up, key: str) -> None:
    for n in range(29):
        connect(up, key, ("x", "bluesky", "mastodon")[n % 3], f"many{n}")
    open_compose(page)
    page.get_by_role("button", name="Choose all shown").click()
    text_of(page).fill("Wörter und https://example.com/a?b=c 👩‍👩‍👧 日本 @a@b.social " * 90)
    times = page.evaluate(
        """() => { const field = document.querySelector('#text'); const times = [];
        for (let n = 0; n < 40; n += 1) { const from = performance.now(); field.value += 'a';
          field.dispatchEvent(new Event('input', {bubbles: true}));
          document.querySelector('[data-network="x"] [data-count]').getBoundingClientRect();
          times.push(performance.now() - from); }
        return times.sort((a, b) => a - b); }"""
    )
    assert len(text_of(page).input_value()) >= 5000
    assert times[len(times) // 2] < KEYSTROKE_MS, times
    print(f"keystroke to counter: median {times[20]:.1f} ms, 95th {times[38]:.1f} ms")


def test_a_restart_of_the_server_in_between_loses_nothing(
    browser: Browser, up: Up, key: str, account: str, folder: Path
) -> None:
    context = browser.new_context(base_url=up.address, locale="en-GB")  # unwatched: a lost socket shouts
    page = context.new_page()
    log_in(page)
    page.wait_for_url("**/history*")
    open_compose(page)
    _write(page, account, "neustart")
    up.stop()
    publish_button(page).click()
    expect(page.get_by_text("No answer from Dravo yet.")).to_be_visible(timeout=20_000)
    again = Up(folder, DRAVO_PORT=up.address.rpartition(":")[2])
    try:
        again.wait_until_ready()
        # Mostly the press of the button was kept and is sent now. Where the socket had not yet noticed that nobody is there it
        # went down with it, and the page has said what to do: publish again, the text is still there.
        try:
            page.wait_for_url("**/receipt?job=*", timeout=10_000)
        except PlaywrightTimeout:
            if text_of(page).input_value() == "neustart":  # else it has just been taken
                publish_button(page).click()
        on_receipt(page)
        assert len(jobs_of(again, key, "neustart")) == 1
    finally:
        context.close()
        again.stop()
