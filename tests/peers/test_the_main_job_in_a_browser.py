"""The main job, as a marketer does it: connect two networks, write once, publish, read the receipt; on real servers.

What the receipt says is believed by nobody here: both posts are read back with clients that are not Dravo's.
"""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.peers.pds import Pds
from tests.peers.snac import Account as SnacAccount
from tests.peers.snac import Snac
from tests.support.up import Up, running_up
from tests.ui.composing import on_receipt, publish_button, text_of
from tests.ui.conftest import EMAIL, PASSWORD, OpenPage, browser, log_in, open_page, pictures, profiles
from tests.ui.looks import Pictures, look_at

__all__ = ["browser", "open_page", "pictures", "profiles"]  # fixtures
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
ALT_TEXT = "A loaf of bread, still warm 🍞"


@pytest.fixture(scope="module")
def picture() -> Iterator[str]:
    """The address of a picture that is too heavy for Bluesky as it is, and not for Mastodon."""
    with _picture_server() as address:
        yield address


@pytest.fixture(scope="module")
def up(real_pds: Pds, real_snac: Snac, picture: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A Dravo that may reach the three servers on this machine."""
    allowed = ",".join(urlsplit(address).netloc for address in (real_pds.url, real_snac.url, picture))
    with running_up(tmp_path_factory.mktemp("up"), DRAVO_ALLOW_PRIVATE=allowed) as up:
        up.verb("user", "create", EMAIL, "--role", "owner", "--password-stdin", stdin=PASSWORD)
        yield up


def test_from_log_in_to_two_posts_with_a_picture_and_one_called_off(
    real_pds: Pds, real_snac: Snac, picture: str, open_page: OpenPage, pictures: Pictures
) -> None:
    grace, mary = real_pds.new_account(), real_snac.new_account()
    text = f"Fresh 🥖 from 👩‍🍳 @{grace.handle}: https://example.com/bread?day=today #sourdough"
    page = open_page(timezone_id="Europe/Berlin", viewport={"width": 1280, "height": 800})
    log_in(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    pictures.take(page, "main-1-logged-in")
    page.goto("/accounts")
    _connect(page, "Bluesky", {"Handle": grace.handle, "App password": grace.password, "Server": real_pds.url})
    _connect(page, "Mastodon", {"Server": real_snac.url, "Access token": mary.token})
    pictures.take(page, "main-2-accounts")

    page.get_by_role("link", name="Compose").first.click()
    _write(page, text, picture)
    look_at(page, "main-3-compose", pictures)
    publish_button(page).click()
    on_receipt(page)
    page.evaluate("window.here = 'still the same page'")
    pictures.take(page, "main-4-receipt-at-first")
    expect(page.get_by_role("link", name="View post")).to_have_count(2)
    expect(page.get_by_text("Published", exact=True).first).to_be_visible()
    assert page.evaluate("window.here") == "still the same page"
    look_at(page, "main-5-receipt", pictures)
    _read_back_bluesky(real_pds, grace.did, text)
    _read_back_mastodon(real_snac, mary, text)

    _schedule_for_tomorrow(page, "Tomorrow: rye bread")
    pictures.take(page, "main-6-receipt-scheduled")
    _call_off_from_the_history(page, "Tomorrow: rye bread", pictures)
    assert len(real_pds.list_posts(grace.did)) == 1


def _connect(page: Page, network: str, fields: dict[str, str]) -> None:
    page.get_by_role("button", name="Connect an account").first.click()
    form = page.get_by_role("dialog")
    form.get_by_role("combobox", name="Network").click()
    page.get_by_role("option", name=network).click()
    for label, value in fields.items():
        form.get_by_label(re.compile(f"^{label}")).fill(value)
    form.get_by_role("button", name="Connect", exact=True).click()
    expect(form).to_be_hidden()
    expect(page.get_by_text("is connected.").last).to_be_visible()


def _write(page: Page, text: str, picture: str) -> None:
    expect(page.locator("#composer")).to_have_attribute("data-ready", "true")
    text_of(page).fill(text)
    page.get_by_label("Address of a picture").fill(picture)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("PNG, 3000 × 2000")).to_be_visible()
    page.get_by_label("Description of picture 1").fill(ALT_TEXT)
    page.get_by_role("button", name="Choose all shown").click()
    expect(publish_button(page)).to_contain_text("Publish to 2 accounts")


def _read_back_bluesky(pds: Pds, did: str, text: str) -> None:
    [post] = pds.list_posts(did)
    assert post.value["text"] == text
    facets = cast(list[dict[str, Any]], post.value["facets"])
    kinds = [str(feature["$type"]).partition("#")[2] for facet in facets for feature in facet["features"]]
    assert kinds == ["mention", "link", "tag"]
    assert facets[0]["features"][0]["did"] == did
    [image] = cast(dict[str, Any], post.value["embed"])["images"]
    assert image["alt"] == ALT_TEXT
    _, content = pds.get_blob(did, image["image"]["ref"]["$link"])
    with Image.open(io.BytesIO(content)) as seen:
        assert round(seen.width / seen.height, 2) == 1.5
        assert {"width": seen.width, "height": seen.height} == image["aspectRatio"]


def _read_back_mastodon(snac: Snac, account: SnacAccount, text: str) -> None:
    [post] = snac.list_posts(account)
    assert post.text == text
    [attached] = post.status["media_attachments"]
    assert (attached["type"], attached["description"]) == ("image", ALT_TEXT)
    answer = httpx.get(attached["url"].replace("localhost", "127.0.0.1"), trust_env=False)
    with Image.open(io.BytesIO(answer.raise_for_status().content)) as seen:
        assert round(seen.width / seen.height, 2) == 1.5


def _schedule_for_tomorrow(page: Page, text: str) -> None:
    page.get_by_role("link", name="Compose").first.click()
    expect(page.locator("#composer")).to_have_attribute("data-ready", "true")
    text_of(page).fill(text)
    page.get_by_role("button", name="Choose all shown").click()
    page.get_by_label("Later").check()
    expect(publish_button(page)).to_contain_text("Schedule for 2 accounts")
    publish_button(page).click()
    on_receipt(page)
    expect(page.get_by_text("Goes out at its time.").first).to_be_visible()


def _call_off_from_the_history(page: Page, text: str, pictures: Pictures) -> None:
    page.get_by_role("link", name="History").first.click()
    row = page.locator("[data-job]").filter(has_text=text)
    expect(row.get_by_text("Scheduled")).to_be_visible()
    pictures.take(page, "main-7-history")
    row.get_by_role("link").click()
    page.get_by_role("button", name="Cancel the post").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Cancel the post").click()
    expect(page.get_by_text("Canceled", exact=True).first).to_be_visible()
    pictures.take(page, "main-8-canceled")
    page.get_by_role("link", name="History").first.click()
    expect(row.get_by_text("Canceled")).to_be_visible()


@contextmanager
def _picture_server() -> Iterator[str]:
    made = io.BytesIO()
    Image.effect_noise((3000, 2000), 40).convert("RGB").save(made, "PNG", compress_level=1)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(made.tell()))
            self.end_headers()
            self.wfile.write(made.getvalue())

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/loaf.png"
    server.shutdown()
    server.server_close()
