"""Small things that every part of the compose page uses: fields bound to the draft, sentences about what is wrong."""

import reflex as rx

from dravo_app.ui import theme

Words = str | rx.Var[str]
Sentences = list[str] | rx.Var[list[str]]


def bound(path: Words, kind: str = "", **more: Words) -> dict[str, Words]:
    """Attributes that tie a field to its place in the draft."""
    return {"data-draft": path, "data-kind": kind, "autoComplete": "off", **more}


def act(name: str, target: Words = "") -> dict[str, Words]:
    """Attributes of a button that the page's script answers."""
    return {"data-act": name, "data-target": target}


def problems(sentences: Sentences) -> rx.Component:
    """What is wrong here; the first one gets the focus when a publish was refused."""
    return rx.foreach(
        sentences,
        lambda sentence: rx.el.p(
            rx.icon("circle-alert", size=theme.ICON_SMALL, flex="none", style={"margin_top": theme.SPACE_1}),
            rx.el.span(sentence),
            tab_index=-1,
            custom_attrs={"data-problem": "true"},
            style={**_SENTENCE, "color": "var(--red-11)"},
        ),
    )


def cautions(sentences: Sentences) -> rx.Component:
    """What may not be meant."""
    return rx.foreach(
        sentences,
        lambda sentence: rx.el.p(
            rx.icon("triangle-alert", size=theme.ICON_SMALL, flex="none", style={"margin_top": theme.SPACE_1}),
            rx.el.span(sentence),
            style={**_SENTENCE, "color": "var(--amber-11)"},
        ),
    )


def said(name: str, **props: object) -> rx.Component:
    """A place that the page's script fills with words."""
    return rx.el.span(custom_attrs={"data-words": name}, **props)


_SENTENCE = {
    "display": "flex",
    "gap": theme.SPACE_1,
    "margin": "0",
    "font_size": theme.FONT_2,
    "line_height": theme.LINE_HEIGHT,
    "overflow_wrap": "anywhere",
}
