"""Browser profiles that tests take turns in: the scripts a browser has read stay read, what a visitor left behind goes.

In a profile of its own each test would read, check and compile the pages' scripts again: more than half of what a page costs.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from tests.support.chromium import PATIENCE_MS

_STILL_PAGE = "/mark.svg"
_LEFT_BEHIND = "local_storage,indexeddb,cache_storage,service_workers"  # of a tab's own store nothing outlives the tab


@dataclass(frozen=True)
class _Profile:
    """`keeper` is a page that stays, so that the process with the compiled scripts does."""

    kind: str
    context: BrowserContext
    keeper: Page
    devtools: CDPSession


class Profiles:
    """Those of one browser, by where they go and what they were opened with; each serves one test at a time."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[str, list[_Profile]] = defaultdict(list)
        self._taken: list[_Profile] = []

    def open_page(self, address: str, viewport: Any = None, **options: Any) -> Page:
        """An empty page in a profile that nobody uses and that remembers nobody."""
        kind = f"{address} {sorted(options.items())}"
        profile = self._free[kind].pop() if self._free[kind] else self._new(kind, address, options)
        self._taken.append(profile)
        _forget(profile, address)
        page = profile.context.new_page()
        if viewport is not None:
            page.set_viewport_size(viewport)
        return page

    def give_back(self) -> None:
        """Close every page; the next test finds the profiles."""
        for profile in self._taken:
            for page in profile.context.pages:
                if page is not profile.keeper:
                    page.close()
            self._free[profile.kind].append(profile)
        self._taken.clear()

    def _new(self, kind: str, address: str, options: dict[str, Any]) -> _Profile:
        context = self._browser.new_context(base_url=address, locale="en-GB", **options)
        context.set_default_timeout(PATIENCE_MS)
        keeper = context.new_page()
        keeper.goto(_STILL_PAGE)
        return _Profile(kind, context, keeper, context.new_cdp_session(keeper))


def _forget(profile: _Profile, address: str) -> None:
    """Before the next visit, not after the last: a page that is about to close may still write something down."""
    profile.context.clear_cookies()
    profile.devtools.send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": _LEFT_BEHIND})
