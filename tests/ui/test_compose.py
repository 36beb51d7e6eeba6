"""Write once, choose accounts, see what each network says to it, and publish: in a real browser."""

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dravo_app.services.counting import top_level_domains
from tests.support.up import Up, running_up
from tests.ui.axe import expect_accessible
from tests.ui.composing import (
    TEST,
    choose,
    connect,
    jobs_of,
    kept_draft,
    on_receipt,
    open_compose,
    picture_server,
    publish_button,
    text_of,
)
from tests.ui.conftest import EMAIL, PASSWORD, OpenPage
from tests.ui.looks import Pictures

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
VECTORS = Path(__file__).parent.parent / "vectors" / "counting.json"


@pytest.fixture(scope="module")
def pictures_at() -> Iterator[str]:
    with picture_server() as address:
        yield address


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, pictures_at: str) -> Iterator[Up]:
    """A Dravo of its own: it may fetch from the picture server, and its accounts are known."""
    with running_up(tmp_path_factory.mktemp("compose"), DRAVO_ALLOW_PRIVATE=pictures_at) as up:
        up.verb("user", "create", EMAIL, "--role", "owner", "--password-stdin", stdin=PASSWORD)
        yield up


@pytest.fixture(scope="module")
def key(up: Up) -> str:
    return up.test_key()


@pytest.fixture(scope="module")
def ids(up: Up, key: str) -> dict[str, str]:
    names = {"x": "ada", "bluesky": "grace", "mastodon": "mary"}
    return {network: connect(up, key, network, name) for network, name in names.items()}


@pytest.fixture
def page(member_page: OpenPage, ids: dict[str, str]) -> Page:
    page = member_page(timezone_id="Europe/Berlin", viewport={"width": 1280, "height": 900})
    open_compose(page)
    return page


def _counter(page: Page, network: str) -> str:
    shown = page.locator(f'[data-counter][data-network="{network}"]:visible').all_inner_texts()
    return " ".join(" ".join(shown).split()).split(" ", 1)[1]


def test_a_post_goes_to_two_networks_and_its_receipt_is_shown(
    up: Up, key: str, page: Page, ids: dict[str, str]
) -> None:
    text_of(page).fill("Fresh bread https://example.com/a/long/path 👩‍👩‍👧 zweifach")
    choose(page, ids["x"], ids["bluesky"])
    expect(publish_button(page)).to_have_text("Publish to 2 accounts in the sandbox")
    assert (_counter(page, "x"), _counter(page, "bluesky")) == ("47 / 280", "54 / 300")
    expect_accessible(page)
    publish_button(page).click()

    job_id = on_receipt(page)
    assert [one["job_id"] for one in jobs_of(up, key, "zweifach")] == [job_id]
    assert kept_draft(page) is None


def test_what_a_network_refuses_stands_beside_its_account(page: Page, ids: dict[str, str]) -> None:
    text_of(page).fill("a" * 290)
    choose(page, *ids.values())
    refused = page.locator(f'[data-row="{ids["x"]}"]')
    expect(refused).to_contain_text("X takes 280 characters as it counts them; this text has 290.")
    expect(page.locator("[data-flawed]")).to_have_count(1)
    expect(page.locator('[data-network="x"][data-level="over"]')).to_contain_text("10 too many")
    expect(page.locator('[data-network="bluesky"][data-level="near"]')).to_be_visible()
    expect_accessible(page)
    publish_button(page).click()
    expect(refused.locator("[data-problem]")).to_be_focused()
    page.get_by_role("button", name="Leave out the accounts that can't take it").click()

    expect(publish_button(page)).to_have_text("Publish to 2 accounts in the sandbox")
    expect(page.locator("[data-flawed]")).to_have_count(0)


