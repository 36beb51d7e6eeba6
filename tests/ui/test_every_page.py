"""Every page in every light and width. A new page belongs into this table."""

import re

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from dravo_app.ui import routes
from tests.support.up import Up
from tests.ui.axe import expect_accessible
from tests.ui.conftest import OpenPage
from tests.ui.looks import DESKTOP, Pictures, look_at

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
STOPS = [
    "Skip to the content",
    "What the sandbox received",
    "Dravo, to the history",
    "Compose",
    "History",
    "Accounts",
    "Prove it",
    "Live",
    "Test",
    "Your menu",
    "Search the text",
]
PAGES = {
    "compose": (f"{routes.COMPOSE}?environment=test", "Compose"),
    "compose-live": (routes.COMPOSE, "Compose"),
    "history": (f"{routes.HISTORY}?environment=test", "One for every page"),
    "history-live": (routes.HISTORY, "Nothing has been posted here yet"),
    "history-unmatched": (f"{routes.HISTORY}?environment=test&q=nosuchword", "No post matches"),
    "history-error": (f"{routes.HISTORY}?environment=test&status=nope", "Try again"),
    "receipt": (f"{routes.RECEIPT}?environment=test&job=JOB", "Receipt"),
    "receipt-failed": (f"{routes.RECEIPT}?environment=test&job=FAILED", "content_rejected"),
    "receipt-unknown": (f"{routes.RECEIPT}?environment=test&job=job_nowhere", "Receipt"),
    "accounts": (f"{routes.ACCOUNTS}?environment=test", "Accounts"),
    "accounts-live": (routes.ACCOUNTS, "Accounts"),
    "prove": (routes.PROVE, "Prove it"),
    "settings": (f"{routes.SETTINGS}?environment=test", "If Dravo is down"),
    "design": (f"{routes.DESIGN}?environment=test", "No account yet"),
}
_REMEMBER_THE_SIGN = """addEventListener('DOMContentLoaded', () => {
  window.signAtFirst = getComputedStyle(document.querySelector('div.in-test')).display;
})"""


@pytest.fixture(scope="module")
def jobs(up: Up) -> dict[str, str]:
    """Two posts to two accounts, one of them refused by a network; a handle that is too long for a phone."""
    key = up.test_key()
    accounts = [
        _connect(up, key, "x", "every_page"),
        _connect(up, key, "mastodon", "a_newsroom_whose_handle_is_very_long"),
    ]
    texts = {"JOB": "One for every page", "FAILED": "Gone wrong [[sandbox: rejected]]"}
    return {
        name: up.call(key, "POST", "/publish", {"account_ids": accounts, "text": text})["job_id"]
        for name, text in texts.items()
    }


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_in_every_light_and_width(
    member_page: OpenPage, jobs: dict[str, str], pictures: Pictures, name: str
) -> None:
    address, words = PAGES[name]
    page = member_page(viewport=DESKTOP)
    page.goto(address.replace("JOB", jobs["JOB"]).replace("FAILED", jobs["FAILED"]))
    expect(page.locator("main").get_by_text(words).first).to_be_visible()
    expect(page.get_by_role("button", name="Your menu")).to_have_text("A")
    look_at(page, name, pictures)


def test_the_login_is_whole_in_every_light_and_width(open_page: OpenPage, pictures: Pictures) -> None:
    page = open_page(viewport=DESKTOP)
    page.goto(routes.LOGIN)
    expect(page.get_by_label("Password")).to_be_visible()
    look_at(page, "login", pictures)


def test_every_page_that_members_have_is_in_the_table() -> None:
    assert {address.partition("?")[0] for address, _ in PAGES.values()} == routes.FOR_MEMBERS


def test_an_address_that_is_no_page_says_so(browser: Browser, up: Up, pictures: Pictures) -> None:
    page = browser.new_page()  # not a watched one: the browser itself calls the 404 an error
    answer = page.goto(f"{up.address}/nowhere")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()

    assert answer
    assert answer.status == 404
    look_at(page, "nowhere", pictures)
    page.close()


