"""The accounts page in a real Chromium: connect, rename, disconnect and reconnect as a person would."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.up import Up
from tests.ui.axe import expect_accessible
from tests.ui.conftest import PASSWORD, OpenPage
from tests.ui.looks import Pictures

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2}
SECRET = "hunter2-and-a-half"
Connect = Callable[[str], str]


@pytest.fixture(scope="module")
def key(up: Up) -> str:
    return up.test_key()


@pytest.fixture
def connect(up: Up, key: str) -> Connect:
    """A sandbox account on X by that name; answers its id."""

    def connect_one(handle: str) -> str:
        body: dict[str, object] = {"provider": "x", "platform_account_id": handle}
        answer = up.call(key, "POST", "/accounts", {**body, "credentials": {"access_token": f"sandbox_{handle}"}})
        return str(answer["id"])

    return connect_one


def open_accounts(member_page: OpenPage, **options: object) -> Page:
    page = member_page(**options)
    page.goto("/accounts?environment=test")
    expect(page.get_by_role("button", name="Add a sandbox account")).to_be_visible()
    return page


def row_of(page: Page, account: str) -> Locator:
    return page.locator(f"[data-account={account}]")


def choose(page: Page, account: str, action: str) -> None:
    row_of(page, account).get_by_role("button", name="Actions for").click()
    page.get_by_role("menuitem", name=action).click()


def test_a_sandbox_account_is_one_click(member_page: OpenPage) -> None:
    page = open_accounts(member_page)
    page.get_by_role("button", name="Add a sandbox account").click()
    expect_accessible(page)
    suggestion = page.get_by_role("button", name=" on Mastodon")
    name = (suggestion.get_attribute("aria-label") or "").split()[1]
    suggestion.click()

    expect(page.get_by_role("dialog")).to_have_count(0)
    row = page.get_by_role("listitem").filter(has=page.get_by_text(name, exact=True)).first
    expect(row.get_by_text("Works")).to_be_visible()
    expect(row.get_by_text("Its server takes")).to_be_visible()


def test_a_wrong_password_gets_a_sentence_and_what_was_typed_stays(member_page: OpenPage, pictures: Pictures) -> None:
    page, received = member_page(), []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(str(frame))))
    page.goto("/accounts?environment=test")
    page.get_by_role("button", name="With credentials").click()
    page.get_by_role("dialog").get_by_role("combobox", name="Network").click()
    page.get_by_role("option", name="Bluesky").click()
    handle, password = page.get_by_label("Handle", exact=True), page.get_by_label("App password", exact=True)
    handle.fill("@carol.test")
    password.fill(SECRET)
    handle.focus()
    expect(page.get_by_text("This doesn't look like an app password")).to_be_visible()
    page.get_by_role("button", name="Connect", exact=True).click()

    expect(page.get_by_role("alert")).to_have_text("Bluesky doesn't accept this handle and app password.")
    expect(handle).to_have_value("@carol.test")
    expect(password).to_have_value(SECRET)
    expect_accessible(page)
    pictures.take(page, "accounts-wrong", whole=False)
    page.get_by_role("button", name="Show what is typed").click()
    expect(password).to_have_attribute("type", "text")
    password.fill("sandbox_carol")
    page.keyboard.press("Enter")
    expect(page.get_by_text("carol.test is connected.")).to_be_visible()
    assert len(received) > 3
    assert not [frame for frame in received if SECRET in frame or "sandbox_carol" in frame]


def test_a_disconnect_says_what_it_stops_and_the_history_keeps_it(
    member_page: OpenPage, up: Up, key: str, connect: Connect
) -> None:
    account = connect("daisy")
    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    post: dict[str, object] = {"account_ids": [account], "text": "The post of tomorrow", "scheduled_at": at}
    job = up.call(key, "POST", "/publish", post)["job_id"]
    page = open_accounts(member_page)
    expect(row_of(page, account).get_by_text("1 scheduled post")).to_be_visible()
    choose(page, account, "Disconnect")
    expect(page.get_by_role("list", name="Posts that will not go out")).to_contain_text("The post of tomorrow")
    expect_accessible(page)
    page.get_by_role("button", name="Disconnect and stop 1 post").dblclick()
    expect(row_of(page, account)).to_have_count(0)

    page.goto(f"/history?environment=test&account={account}")
    expect(page.locator(f"[data-job={job}]").get_by_text("Canceled").first).to_be_visible()


def test_an_account_comes_back_in_its_place_with_its_name(member_page: OpenPage, connect: Connect) -> None:
    account = connect("edgar")
    page = open_accounts(member_page)
    choose(page, account, "Rename")
    page.get_by_label("Name", exact=True).fill("Company page")
    page.keyboard.press("Enter")
    expect(row_of(page, account).get_by_text("Company page")).to_be_visible()
    choose(page, account, "Disconnect")
    page.get_by_role("button", name="Disconnect", exact=True).click()
    page.get_by_role("link", name="disconnected").click()
    row_of(page, account).get_by_role("button", name="Reconnect").click()
    page.get_by_label("Access token").fill("sandbox_somebodyelse")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("belong to somebodyelse, and this account is edgar")
    page.get_by_label("Access token").fill("sandbox_edgar")
    page.keyboard.press("Enter")

    expect(page.get_by_text("edgar is connected again.")).to_be_visible()
    page.goto("/accounts?environment=test&q=company")
    expect(row_of(page, account).get_by_text("Works")).to_be_visible()


def test_a_red_account_says_who_acts_and_is_mended_from_its_row(
    member_page: OpenPage, up: Up, key: str, connect: Connect, pictures: Pictures
) -> None:
    account = connect("fiona")
    up.call(key, "POST", "/publish", {"account_ids": [account], "text": "[[sandbox: token revoked]] gone"})
    page = open_accounts(member_page)
    choose(page, account, "Check access")
    row = row_of(page, account)
    expect(row.get_by_text("Needs reconnecting")).to_be_visible()
    expect(row.get_by_text("Posts to it fail until it is connected again.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("to be connected again. Show which")).to_be_visible()
    expect_accessible(page)
    pictures.take(page, "accounts-red")
    row.get_by_role("button", name="Reconnect").click()
    page.get_by_label("Access token").fill("sandbox_fiona~2")
    page.get_by_label("Refresh token").fill("sandbox_refresh_fiona~2")
    page.get_by_label("Client id").fill("sandbox")
    page.get_by_role("button", name="Reconnect", exact=True).last.click()

    expect(row.get_by_text("Works")).to_be_visible()


def test_a_member_reads_and_is_told_whom_to_ask(up: Up, open_page: OpenPage, connect: Connect) -> None:
    account = connect("greta")
    up.verb("user", "create", "member@example.com", "--role", "member", "--password-stdin", stdin=PASSWORD)
    page = open_page()
    page.goto("/login?next=/accounts%3Fenvironment%3Dtest")
    page.get_by_label("Email").fill("member@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_text("Ask an admin to connect accounts.")).to_be_visible()
    row_of(page, account).get_by_role("button", name="Actions for").click()
    expect(page.get_by_role("menuitem")).to_have_text(["History", "Check access"])


@pytest.mark.parametrize(
    ("name", "options"), [("light", {}), ("dark", {"color_scheme": "dark"}), ("phone", PHONE)], ids=lambda x: str(x)[:5]
)
def test_nothing_sticks_out_in_any_light_or_width(
    member_page: OpenPage, connect: Connect, pictures: Pictures, name: str, options: dict[str, object]
) -> None:
    connect("a-rather-long-handle-that-somebody-chose-for-a-bakery")
    page = open_accounts(member_page, **options)
    expect(page.locator("[data-account]").first).to_be_visible()
    expect_accessible(page)
    pictures.take(page, f"accounts-{name}")
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]  # type: ignore[index]
    page.get_by_role("button", name="With credentials").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Access token")).to_be_visible()
    box = dialog.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= page.viewport_size["width"]  # type: ignore[index]
    expect_accessible(page)
    pictures.take(page, f"accounts-connect-{name}", whole=False)


def test_a_live_account_says_what_it_means(member_page: OpenPage, pictures: Pictures) -> None:
    page = member_page()
    page.goto("/accounts")
    expect(page.get_by_text("No account is connected yet")).to_be_visible()
    expect_accessible(page)
    page.get_by_role("button", name="Connect an account").click()
    expect(page.get_by_text("what is published to it, everybody sees")).to_be_visible()
    page.get_by_role("dialog").get_by_role("combobox", name="Network").click()
    page.get_by_role("option", name="Mastodon").click()
    page.get_by_label("Access token").fill("some-token-or-other")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_label("Server", exact=True)).to_have_accessible_description(re.compile("This is needed"))
