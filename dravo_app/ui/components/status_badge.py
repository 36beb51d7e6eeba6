"""The state of a post or of one of its deliveries, of an account's health: a word in its colour with its sign."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.words import Words


def status_badge(status: Words, size: str = "1") -> rx.Component:
    """A badge; `status` is the word of the API."""
    colour = rx.match(status, *theme.STATUS_COLOURS.items(), "gray")
    signs = [(word, _sign(icon)) for word, icon in theme.STATUS_ICONS.items()]
    return _badge(rx.match(status, *signs, rx.fragment()), rx.Var.create(status).to(str).capitalize(), colour, size)


def health_badge(health: Words, size: str = "1") -> rx.Component:
    """A badge; `health` is the word of the API."""
    colour = rx.match(health, *theme.HEALTH_COLOURS.items(), "gray")
    signs = [(word, _sign(icon)) for word, icon in theme.HEALTH_ICONS.items()]
    words = rx.match(health, *theme.HEALTH_WORDS.items(), health)
    return _badge(rx.match(health, *signs, rx.fragment()), words, colour, size)


def _badge(sign: rx.Component, words: Words, colour: Words, size: str) -> rx.Component:
    return rx.badge(
        sign,
        words,
        color_scheme=colour,
        variant="soft",
        size=size,
        radius="full",
        high_contrast=True,
        style={"white_space": "nowrap"},
    )


def _sign(icon: str) -> rx.Component:
    return rx.icon(icon, size=12, flex="none", custom_attrs={"aria-hidden": "true"})
