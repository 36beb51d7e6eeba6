"""A Mastodon server below `/mastodon`: who asks, and which page answers."""

import re
from collections.abc import Callable
from sqlite3 import Connection

from dravo_app.sandbox import credentials
from dravo_app.sandbox.credentials import Account
from dravo_app.sandbox.networks import mastodon_errors as errors
from dravo_app.sandbox.networks import mastodon_instance as instance
from dravo_app.sandbox.networks import mastodon_media as media
from dravo_app.sandbox.networks import mastodon_oauth as oauth
from dravo_app.sandbox.networks import mastodon_posting as posting
from dravo_app.sandbox.networks import mastodon_reading as reading
from dravo_app.sandbox.networks.mastodon_errors import Refused
from dravo_app.sandbox.wire import Reply, Request, Step

Page = Callable[[Connection, Request, Account, str], Step]
OpenPage = Callable[[Connection, Request, Account | None, str], Step]

_NUMBER = "(?P<name>[0-9]{1,20})"


def answer(connection: Connection, request: Request) -> Step:
    """What the server answers to one call."""
    try:
        step = _answer(connection, request)
    except Refused as refusal:
        step = refusal.reply
    if isinstance(step, Reply) and step.ending == "answer" and step.status not in (302, 429):
        return step.with_headers(*_rate_of(request))
    return step


def _rate_of(request: Request) -> tuple[tuple[str, str], ...]:
    if request.method == "POST" and request.path.endswith("/media"):
        return errors.rate_headers(30, window_seconds=1800)
    return errors.rate_headers()


def _answer(connection: Connection, request: Request) -> Step:
    public = PUBLIC.get((request.method, request.path))
    if public is not None:
        return public(connection, request)
    for method, pattern, page in OPEN_PAGES:
        match = pattern.fullmatch(request.path)
        if match and request.method == method:
            name = match["name"] if pattern.groups else ""
            return page(connection, request, _visitor(connection, request), name)
    for method, pattern, own_page in PAGES:
        match = pattern.fullmatch(request.path)
        if match and request.method == method:
            name = match["name"] if pattern.groups else ""
            return own_page(connection, request, _who_asks(connection, request), name)
    return errors.no_such_page()


def _visitor(connection: Connection, request: Request) -> Account | None:
    """Whoever reads what everybody may read: nobody in particular without a token."""
    return None if request.bearer is None else _who_asks(connection, request)


def _who_asks(connection: Connection, request: Request) -> Account:
    token = credentials.look_at(connection, "mastodon", "access", request.bearer)
    if token.state != "live":
        raise Refused(errors.bad_token(_WHY.get(token.state, "The access token is invalid")))
    account = credentials.find_account(connection, "mastodon", token.account)
    assert account is not None
    if account.is_suspended:
        raise Refused(errors.disabled())
    return account


_WHY = {"expired": "The access token expired", "revoked": "The access token was revoked"}

PUBLIC: dict[tuple[str, str], Callable[[Connection, Request], Step]] = {
    ("GET", "/api/v1/instance"): instance.version_1,
    ("GET", "/api/v2/instance"): instance.version_2,
    ("POST", "/api/v1/apps"): oauth.register,
    ("GET", "/oauth/authorize"): oauth.show_consent,
    ("POST", "/oauth/authorize"): oauth.decide,
    ("POST", "/oauth/token"): oauth.exchange,
    ("POST", "/oauth/revoke"): oauth.revoke,
}

OPEN_PAGES: tuple[tuple[str, re.Pattern[str], OpenPage], ...] = (
    ("GET", re.compile("/api/v1/accounts/lookup"), reading.look_up_account),
    ("GET", re.compile(f"/api/v1/accounts/{_NUMBER}"), reading.get_account),
    ("GET", re.compile(f"/api/v1/accounts/{_NUMBER}/statuses"), reading.list_posts),
    ("GET", re.compile(f"/api/v1/statuses/{_NUMBER}"), reading.get_post),
)

PAGES: tuple[tuple[str, re.Pattern[str], Page], ...] = (
    ("GET", re.compile("/api/v1/accounts/verify_credentials"), reading.verify),
    ("POST", re.compile("/api/v1/statuses"), posting.create),
    ("POST", re.compile("/api/(?P<name>v[12])/media"), media.upload),
    ("GET", re.compile(f"/api/v1/media/{_NUMBER}"), media.get_medium),
    ("PUT", re.compile(f"/api/v1/media/{_NUMBER}"), media.change_medium),
    ("GET", re.compile(f"/api/v1/statuses/{_NUMBER}/source"), reading.get_source),
    ("DELETE", re.compile(f"/api/v1/statuses/{_NUMBER}"), reading.delete_post),
)
