"""/design: every component of the dashboard in each of its states, light beside dark."""

from collections.abc import Callable

import reflex as rx

from dravo_app.ui import routes, theme
from dravo_app.ui.components.page_header import page_header
from dravo_app.ui.layout import member_page
from dravo_app.ui.pages import design_parts as parts
from dravo_app.ui.session import Look


class DesignState(Look):
    @rx.event
    async def load(self) -> rx.event.EventSpec | None:
        """Show the page."""
        caller = await self._authorise()
        return self._to_login() if caller is None else None


def design() -> rx.Component:
    return member_page(
        routes.DESIGN,
        page_header("Design system", "What the pages are made of, in every state, light beside dark."),
        rx.el.nav(
            *(rx.el.a(title, href=f"#{_anchor(title)}") for title, _, _ in _PARTS), aria_label="Parts", style=_INDEX
        ),
        *(_part(title, words, make) for title, words, make in _PARTS),
    )


def _part(title: str, words: str, make: Callable[[str], rx.Component]) -> rx.Component:
    return rx.el.section(
        rx.heading(title, as_="h2", size="4"),
        rx.text(words, size="2", color=theme.QUIET),
        rx.el.div(_side("light", make), _side("dark", make), style=_SIDES),
        id=_anchor(title),
        style=_PART,
    )


def _side(appearance: str, make: Callable[[str], rx.Component]) -> rx.Component:
    """`make` gets the side's name, for ids that occur once in the page."""
    return rx.el.div(make(appearance), class_name=f"radix-themes {appearance}", custom_attrs=_THEME, style=_SIDE)


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


_PARTS: tuple[tuple[str, str, Callable[[str], rx.Component]], ...] = (
    ("Colours", "By what they mean, never by their name.", parts.colours),
    ("Type", "Four sizes of text, headings above them.", parts.type_scale),
    ("Buttons", "One primary per page, a verb on each. Hover and focus are the browser's own: try Tab.", parts.buttons),
    ("Fields", "Label above; hint and error below, read out with the field.", parts.fields),
    ("Choices", "Two to four in view, more in a select.", parts.choices),
    ("Statuses", "A word, a colour and a sign; never a colour alone.", parts.statuses),
    ("Accounts", "Wherever an account is named.", parts.chips),
    ("Notes", "Four tones, each with its sign.", parts.notes),
    ("Lists", "A panel with lines between its rows; on a phone the rows wrap.", parts.lists),
    ("Loading", "As high as what comes, so that nothing moves.", parts.loading),
    ("Empty", "What would be here, and what to do next.", parts.empty),
    ("Nothing found", "The way back to everything.", parts.nothing_found),
    ("Error", "What, why, who acts, and the ways out.", parts.error),
    ("Code", "Scrolls by itself, copied with one click.", parts.code),
    ("Windows", "The question, what will happen, and the verb on the button.", parts.windows),
)
# As Radix marks the root: its own component for a theme within the theme doesn't take its colours from a Reflex page.
_THEME = {
    "data-accent-color": "iris",
    "data-gray-color": "slate",
    "data-radius": "medium",
    "data-panel-background": "solid",
    "data-scaling": "100%",
    "data-has-background": "true",
}
_INDEX = {
    "display": "flex",
    "flex_wrap": "wrap",
    "gap": f"{theme.SPACE_1} {theme.SPACE_4}",
    "font_size": theme.FONT_2,
    "& a": {"color": theme.ACCENT, "padding": f"{theme.SPACE_1} 0"},
}
_PART = {"display": "grid", "gap": theme.SPACE_1, "margin_top": theme.SPACE_7, "scroll_margin_top": theme.SCROLL_MARGIN}
_SIDES = {
    "display": "grid",
    "grid_template_columns": "minmax(0, 1fr) minmax(0, 1fr)",
    "margin_top": theme.SPACE_3,
    "border": theme.HAIRLINE,
    "border_radius": theme.ROUND,
    "overflow": "hidden",
    theme.PHONE: {"grid_template_columns": "minmax(0, 1fr)"},
}
_SIDE = {"padding": theme.SPACE_5, "min_height": "0", theme.PHONE: {"padding": theme.SPACE_4}}
