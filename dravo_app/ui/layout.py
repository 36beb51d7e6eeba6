"""What is around every page: the bar on top for members, the card in the middle for strangers."""

import reflex as rx

from dravo_app.ui import routes, theme
from dravo_app.ui.components.brand import mark, wordmark
from dravo_app.ui.components.native import native_form, native_link
from dravo_app.ui.session import Look


def head() -> list[rx.Component]:
    """What every page's head holds."""
    return [
        rx.el.link(rel="icon", href="/mark.svg", type="image/svg+xml"),
        rx.el.meta(name="color-scheme", content="light dark"),
    ]


def member_page(route: str, *content: rx.Component) -> rx.Component:
    """A page for who is logged in; `route` is its own address, or that of the page in the bar that it belongs to."""
    return rx.box(
        _bar(route),
        rx.el.main(
            *content,
            id="content",
            tab_index=-1,
            style={
                "max_width": theme.WIDTH,
                "margin": "0 auto",
                "padding": "28px 20px 80px",
                theme.PHONE: {"padding": "20px 14px 64px"},
            },
        ),
        min_height="100vh",
    )


def stranger_page(title: str, words: str, *content: rx.Component) -> rx.Component:
    """A page for who isn't: one card in the middle."""
    return rx.el.main(
        rx.vstack(
            mark("40px"),
            rx.heading(title, as_="h1", size="6", margin_top="20px"),
            rx.text(words, color=theme.QUIET, size="2", margin_top="6px"),
            *content,
            spacing="0",
            align="stretch",
            style={
                "width": "100%",
                "max_width": theme.FORM_WIDTH,
                "background": theme.PANEL,
                "border": f"1px solid {theme.LINE}",
                "border_radius": theme.ROUND,
                "box_shadow": theme.SHADE,
                "padding": "32px",
                "& > img": {"align_self": "flex-start"},
                theme.PHONE: {"padding": "24px 20px"},
            },
        ),
        style={"min_height": "100vh", "display": "grid", "place_items": "center", "padding": "24px 14px"},
    )


def _bar(route: str) -> rx.Component:
    return rx.el.header(
        native_link("Skip to the content", href="#content", style=_SKIP),
        rx.flex(
            rx.link(wordmark(), href=routes.HOME, underline="none", color=theme.TEXT, aria_label="Dravo, home"),
            rx.el.nav(
                *(_page_link(word, target, is_current=target == route) for word, target in _PAGES),
                aria_label="Pages",
                style={"display": "flex", "gap": "2px"},
            ),
            rx.spacer(),
            _environment_switch(route),
            rx.tooltip(_colour_switch(), content="Light or dark"),
            _person(),
            align="center",
            gap="14px",
            style={
                "max_width": theme.WIDTH,
                "height": theme.BAR_HEIGHT,
                "margin": "0 auto",
                "padding": "0 20px",
                theme.PHONE: {"padding": "0 14px", "gap": "8px"},
            },
        ),
        _environment_strip(),
        style={
            "position": "sticky",
            "top": "0",
            "z_index": "10",
            "background": theme.PANEL,
        },
    )


def _page_link(word: str, target: str, *, is_current: bool) -> rx.Component:
    """To another page of the same world."""
    href = rx.cond(Look.environment == "test", routes.address(target, environment="test"), target)
    if is_current:
        return rx.link(word, href=href, aria_current="page", underline="none", style=_CURRENT)
    return rx.link(word, href=href, underline="none", style=_OTHER)


def _environment_switch(route: str) -> rx.Component:
    def choice(word: str, value: str, href: str) -> rx.Component:
        is_on = Look.environment == value
        return rx.link(
            word,
            href=href,
            underline="none",
            aria_current=rx.cond(is_on, "true", "false"),
            style={
                "padding": "3px 12px",
                "border_radius": "6px",
                "font_size": "13px",
                "font_weight": "500",
                "color": rx.cond(is_on, theme.TEXT, theme.QUIET),
                "background": rx.cond(is_on, theme.PANEL, "transparent"),
                "box_shadow": rx.cond(is_on, "0 0 0 1px var(--gray-a5), 0 1px 2px var(--black-a3)", "none"),
            },
        )

    return rx.flex(
        choice("Live", "live", route),
        choice("Test", "test", routes.address(route, environment="test")),
        role="group",
        aria_label="Environment",
        style={"background": "var(--gray-a3)", "padding": "2px", "border_radius": "8px"},
    )


def _environment_strip() -> rx.Component:
    """Always there, so that nothing moves when the page learns which of the two worlds it shows."""
    is_test = Look.environment == "test"
    return rx.box(
        rx.flex(
            rx.cond(is_test, rx.icon("flask-conical", size=15, flex="none"), rx.icon("radio", size=15, flex="none")),
            rx.cond(is_test, rx.el.b("Test"), rx.el.b("Live")),
            rx.text(
                rx.cond(
                    is_test,
                    "Posts go to the built-in sandbox; nothing reaches a real network.",
                    "Posts go to real networks, for everybody to see.",
                ),
                style={theme.PHONE: {"display": "none"}},
            ),
            rx.spacer(),
            rx.cond(
                is_test,
                rx.link(
                    "What the sandbox received",
                    href=routes.SANDBOX,
                    is_external=True,
                    color="inherit",
                    underline="always",
                    size="2",
                ),
            ),
            align="center",
            gap="8px",
            style={
                "max_width": theme.WIDTH,
                "height": "34px",
                "margin": "0 auto",
                "padding": "0 20px",
                "font_size": "14px",
                theme.PHONE: {"padding": "0 14px"},
            },
        ),
        style={
            "background": rx.cond(is_test, "var(--amber-a3)", "var(--gray-a2)"),
            "color": rx.cond(is_test, "var(--amber-12)", theme.QUIET),
            "border": f"0 solid {theme.LINE}",
            "border_width": "1px 0",
        },
    )


def _colour_switch() -> rx.Component:
    return rx.icon_button(
        rx.color_mode_cond(rx.icon("moon", size=16), rx.icon("sun", size=16)),
        on_click=rx.toggle_color_mode,
        variant="ghost",
        color_scheme="gray",
        aria_label="Switch between light and dark",
        margin="0",
    )


def _person() -> rx.Component:
    return rx.flex(
        rx.text(
            Look.email,
            size="2",
            color=theme.QUIET,
            title=Look.role,
            style={
                "max_width": "200px",
                "overflow": "hidden",
                "text_overflow": "ellipsis",
                "white_space": "nowrap",
                theme.PHONE: {"display": "none"},
            },
        ),
        native_form(
            rx.tooltip(
                rx.icon_button(
                    rx.icon("log-out", size=16),
                    type="submit",
                    variant="ghost",
                    color_scheme="gray",
                    aria_label="Log out",
                    margin="0",
                ),
                content="Log out",
            ),
            action=routes.LOG_OUT,
            method="post",
            style={"display": "flex"},
        ),
        align="center",
        gap="10px",
    )


_PAGES = (("Compose", routes.COMPOSE), ("History", routes.HISTORY), ("Accounts", routes.ACCOUNTS))
_OTHER = {"color": theme.QUIET, "font_size": "14px", "padding": "6px 10px", "border_radius": "6px"}
_CURRENT = {
    "color": theme.TEXT,
    "font_weight": "500",
    "font_size": "14px",
    "padding": "6px 10px",
    "border_radius": "6px",
    "background": "var(--gray-a3)",
}
_SKIP = {
    "position": "absolute",
    "left": "-9999px",
    "&:focus": {"left": "12px", "top": "12px", "z_index": "20", "background": theme.PANEL, "padding": "8px 12px"},
}
