"""Small parts that the page for people is made of: safe text, moments, links to itself."""

import html
from datetime import datetime
from urllib.parse import urlencode


def safe(text: str | None) -> str:
    """Text that stays text, also within quotes."""
    return html.escape(text or "").encode("utf-8", "replace").decode()


def show_time(at: str) -> str:
    moment = datetime.fromisoformat(at)
    return f"<time datetime='{safe(at)}'>{moment.day} {moment:%b %H:%M:%S} UTC</time>"


def here(network: str | None, account: str | None = None, before: int | None = None) -> str:
    """The address of the page with these filters."""
    given = {"network": network, "account": account, "before": before}
    query = urlencode({name: value for name, value in given.items() if value is not None})
    return safe("/sandbox/" + (f"?{query}" if query else ""))
