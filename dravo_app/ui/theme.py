"""Colours, spacing, type: the only literals. Everything else names what it needs from here; `assets/dravo.css` holds the
few rules that belong to no component."""

import reflex as rx

THEME = rx.theme(accent_color="iris", gray_color="slate", radius="medium", panel_background="solid")

TEXT = "var(--gray-12)"
QUIET = "var(--gray-11)"
LINE = "var(--gray-a4)"
HOVER = "var(--gray-a2)"
SUNKEN = "var(--gray-2)"
PANEL = "var(--color-panel-solid)"
SHADE = "0 1px 2px var(--black-a2), 0 4px 16px -8px var(--black-a3)"

WIDTH = "1080px"
FORM_WIDTH = "400px"
BAR_HEIGHT = "56px"
ROUND = "var(--radius-4)"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
PHONE = "@media screen and (max-width: 640px)"

STATUS_COLOURS = {
    "scheduled": "iris",
    "held": "amber",
    "queued": "gray",
    "processing": "blue",
    "sending": "blue",
    "waiting": "amber",
    "unconfirmed": "amber",
    "published": "green",
    "partial": "orange",
    "failed": "red",
    "canceled": "gray",
}

NETWORK_COLOURS = {
    "x": "#0f1419",
    "linkedin": "#0a66c2",
    "facebook": "#0866ff",
    "instagram": "#c13584",
    "threads": "#101010",
    "tiktok": "#111111",
    "youtube": "#cc0000",
    "pinterest": "#bd081c",
    "reddit": "#c63a00",
    "bluesky": "#0a66d6",
    "mastodon": "#563acc",
    "telegram": "#1b76ab",
    "discord": "#5865f2",
}
