"""What a machine can see of a page's accessibility: axe-core, run in the page as it stands."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

_EVERYTHING: dict[str, object] = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
_COLOURS: dict[str, object] = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
_RUN = """runOnly => axe.run(document, {runOnly, resultTypes: ['violations']})
  .then(found => found.violations.flatMap(rule => rule.nodes.map(node =>
    `${rule.id}: ${rule.help}\\n    at ${node.target.join(' ')}\\n    ${node.failureSummary.replaceAll('\\n', '\\n    ')}`)))"""

_STILL = """() => Promise.all(document.getAnimations()
  .filter(one => one.effect.getComputedTiming().endTime !== Infinity)
  .map(one => one.finished.catch(() => null)))"""


def expect_accessible(page: Page) -> None:
    """The page, with whatever is open on it now, breaks none of axe-core's rules. Call it when nothing moves any more."""
    _expect(page, _EVERYTHING)


def expect_enough_contrast(page: Page) -> None:
    """The same, for the rules about colours: for a page that was looked at in another light."""
    _expect(page, _COLOURS)


def _expect(page: Page, rules: dict[str, object]) -> None:
    page.evaluate(_STILL)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(_RUN, rules)
    assert found == [], f"{len(found)} violations on {page.url}:\n" + "\n".join(found)