def test_what_is_missing_is_said_only_when_the_button_was_pressed(page: Page) -> None:
    text_of(page).fill("x")
    text_of(page).fill("")
    page.wait_for_timeout(600)
    expect(page.locator("[data-problem]")).to_have_count(0)
    text_of(page).press("Control+Enter")

    expect(page.locator("[data-problem]").first).to_be_focused()
    expect(page.get_by_text("The text is empty.")).to_be_visible()
    expect(page.get_by_text("Name 1 to 100 accounts.")).to_be_visible()


def test_accounts_are_found_by_name_and_by_network(page: Page, ids: dict[str, str]) -> None:
    page.get_by_label("Search the accounts").fill("GRACE")
    expect(page.locator("[data-row]:visible")).to_have_count(1)
    page.get_by_role("button", name="Choose all shown").click()
    page.get_by_label("Search the accounts").fill("nobody")
    expect(page.get_by_text("No account matches.")).to_be_visible()
    page.get_by_label("Search the accounts").fill("")
    page.get_by_role("button", name="Mastodon", exact=True).click()
    expect(page.locator("[data-row]:visible")).to_have_count(1)
    expect(page.get_by_text("1 chosen")).to_be_visible()
    page.get_by_role("button", name="Leave out @grace.test, Bluesky").click()
    expect(page.get_by_text("None chosen yet")).to_be_visible()


def test_a_network_gets_its_own_text_and_options(up: Up, key: str, page: Page, ids: dict[str, str]) -> None:
    text_of(page).fill("For everybody, eigenwort")
    choose(page, ids["x"], ids["mastodon"])
    page.get_by_label("Another text for X").click()
    page.get_by_role("textbox", name="Text for X").fill("For X only")
    page.get_by_label("Options for Mastodon").click()
    page.get_by_label("Visibility").select_option("unlisted")
    page.get_by_label("Spoiler text").fill("Bread")
    page.get_by_label("Preview for X").click()
    expect(page.locator('[data-preview="x"]')).to_have_text("For X only")
    expect(page.locator('[data-counter][data-network="mastodon"]')).to_contain_text("29 / 500")
    expect_accessible(page)
    publish_button(page).click()

    on_receipt(page)
    page.go_back()
    expect(text_of(page)).to_have_value("")
    receipt = up.call(key, "GET", f"/publish/{jobs_of(up, key, 'eigenwort')[0]['job_id']}")
    assert receipt["status"] in ("queued", "processing", "published")


def test_a_picture_is_looked_at_described_and_sent(
    up: Up, key: str, page: Page, ids: dict[str, str], pictures_at: str
) -> None:
    text_of(page).fill("With a loaf, bildhaft")
    choose(page, ids["mastodon"])
    for name in ("gone.jpg", "loaf.jpg"):
        page.get_by_label("Address of a picture").fill(f"http://{pictures_at}/{name}")
        page.get_by_label("Address of a picture").press("Enter")
    expect(page.get_by_text("JPEG, 1200 × 800")).to_be_visible()
    gone = page.locator("[data-picture]").first
    expect(gone.get_by_role("alert")).to_be_visible()
    gone.get_by_role("button", name="Remove picture 1").click()
    expect(page.locator("[data-picture]:visible")).to_have_count(1)
    page.locator("[data-alt]:visible").fill("A loaf")
    expect(page.get_by_text("6 / 1500")).to_be_visible()
    expect_accessible(page)
    publish_button(page).click()

    on_receipt(page)
    (job,) = jobs_of(up, key, "bildhaft")
    assert job["media_urls"] == [f"http://{pictures_at}/loaf.jpg"]


