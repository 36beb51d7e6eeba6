"""A page in light and dark, on a desk and on a phone."""

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.ui.axe import expect_accessible, expect_enough_contrast

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}


@dataclass(frozen=True)
class Pictures:
    """Screenshots, for people; none where there is no folder for them."""

    folder: Path | None

    def take(self, page: Page, name: str, *, whole: bool = True) -> None:
        if self.folder:
            page.screenshot(path=self.folder / f"{name}.png", full_page=whole)


def look_at(page: Page, name: str, pictures: Pictures) -> None:
    """In each light and width: nothing sticks out, nothing that axe-core knows is wrong, and a picture.

    The dark one has the same elements with other colours: only these are looked at again.
    """
    for window in (DESKTOP, PHONE):
        page.set_viewport_size(window)  # type: ignore[arg-type]
        for light, check in (("light", expect_accessible), ("dark", expect_enough_contrast)):
            page.emulate_media(color_scheme=light)  # type: ignore[arg-type]
            expect(page.locator("html")).to_have_class(re.compile(light))
            look = f"{name}-{light}-{window['width']}"
            assert page.evaluate("document.documentElement.scrollWidth") == window["width"], look
            check(page)
            pictures.take(page, look)
