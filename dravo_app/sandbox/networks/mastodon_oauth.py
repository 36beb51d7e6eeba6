"""Mastodon's consent and tokens: an app registers itself, a person says yes, the code becomes a token without an end."""

import base64
import hashlib
import json
import re
import secrets
import time
from collections.abc import Mapping
from sqlite3 import Connection
from urllib.parse import urlencode, urlsplit

from dravo_app.sandbox import credentials
from dravo_app.sandbox.forms import read_fields
from dravo_app.sandbox.networks import consent_page
from dravo_app.sandbox.networks import mastodon_errors as errors
from dravo_app.sandbox.wire import Reply, Request, json_reply

CODE_SECONDS = 600.0
_NETWORK = "mastodon"
_ASKED = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
)  # fmt: skip


def register(_connection: Connection, request: Request) -> Reply:
    """`POST /api/v1/apps`. Any app may; what it is given is worth nothing elsewhere."""
    given = _given(request)
    for name, label in (("client_name", "Application name"), ("redirect_uris", "Redirect URI")):
        if not given.get(name):
            return errors.invalid(f"{label} can't be blank")
    app = {
        "id": "1", "name": given["client_name"], "website": given.get("website"), "redirect_uri": given["redirect_uris"],
        "redirect_uris": given["redirect_uris"].split(), "scopes": given.get("scopes", "read").split(),
        "client_id": secrets.token_urlsafe(32), "client_secret": secrets.token_urlsafe(32),
        "client_secret_expires_at": 0,
    }  # fmt: skip
    return json_reply(200, app)


def show_consent(_connection: Connection, request: Request) -> Reply:
    """`GET /oauth/authorize`."""
    why = _refusal(request.query)
    if why:
        return consent_page.refuse("Mastodon", why)
    given = {name: request.query[name] for name in _ASKED if name in request.query}
    return consent_page.ask("Mastodon", given["client_id"], given.get("scope", "read").split(), given)


def decide(connection: Connection, request: Request) -> Reply:
    """`POST /oauth/authorize`: what the person said."""
    form = _given(request)
    why = _refusal(form)
    if why:
        return consent_page.refuse("Mastodon", why)
    if form.get("decision") != "allow":
        return _back(form, error="access_denied", error_description="The resource owner denied the request.")
    if not re.fullmatch(r"@?[A-Za-z0-9_.\-]{1,64}", form.get("handle", "")):
        return consent_page.refuse("Mastodon", "This is no handle.")
    account = credentials.get_or_make_account(connection, _NETWORK, form["handle"])
    code, details = secrets.token_urlsafe(32), {name: form.get(name, "") for name in _ASKED}
    credentials.hand_out(
        connection, _NETWORK, "code", account.key, credentials.new_grant_id(), code, CODE_SECONDS, details
    )  # fmt: skip
    return _back(form, code=code)


def exchange(connection: Connection, request: Request) -> Reply:
    """`POST /oauth/token`: for a code only, because tokens don't expire and nothing is refreshed."""
    form = _given(request)
    if form.get("grant_type") != "authorization_code":
        return _token_error("unsupported_grant_type", "The authorization grant type is not supported.")
    found = credentials.look_at(connection, _NETWORK, "code", form.get("code"))
    asked: dict[str, str] = json.loads(found.details)
    if found.state != "live" or not _is_right(asked, form):
        return _token_error("invalid_grant", "The provided authorization grant is invalid, expired or revoked.")
    credentials.change_state(connection, _NETWORK, form["code"], "used")
    access = secrets.token_urlsafe(32)
    credentials.hand_out(connection, _NETWORK, "access", found.account, found.grant_id, access, None)
    scope = asked["scope"] or "read"
    return json_reply(
        200, {"access_token": access, "token_type": "Bearer", "scope": scope, "created_at": int(time.time())}
    )


def revoke(connection: Connection, request: Request) -> Reply:
    """`POST /oauth/revoke`."""
    found = credentials.look_at(connection, _NETWORK, "access", _given(request).get("token"))
    if found.state != "unknown":
        credentials.end_grant(connection, _NETWORK, found.grant_id)
    return json_reply(200, {})


def _is_right(asked: Mapping[str, str], form: Mapping[str, str]) -> bool:
    if asked["client_id"] != form.get("client_id") or asked["redirect_uri"] != form.get("redirect_uri"):
        return False
    if not form.get("client_secret"):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
    return not asked["code_challenge"] or digest == asked["code_challenge"].rstrip("=").encode()


def _refusal(given: Mapping[str, str]) -> str:
    """Why the app's request makes no sense; empty when it does."""
    for name in ("client_id", "redirect_uri"):
        if not given.get(name):
            return f"The request lacks {name}."
    if given.get("response_type") != "code":
        return "response_type must be code."
    if given.get("code_challenge") and given.get("code_challenge_method") != "S256":
        return "code_challenge_method must be S256."
    address = urlsplit(given["redirect_uri"])
    is_address = address.scheme in ("http", "https") and address.netloc and not address.fragment
    return "" if is_address else "redirect_uri must be an http or https address."


def _back(form: Mapping[str, str], **decision: str) -> Reply:
    address = form["redirect_uri"]
    given = {"state": form["state"], **decision} if form.get("state") else decision
    return consent_page.send_back(address + ("&" if urlsplit(address).query else "?") + urlencode(given))


def _given(request: Request) -> dict[str, str]:
    fields = read_fields(request) or {}
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def _token_error(error: str, description: str) -> Reply:
    return json_reply(400, {"error": error, "error_description": description})
