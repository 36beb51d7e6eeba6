"""The design system's tokens: the only place with colours and measures as literals. Everything else names what it needs
from here; `assets/dravo.css` holds the few rules that belong to no component. docs/design.md says when to use which."""

import reflex as rx

THEME = rx.theme(accent_color="iris", gray_color="slate", radius="medium", panel_background="solid")

# Text and lines
TEXT = "var(--gray-12)"
QUIET = "var(--gray-11)"
ACCENT, ON_ACCENT = "var(--accent-11)", "var(--accent-contrast)"
LINE = "var(--gray-a4)"
STRONG_LINE = "var(--gray-a6)"
HAIRLINE = f"1px solid {LINE}"
FOCUS = "2px solid var(--focus-8)"

# Surfaces
PAGE = "var(--color-background)"
PANEL = "var(--color-panel-solid)"
SUNKEN = "var(--gray-2)"
HOVER = "var(--gray-a2)"
CHOSEN = "var(--gray-a3)"
TINT = "var(--accent-a3)"
SHADE = "0 1px 2px var(--black-a2), 0 4px 16px -8px var(--black-a3)"
RAISED = "0 0 0 1px var(--gray-a5), 0 1px 2px var(--black-a3)"
ALARM = "var(--red-3)"
WARNING = "var(--amber-11)"
FLOATING = "var(--shadow-5)"
UP_SHADE = "0 -1px 0 var(--gray-a4), 0 -8px 24px -16px var(--black-a5)"

# The two worlds: amber is for the test world alone
TEST_STRIP, TEST_STRIP_TEXT = "var(--amber-4)", "var(--amber-12)"
TEST_EDGE = "3px solid var(--amber-9)"
LIVE_TEXT = "var(--green-11)"

# Spacing: 4, 8, 12, 16, 24, 32, 40, 48, 64 pixels
SPACE_1, SPACE_2, SPACE_3 = "var(--space-1)", "var(--space-2)", "var(--space-3)"
SPACE_4, SPACE_5, SPACE_6 = "var(--space-4)", "var(--space-5)", "var(--space-6)"
SPACE_7, SPACE_8, SPACE_9 = "var(--space-7)", "var(--space-8)", "var(--space-9)"

# Type: 12, 14, 16, 18 pixels; bigger ones are headings' and come with `rx.heading(size=)`
FONT_1, FONT_2, FONT_3, FONT_4 = "var(--font-size-1)", "var(--font-size-2)", "var(--font-size-3)", "var(--font-size-4)"
LINE_HEIGHT = "var(--line-height-2)"  # 20 pixels, beside FONT_2
CODE_SIZE = "0.92em"  # a fixed-width word beside others
TILE_FONT = "11px"
FONT_HUGE = "var(--font-size-9)"  # a number that a page is about
NORMAL, MEDIUM, BOLD = "400", "500", "700"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
READABLE = "68ch"  # a line of text that is read
SHORT = "52ch"  # a line in the middle of an empty place

# Shape
ROUND_SMALL = "var(--radius-2)"
ROUND_MEDIUM = "var(--radius-3)"
ROUND = "var(--radius-4)"
ROUND_FULL = "9999px"

# Measures
WIDTH = "1080px"
EDGE, PHONE_EDGE = "20px", "14px"  # from the window's edge to the content
FORM_WIDTH = "400px"
COLUMN = "720px"
DIALOG_WIDTH = "460px"
MENU_WIDTH = "264px"
BAR_HEIGHT = "56px"
STRIP_HEIGHT = "30px"
SCROLL_MARGIN = "104px"  # an anchor stays below bar and strip
TABS_HEIGHT = "60px"
TOUCH, TOUCH_INNER = "44px", "40px"  # the least that a thumb hits; within something that adds the rest
CONTROL, CONTROL_INNER = "32px", "28px"  # a button, a field; one within another
ROW_HEIGHT = "45px"
FIELD_WIDTH, SELECT_WIDTH = "220px", "118px"  # the least for a field among others, and for a select
STATUS_WIDTH = "104px"  # a column of status badges
EDGE_MARK = "3px"  # a coloured edge at what wants somebody
ANSWER_HEIGHT = "240px"  # a long answer scrolls by itself
CHIP_HEIGHT, CHIP_TOUCH = "26px", "36px"  # a chosen thing that can be taken away
LIST_HEIGHT = "420px"  # a long list within a panel scrolls by itself
SIDE_WIDTH = "340px"
THUMBNAIL, THUMBNAIL_PHONE = "96px", "64px"
BOX = "16px"  # a box to tick
TILE = "20px"  # a network's mark
MARK = "32px"  # a person's
FACE_TILE = "44px"
SWATCH = "104px"
BRAND, BRAND_LARGE = "24px", "40px"
ICON, ICON_SMALL, ICON_LARGE, ICON_HUGE = 16, 14, 20, 36
INDENT = "28px"  # below words that have a sign before them
SECONDS_WIDTH = "44px"  # a column of `12.3 s`
MOMENTS_HEIGHT, MOMENTS_HEIGHT_PHONE, MOMENT_PHONE = "224px", "384px", "48px"  # a feed of eight lines

# Breakpoints: a phone has the pages at its foot and one column
PHONE = "@media screen and (max-width: 640px)"
NARROW = "@media screen and (max-width: 860px)"  # two columns become one
NOT_PHONE = "@media screen and (min-width: 641px)"

# Layers, from below
Z_BAR, Z_SKIP, Z_NOTE = "10", "20", "30"

# Motion; `assets/dravo.css` switches it off for who wants none
QUICK = "120ms ease-out"
SLOW = "400ms ease-out"

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
STATUS_ICONS = {
    "scheduled": "calendar-clock",
    "held": "pause",
    "queued": "hourglass",
    "processing": "loader",
    "sending": "send-horizontal",
    "waiting": "clock",
    "unconfirmed": "circle-help",
    "published": "check",
    "partial": "circle-slash",
    "failed": "x",
    "canceled": "ban",
}

# How far a crowd of posts is
MARK_UNDER_WAY, MARK_PUBLISHED, MARK_FAILED = "var(--blue-8)", "var(--green-9)", "var(--red-9)"

HEALTH_COLOURS = {
    "ok": "green",
    "ends_soon": "amber",
    "ended": "red",
    "needs_reconnect": "red",
    "blocked": "red",
    "disconnected": "gray",
}
HEALTH_ICONS = {
    "ok": "check",
    "ends_soon": "hourglass",
    "ended": "hourglass",
    "needs_reconnect": "plug-zap",
    "blocked": "ban",
    "disconnected": "unplug",
}
HEALTH_WORDS = {
    "ok": "Works",
    "ends_soon": "Access ends soon",
    "ended": "Access has ended",
    "needs_reconnect": "Needs reconnecting",
    "blocked": "Blocked by the network",
    "disconnected": "Disconnected",
}

NOTE_COLOURS = {"info": "gray", "success": "green", "warning": "amber", "danger": "red"}
NOTE_ICONS = {"info": "info", "success": "circle-check", "warning": "triangle-alert", "danger": "circle-alert"}

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
