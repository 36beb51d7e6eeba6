"""The claim as a button: a real proof, begun, followed, left, found again, and its books; and what it looks like when it fails."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dravo_app.proving.verdict import pass_verdict
from dravo_app.services.proofs.record import Books, Kind, Line
from dravo_app.ui import routes
from tests.support.up import Up
from tests.ui.conftest import OpenPage
from tests.ui.looks import DESKTOP, Pictures, look_at

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(420)]
SHORT = f"{routes.PROVE}?posts=4"
PATIENCE_MS = 120_000


def test_a_person_proves_it_and_sees_the_books(
    up: Up, open_page: OpenPage, member_page: OpenPage, pictures: Pictures
) -> None:
    page, other = member_page(viewport=DESKTOP), member_page()
    page.goto(SHORT)
    page.get_by_role("button", name="Prove it").click(timeout=PATIENCE_MS)
    expect(page.get_by_role("heading", name="The proof runs")).to_be_visible(timeout=PATIENCE_MS)
    other.goto(SHORT)
    expect(other.get_by_role("heading", name="The proof runs")).to_be_visible(
        timeout=PATIENCE_MS
    )  # the same one, joined
    expect(page.get_by_text("kill -9 of worker").first).to_be_visible(timeout=PATIENCE_MS)
    look_at(page, "prove-running", pictures)
    page.goto("about:blank")  # leaving stops nothing
    page.goto(SHORT)

    for each in (page, other):
        expect(each.get_by_text("Proven: of")).to_be_visible(timeout=PATIENCE_MS)
        assert _number(each, "Twice") == _number(each, "Lost") == "0"
    assert _number(page, "Accepted") != "0"
    assert _number(page, "Published") == _number(page, "Visible") == str(len(_log(page)))
    look_at(page, "prove-books", pictures)

    nobody = open_page().context.request.get(routes.PROOF_LOG)
    assert (nobody.status, nobody.text()) == (403, "Log in to see what the proof's sandbox had in its log.\n")

    _redden(up.folder / "data" / "proof")
    page.reload()
    expect(page.get_by_role("alert").get_by_text("Not proven: “01.")).to_be_visible(timeout=PATIENCE_MS)
    assert _number(page, "Twice") == "1"
    look_at(page, "prove-red", pictures)

    _break_off(up.folder / "data" / "proof")
    page.reload()
    expect(page.get_by_text("The sandbox did not start. It said nothing.")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("button", name="Try again")).to_be_visible(timeout=PATIENCE_MS)
    look_at(page, "prove-trouble", pictures)


def _number(page: Page, words: str) -> str:
    """The number below that word."""
    return page.locator("dl > div", has=page.locator("dt", has_text=words)).first.locator("dd").first.inner_text()


def _log(page: Page) -> list[object]:
    """What the page's link leads to."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="What the sandbox's log said").click()
    found: list[object] = json.loads(opened.value.locator("pre").inner_text())["items"]
    opened.value.close()
    return found


def _redden(folder: Path) -> None:
    """The kept books as they would be had one post gone out twice."""
    books = Books.model_validate_json((folder / "books.json").read_bytes())
    findings = [
        "“01. Soup.” at ada on X is visible 2 times.",
        "“02. Rye.” at bo on X was accepted, and Dravo doesn't know it.",
    ]
    red = pass_verdict(books.model_copy(update={"twice": 1, "lost": 1, "findings": findings}))
    earlier = red.model_copy(update={"began_at": red.began_at - timedelta(hours=1)})  # other books than those on show
    (folder / "books.json").write_text(earlier.model_dump_json())


def _break_off(folder: Path) -> None:
    line = Line(kind=Kind.BROKEN, words="The sandbox did not start. It said nothing.")
    with (folder / "lines.jsonl").open("a") as lines:
        lines.write(line.to_json() + "\n")
