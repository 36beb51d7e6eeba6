"""Where it goes: the accounts with search, filter and chips; beside each what its network would refuse."""

import reflex as rx

from dravo_app.ui import theme
from dravo_app.ui.components.button import quiet_button
from dravo_app.ui.components.composer.marks import act, cautions, problems, said
from dravo_app.ui.components.network_mark import network_mark
from dravo_app.ui.components.panel import section
from dravo_app.ui.components.status_badge import health_badge
from dravo_app.ui.pages.compose_rows import AccountRow, NetworkRow
from dravo_app.ui.pages.compose_state import ComposeState


def choosing() -> rx.Component:
    """The panel of accounts."""
    return section(
        "Accounts",
        "",
        rx.text(said("chosen"), size="2", color=theme.QUIET, aria_live="polite"),
        problems(ComposeState.choosing_flaws),
        rx.el.div(aria_label="Chosen accounts", role="group", custom_attrs={"data-chips": ""}, style=_CHIPS),
        rx.text_field(
            rx.text_field.slot(rx.icon("search", size=theme.ICON)),
            type="search",
            placeholder="Search by name or handle",
            aria_label="Search the accounts",
            width="100%",
            custom_attrs={"data-search": "", "autoComplete": "off"},
        ),
        rx.el.div(
            rx.cond(ComposeState.networks.length() > 1, rx.foreach(ComposeState.networks, _filter)),
            rx.el.span(style={"flex": "1"}),
            quiet_button("All", size="1", type="button", aria_label="Choose all shown", custom_attrs=act("all")),
            quiet_button("None", size="1", type="button", aria_label="Choose none", custom_attrs=act("none")),
            style={"display": "flex", "flex_wrap": "wrap", "gap": theme.SPACE_2, "align_items": "center"},
        ),
        rx.cond(
            ComposeState.account_flaws.length() > 0,
            quiet_button(
                "Leave out the accounts that can't take it",
                "circle-minus",
                type="button",
                size="1",
                custom_attrs=act("drop-flawed"),
            ),
        ),
        rx.el.ul(
            rx.foreach(ComposeState.accounts, _row),
            aria_label="Accounts to choose from",
            custom_attrs={"data-accounts": ""},
            style=_LIST,
        ),
        rx.text(
            "No account matches.", size="2", color=theme.QUIET, hidden=True, custom_attrs={"data-when-unmatched": ""}
        ),
        rx.cond(
            ComposeState.hidden_accounts > 0,
            rx.text(f"{ComposeState.hidden_accounts} older accounts are not shown.", size="1", color=theme.QUIET),
        ),
    )


def _filter(row: rx.Var[NetworkRow]) -> rx.Component:
    return rx.button(
        row.name,
        type="button",
        size="1",
        variant="surface",
        color_scheme="gray",
        aria_pressed="false",
        custom_attrs=act("network", row.slug),
        style={"&[aria-pressed=true]": {"background": theme.TINT, "color": theme.ACCENT}},
    )


def _row(row: rx.Var[AccountRow]) -> rx.Component:
    is_flawed = ComposeState.account_flaws.contains(row.id)
    return rx.el.li(
        rx.el.label(
            rx.el.input(type="checkbox", custom_attrs={"data-account": row.id}, style=_BOX),
            network_mark(row.network, row.network_name),
            rx.el.span(
                rx.el.span(row.name, style=_NAME),
                rx.cond(row.name != row.handle, rx.el.span(row.handle, style={**_NAME, "color": theme.QUIET})),
                style={"display": "grid", "min_width": "0", "flex": "1"},
            ),
            rx.cond(row.health != "ok", health_badge(row.health)),
            style=_LABEL,
        ),
        rx.el.div(
            problems(ComposeState.account_flaws[row.id]),
            cautions(ComposeState.account_cautions[row.id]),
            style={"padding_left": theme.SPACE_5, "&:empty": {"display": "none"}},
        ),
        key=row.id,
        custom_attrs={
            "data-row": row.id,
            "data-network": row.network,
            "data-name": row.name,
            "data-full": f"{row.name}, {row.network_name}",
            "data-words": row.words,
            "data-flawed": rx.cond(is_flawed, row.id, rx.Var("undefined")),
        },
        style=_ROW,
    )


_CHIPS = {
    "display": "flex",
    "flex_wrap": "wrap",
    "gap": theme.SPACE_2,
    "&:empty": {"display": "none"},
    "& .chip": {
        "display": "inline-flex",
        "gap": theme.SPACE_2,
        "align_items": "center",
        "max_width": "100%",
        "padding": f"2px {theme.SPACE_3}",
        "min_height": theme.CHIP_HEIGHT,
        "border": "0",
        "border_radius": theme.ROUND_FULL,
        "background": theme.TINT,
        "color": theme.ACCENT,
        "font": "inherit",
        "font_size": theme.FONT_1,
        "font_weight": theme.MEDIUM,
        "overflow_wrap": "anywhere",
        "text_align": "left",
        "cursor": "pointer",
        theme.PHONE: {"min_height": theme.CHIP_TOUCH},
    },
}
_LIST = {
    "list_style": "none",
    "margin": "0",
    "padding": "0",
    "max_height": theme.LIST_HEIGHT,
    "overflow_y": "auto",
    "border": theme.HAIRLINE,
    "border_radius": theme.ROUND_MEDIUM,
}
_ROW = {"padding": f"{theme.SPACE_2} {theme.SPACE_3}", "&:not(:last-child)": {"border_bottom": theme.HAIRLINE}}
_LABEL = {
    "display": "flex",
    "align_items": "center",
    "gap": theme.SPACE_3,
    "cursor": "pointer",
    "min_height": theme.CONTROL_INNER,
}
_NAME = {"font_size": theme.FONT_2, "line_height": theme.LINE_HEIGHT, "overflow": "hidden", "text_overflow": "ellipsis"}
_BOX = {"width": theme.BOX, "height": theme.BOX, "accent_color": "var(--accent-9)", "flex": "none", "margin": "0"}
