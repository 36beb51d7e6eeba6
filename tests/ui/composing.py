"""What the browser tests of the compose page share: a Dravo of their own with accounts, and a page that is ready to type in."""

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.support.up import Up

TEST = "/compose?environment=test"


def connect(up: Up, key: str, network: str, handle: str) -> str:
    """The id of a sandbox account."""
    body = {"provider": network, "platform_account_id": handle, "handle": handle}
    answer = up.call(key, "POST", "/accounts", {**body, "credentials": {"access_token": f"sandbox_{handle}"}})
    return str(answer["id"])


def open_compose(page: Page, address: str = TEST) -> None:
    """Go there and wait until its script has taken over."""
    page.goto(address)
    expect(page.locator("#composer")).to_have_attribute("data-ready", "true")


def text_of(page: Page) -> Locator:
    """The field for the text."""
    return page.get_by_label("Text", exact=True)


def choose(page: Page, *accounts: str) -> None:
    """Tick accounts by their ids."""
    for account in accounts:
        page.locator(f'[data-account="{account}"]').check()


def publish_button(page: Page) -> Locator:
    """The one button that sends."""
    return page.locator("#publish")


def on_receipt(page: Page) -> str:
    """Wait for the receipt; the job's id."""
    page.wait_for_url("**/receipt?job=*")
    return page.url.partition("job=")[2].partition("&")[0]


def jobs_of(up: Up, key: str, words: str) -> list[dict[str, Any]]:
    """Every publish job with these words."""
    found: list[dict[str, Any]] = up.call(key, "GET", f"/publish?q={words}")["items"]
    return found


def kept_draft(page: Page) -> dict[str, Any] | None:
    """The draft in the browser's own store."""
    kept = page.evaluate("Object.entries(localStorage).find(([name]) => name.startsWith('dravo.draft.'))?.[1] ?? null")
    return None if kept is None else dict(json.loads(kept))


@contextmanager
def picture_server() -> Iterator[str]:
    """A host with one picture at /loaf.jpg and nothing else; its address."""
    made = io.BytesIO()
    Image.linear_gradient("L").resize((1200, 800)).convert("RGB").save(made, "JPEG")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_there = self.path == "/loaf.jpg"
            self.send_response(200 if is_there else 404)
            self.send_header("Content-Type", "image/jpeg" if is_there else "text/plain")
            self.end_headers()
            self.wfile.write(made.getvalue() if is_there else b"")

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
