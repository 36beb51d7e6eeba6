"""The networks that the sandbox plays, each by the prefix of its addresses."""

from collections.abc import Callable
from sqlite3 import Connection

from dravo_app.sandbox.networks import bluesky, mastodon, x
from dravo_app.sandbox.wire import Request, Step

ANSWERS: dict[str, Callable[[Connection, Request], Step]] = {
    "x": x.answer,
    "bluesky": bluesky.answer,
    "mastodon": mastodon.answer,
}
