"""How long a person waits for the dashboard: `.venv/bin/python -m tests.bench.pages [rounds]`, in a real Chromium.

Times are the browser's own, from the start of the navigation (or the click) to the content: the heading of the page that was
asked for, with nothing in it that still says it is loading. Medians (and the slowest); the machine should be quiet.
"""

import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.up import Up, running_up

_EMAIL, _PASSWORD = "ada@example.com", "correct horse battery"
_WATCH = """
window.clicked = 0; window.moved = 0; window.fetched = 0;
for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, () => { window.clicked = performance.now(); }, true);
new PerformanceObserver(list => { for (const one of list.getEntries()) if (!one.hadRecentInput) window.moved += one.value; })
  .observe({type: 'layout-shift', buffered: true});
window.isThere = wanted => {
  const shown = document.querySelector(wanted.shown), busy = document.querySelector('main [aria-busy=true]');
  return !!shown && !busy && (!wanted.words || shown.textContent.trim().startsWith(wanted.words));
};
window.until = wanted => new Promise(done => {
  const look = () => {
    if (!window.isThere(wanted)) return false;
    watcher.disconnect();
    requestAnimationFrame(() => done(performance.now()));
    return true;
  };
  const watcher = new MutationObserver(look);
  watcher.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  look();
});
"""
_WEIGHT = """() => { const all = performance.getEntriesByType('resource');
  return {requests: all.length, bytes: all.reduce((sum, one) => sum + one.transferSize, 0)}; }"""
_COUNTING = """() => {
  const counter = document.querySelector('[data-counter]:not([hidden]) [data-count]'), before = counter.textContent;
  new MutationObserver((_, watcher) => {
    if (counter.textContent === before) return;
    window.counted = performance.now();
    watcher.disconnect();
  }).observe(counter, {subtree: true, childList: true, characterData: true});
}"""
Wanted = dict[str, str]


def main() -> None:
    """Print the figures."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    path = os.environ.get("DRAVO_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        up = stack.enter_context(running_up(Path(folder)))
        _fill(up)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(
            executable_path=path, args=["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        )
        stack.callback(browser.close)
        cookies = _log_in(browser, up)
        _report_loads(browser, up, cookies, rounds)
        _report_inside(browser, up, cookies, rounds)


def _fill(up: Up) -> None:
    up.verb("user", "create", _EMAIL, "--role", "owner", "--password-stdin", stdin=_PASSWORD)
    key = up.test_key()
    body: dict[str, object] = {"provider": "x", "platform_account_id": "ada", "handle": "ada"}
    account = up.call(key, "POST", "/accounts", {**body, "credentials": {"access_token": "sandbox_ada"}})["id"]
    for number in range(25):
        up.call(key, "POST", "/publish", {"account_ids": [account], "text": f"Post {number}, with some words in it"})


def _log_in(browser: Browser, up: Up) -> str:
    context = browser.new_context(base_url=up.address)
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("Email").fill(_EMAIL)
    page.get_by_label("Password").fill(_PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/history*")
    kept = str(Path(up.folder) / "cookies.json")
    context.storage_state(path=kept)
    context.close()
    return kept


def _report_loads(browser: Browser, up: Up, cookies: str, rounds: int) -> None:
    for name, route, wanted in (
        ("history", "/history", {"shown": "[data-job]"}),
        ("accounts", "/accounts", {"shown": "h1", "words": "Accounts"}),
        ("compose", "/compose", {"shown": "h1", "words": "Compose"}),
    ):
        cold, warm, weight, moved = [], [], {}, 0.0
        for _ in range(rounds):
            context = _context(browser, up, cookies)
            page = context.new_page()
            cold.append(_load(page, f"{route}?environment=test", wanted))
            weight = page.evaluate(_WEIGHT)
            page.wait_for_timeout(300)
            moved = max(moved, page.evaluate("window.moved"))
            warm.append(_load(page, f"{route}?environment=test", wanted))
            context.close()
        print(
            f"{name}: first visit {_said(cold)}, again {_said(warm)}; "
            f"{weight['requests']} requests, {weight['bytes'] // 1024} KiB; layout shift {moved:.3f}"
        )


def _load(page: Page, address: str, wanted: Wanted) -> float:
    page.goto(address, wait_until="commit")
    found: float = page.evaluate("wanted => window.until(wanted)", wanted)
    return found


def _report_inside(browser: Browser, up: Up, cookies: str, rounds: int) -> None:
    context = _context(browser, up, cookies)
    page = context.new_page()
    _load(page, "/history?environment=test", {"shown": "[data-job]"})
    steps: dict[str, tuple[Callable[[], None], Wanted]] = {
        "to accounts": (_click_on(page, "Accounts"), {"shown": "h1", "words": "Accounts"}),
        "to compose": (_click_on(page, "Compose"), {"shown": "h1", "words": "Compose"}),
        "to history": (_click_on(page, "History"), {"shown": "[data-job]"}),
    }
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, (act, wanted) in steps.items():
            act()
            times[name].append(page.evaluate("async wanted => (await window.until(wanted)) - window.clicked", wanted))
            page.wait_for_timeout(400)
    for name, found in times.items():
        print(f"{name}: {_said(found)}")
    print(f"filter to rows: {_said([_filter(page) for _ in range(rounds)])}")
    print(f"keystroke to counter: {_said(_keystrokes(page, rounds))}")
    context.close()


def _keystrokes(page: Page, rounds: int) -> list[float]:
    _load(page, "/compose?environment=test", {"shown": "[data-accounts] [data-row]"})
    page.get_by_role("checkbox").first.check()
    text = page.get_by_label("Text", exact=True)
    text.fill("The kettle is on")
    found = []
    for _ in range(rounds * 3):
        page.wait_for_timeout(150)
        page.evaluate(_COUNTING)
        text.press("a")
        page.wait_for_timeout(150)
        found.append(page.evaluate("window.counted - window.clicked"))
    return found


def _filter(page: Page) -> float:
    page.get_by_role("combobox", name="Status").click()
    option = page.get_by_role("option", name="Failed")
    option.focus()
    page.keyboard.press("Enter")
    found: float = page.evaluate("async () => (await window.until({shown: 'main h2'})) - window.clicked")
    page.go_back()
    page.evaluate("window.until({shown: '[data-job]'})")
    return found


def _click_on(page: Page, name: str) -> Callable[[], None]:
    return lambda: page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()


def _context(browser: Browser, up: Up, cookies: str) -> BrowserContext:
    context = browser.new_context(base_url=up.address, storage_state=cookies, viewport={"width": 1280, "height": 800})
    context.add_init_script(_WATCH)
    return context


def _said(times: list[float]) -> str:
    return f"{statistics.median(times):.0f} ms ({max(times):.0f})"


if __name__ == "__main__":
    main()
