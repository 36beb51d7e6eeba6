"""A real Chromium that looks at a real `./dravo up`; every page fails its test on a console error or a foreign request."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from tests.support.chromium import running_chromium
from tests.support.up import Up, running_up
from tests.ui.looks import Pictures
from tests.ui.profiles import Profiles

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One per module: its event loop must end before other tests."""
    with running_chromium() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def profiles(browser: Browser) -> Profiles:
    """What its tests take turns in."""
    return Profiles(browser)


@pytest.fixture(scope="session")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A Dravo with an owner, one for all tests of this process: each brings accounts and texts of its own."""
    with running_up(tmp_path_factory.mktemp("up")) as up:
        up.verb("user", "create", EMAIL, "--role", "owner", "--password-stdin", stdin=PASSWORD)
        yield up


@pytest.fixture
def fresh_up(tmp_path: Path) -> Iterator[Up]:
    """A Dravo that nobody has visited yet. It takes seconds: for what only a fresh one can show."""
    with running_up(tmp_path / "fresh") as up:
        yield up


@pytest.fixture
def open_page(profiles: Profiles, up: Up) -> Iterator[OpenPage]:
    """Opens a page of the shared Dravo in a browser profile that remembers nobody, and watches it to the end of the test."""
    with _watched(profiles, up.address) as open_one:
        yield open_one


@pytest.fixture
def fresh_page(profiles: Profiles, fresh_up: Up) -> Iterator[OpenPage]:
    """The same, of the one that nobody has visited."""
    with _watched(profiles, fresh_up.address) as open_one:
        yield open_one


@pytest.fixture
def member_page(open_page: OpenPage) -> OpenPage:
    """Opens an empty page in whose browser the owner is logged in, by a session of its own: go where you want to be."""

    def open_one(**options: object) -> Page:
        page = open_page(**options)
        answer = page.context.request.post("/auth/log-in", form={"email": EMAIL, "password": PASSWORD}, max_redirects=0)
        assert answer.status == 303, answer.status_text
        return page

    return open_one


@pytest.fixture(scope="session")
def pictures() -> Pictures:
    """Screenshots go to the folder DRAVO_TEST_PICTURES, where somebody wants to look at them."""
    chosen = os.environ.get("DRAVO_TEST_PICTURES")
    return Pictures(Path(chosen) if chosen else None)


@contextmanager
def _watched(profiles: Profiles, address: str) -> Iterator[OpenPage]:
    """Those too that a page or a test opens beside it."""
    troubles: list[str] = []
    taken: list[BrowserContext] = []

    def watch(page: Page) -> None:
        page.on("console", lambda message: troubles.extend(_trouble_in(message)))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: troubles.extend(_foreign(request, address)))

    def open_one(**options: object) -> Page:
        page = profiles.open_page(address, **options)
        watch(page)
        page.context.on("page", watch)
        taken.append(page.context)
        return page

    yield open_one
    profiles.give_back()
    for context in taken:
        context.remove_listener("page", watch)
    assert troubles == []


def log_in(page: Page, password: str = PASSWORD) -> None:
    """Fill in and send the form."""
    page.goto("/login")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def _trouble_in(message: ConsoleMessage) -> list[str]:
    return [message.text] if message.type in ("error", "warning") else []


def _foreign(request: Request, address: str) -> list[str]:
    own = (address, address.replace("http", "ws", 1), "data:", "blob:")
    return [] if request.url.startswith(own) else [request.url]