def test_tab_goes_from_the_skip_link_through_the_bar_into_the_content(member_page: OpenPage) -> None:
    page = member_page()
    page.goto(f"{routes.HISTORY}?environment=test")
    expect(page.get_by_label("Search the text")).to_be_visible()
    passed = [_next_stop(page) for _ in STOPS]

    assert [stop["words"] for stop in passed] == STOPS
    assert [stop["words"] for stop in passed if not stop["is_marked"]] == []


def test_the_skip_link_leads_past_the_bar(member_page: OpenPage) -> None:
    page = member_page()
    page.goto(f"{routes.HISTORY}?environment=test")
    expect(page.get_by_label("Search the text")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert _next_stop(page)["words"] == "Search the text"


def test_the_menu_opens_and_closes_by_keyboard(member_page: OpenPage) -> None:
    page = member_page()
    page.goto(routes.HISTORY)
    page.get_by_role("button", name="Your menu").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    expect_accessible(page)
    page.keyboard.press("Escape")

    expect(page.get_by_role("button", name="Log out")).to_have_count(0)
    expect(page.get_by_role("button", name="Your menu")).to_be_focused()


def test_the_world_stays_from_page_to_page(member_page: OpenPage) -> None:
    page = member_page()
    page.add_init_script(_REMEMBER_THE_SIGN)
    page.goto(f"{routes.COMPOSE}?environment=test")
    assert page.evaluate("window.signAtFirst") == "block"  # before the state could have said so
    for name, route in (
        ("Accounts", routes.ACCOUNTS),
        ("History", routes.HISTORY),
        ("Dravo, to the history", routes.HISTORY),
    ):
        page.get_by_role("link", name=name, exact=True).click()
        page.wait_for_url(f"**{route}*environment=test")
    page.get_by_role("link", name="Live", exact=True).click()
    page.get_by_role("link", name="Accounts", exact=True).click()

    page.wait_for_url(f"**{routes.ACCOUNTS}")
    expect(page.get_by_text("Posts go to the built-in sandbox")).to_be_hidden()


def test_nothing_moves_for_who_wants_no_motion(member_page: OpenPage) -> None:
    page = member_page(reduced_motion="reduce")
    page.goto(routes.DESIGN)
    expect(page.get_by_label("Loading").first).to_be_visible()

    assert page.evaluate("document.getAnimations().length") == 0


def test_a_page_says_that_the_server_is_away_and_goes_on_by_itself(member_page: OpenPage) -> None:
    page = member_page()
    tries: list[WebSocketRoute] = []

    def answer(socket: WebSocketRoute) -> None:
        tries.append(socket)
        if len(tries) > 4:
            socket.connect_to_server()
            return
        socket.on_message(lambda _: socket.close())
        socket.send('0{"sid": "x", "upgrades": [], "pingInterval": 25000, "pingTimeout": 20000}')

    page.route_web_socket(re.compile("/_event"), answer)
    page.goto(f"{routes.HISTORY}?environment=test")
    expect(page.get_by_text("Dravo doesn't answer right now.")).to_be_visible()

    expect(page.get_by_text("Dravo doesn't answer right now.")).to_have_count(0)
    expect(page.get_by_role("button", name="Your menu")).to_have_text("A")


def _next_stop(page: Page) -> dict[str, object]:
    """Press Tab; where it led, and whether that can be seen."""
    page.keyboard.press("Tab")
    stop: dict[str, object] = page.evaluate("""() => {
      const it = document.activeElement, look = getComputedStyle(it), around = getComputedStyle(it.parentElement);
      const outlined = one => one.outlineStyle !== 'none' && parseFloat(one.outlineWidth) > 0;
      const box = it.getBoundingClientRect();
      return {words: it.getAttribute('aria-label') || it.innerText.trim(),
              is_marked: (outlined(look) || outlined(around)) && box.width > 0 && box.left >= 0 && box.top >= 0};
    }""")
    return stop


def _connect(up: Up, key: str, network: str, handle: str) -> str:
    body: dict[str, object] = {"provider": network, "platform_account_id": handle, "handle": handle}
    credentials = {"access_token": f"sandbox_{handle}"}
    found: str = up.call(key, "POST", "/accounts", {**body, "credentials": credentials})["id"]
    return found