def test_later_says_the_zone_and_the_instant(up: Up, key: str, page: Page, ids: dict[str, str]) -> None:
    text_of(page).fill("Not yet, morgen")
    choose(page, ids["x"])
    page.get_by_label("Later").check()
    expect(page.get_by_label("Time", exact=True)).to_have_value("09:00")
    page.get_by_label("Day").fill("2020-01-01")
    expect(page.get_by_text("That time has passed.")).to_be_visible()
    page.get_by_label("Day").fill("2031-03-30")
    page.get_by_label("Time", exact=True).fill("02:30")
    expect(page.get_by_text("02:30 is left out; 03:30 is meant.")).to_be_visible()
    page.get_by_label("Day").fill("2031-10-26")
    expect(page.get_by_text("comes twice; the first one, UTC+2, is meant.")).to_be_visible()
    expect(page.get_by_text("Europe/Berlin (UTC+2)").first).to_be_visible()
    expect_accessible(page)
    expect(publish_button(page)).to_have_text("Schedule for 1 account in the sandbox")
    publish_button(page).click()

    on_receipt(page)
    (job,) = jobs_of(up, key, "morgen")
    assert (job["status"], job["scheduled_at"]) == ("scheduled", "2031-10-26T00:30:00Z")


def test_the_copied_command_makes_the_very_same_post(up: Up, key: str, page: Page, ids: dict[str, str]) -> None:
    text = "It's \"quoted\", $HOME `ls` \\ 'muschel'\nnew line 🥖"
    text_of(page).fill(text)
    choose(page, ids["x"], ids["bluesky"])
    page.get_by_role("button", name="Show as a command").click()
    command = page.get_by_role("region", name="curl").inner_text()
    program = page.get_by_role("region", name="Python").inner_text()
    expect_accessible(page)
    environment = {**os.environ, "DRAVO_KEY": key}
    shown = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=True).stdout
    again = subprocess.run(["python3", "-c", program], env=environment, capture_output=True, text=True, check=True)

    (job,) = jobs_of(up, key, "muschel")
    assert json.loads(shown)["job_id"] == json.loads(again.stdout)["job_id"] == job["job_id"]
    assert job["text"] == text
    assert {result["account_id"] for result in job["results"]} == {ids["x"], ids["bluesky"]}


def test_an_earlier_post_can_be_used_again(up: Up, key: str, page: Page, ids: dict[str, str]) -> None:
    body: dict[str, object] = {"account_ids": [ids["x"]], "text": "Once more, wieder"}
    job_id = up.call(key, "POST", "/publish", body)["job_id"]
    open_compose(page, f"{TEST}&from={job_id}")

    expect(text_of(page)).to_have_value("Once more, wieder")
    expect(page.get_by_text("1 chosen")).to_be_visible()


def test_the_browser_counts_as_the_list_says(page: Page) -> None:
    cases = json.loads(VECTORS.read_text())
    texts = [case["text"] * case.get("times", 1) for case in cases]
    counted = page.evaluate(
        """async ([texts, domains]) => { const counting = await import('/counting.js');
        counting.setTopLevelDomains(domains); return texts.map((text) => [counting.countX(text), counting.graphemes(text),
        counting.bytes(text), counting.countMastodon(text)]); }""",
        [texts, top_level_domains()],
    )
    told = [[case["x"], case["graphemes"], case["bytes"], case["mastodon"]] for case in cases]
    assert [(c["name"], a, b) for c, a, b in zip(cases, counted, told, strict=True) if a != b] == []


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("light", {"viewport": {"width": 1280, "height": 900}}),
        ("dark", {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"}),
        ("phone", {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2}),
    ],
)
def test_nothing_sticks_out_in_any_light_or_width(
    member_page: OpenPage, ids: dict[str, str], pictures: Pictures, name: str, options: dict[str, object]
) -> None:
    page = member_page(**options)
    open_compose(page)
    pictures.take(page, f"compose-{name}-empty")
    text_of(page).fill(f"Written on {datetime.now(UTC):%A}. " + "and more to say " * 22)
    choose(page, *ids.values())
    page.get_by_label("Later").check()
    expect(page.locator("[data-flawed]")).to_have_count(2)
    pictures.take(page, f"compose-{name}")

    width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width[0] == width[1]
    expect_accessible(page)
