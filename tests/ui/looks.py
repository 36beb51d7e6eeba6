"""A page in light and dark, on a desk and on a phone."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.ui.axe import expect_accessible

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
_LOOKS = (("light", DESKTOP), ("dark", DESKTOP), ("light", PHONE), ("dark", PHONE))


def look_at(page: Page, name: str, pictures: Path) -> None:
    """In each look: nothing sticks out, nothing that axe-core knows is wrong, and a picture for people."""
    for light, window in _LOOKS:
        page.emulate_media(color_scheme=light)  # type: ignore[arg-type]
        expect(page.locator("html")).to_have_class(re.compile(light))
        page.set_viewport_size(window)  # type: ignore[arg-type]
        look = f"{name}-{light}-{window['width']}"
        assert page.evaluate("document.documentElement.scrollWidth") == window["width"], look
        expect_accessible(page)
        page.screenshot(path=pictures / f"{look}.png", full_page=True)
