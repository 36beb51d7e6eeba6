"""Every address of the dashboard, once, by name."""

from urllib.parse import urlencode, urlsplit

HOME = "/"
LOGIN = "/login"
WELCOME = "/welcome"
COMPOSE = "/compose"
HISTORY = "/history"
RECEIPT = "/receipt"  # ?job=job_…
ACCOUNTS = "/accounts"
PROVE = "/prove"
SETTINGS = "/settings"
DESIGN = "/design"

LOG_IN = "/auth/log-in"
LOG_OUT = "/auth/log-out"
FIRST_RUN = "/auth/first-run"
CHANGES = "/changes"
PROOF_LOG = "/proof/log"

API_REFERENCE = "/v1/docs"
ERROR_PAGES = "/v1/errors"
SANDBOX = "/sandbox/"

FOR_MEMBERS = frozenset({COMPOSE, HISTORY, RECEIPT, ACCOUNTS, SETTINGS, PROVE, DESIGN})


def address(route: str, **query: str | None) -> str:
    """The route with its query; empty values are left out."""
    given = {name: value for name, value in query.items() if value}
    return f"{route}?{urlencode(given)}" if given else route


def plain(path: str) -> str:
    """The route behind a path: Reflex serves pages with and without a slash at the end."""
    return path.rstrip("/") or HOME


def own_page(wanted: str) -> str | None:
    """`wanted` where it is a page of ours to go on to after logging in; None for anything else, foreign hosts first of all."""
    if not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or not wanted.isprintable() or len(wanted) > 2000:
        return None
    parts = urlsplit(wanted)
    return wanted if not parts.netloc and plain(parts.path) in FOR_MEMBERS else None
