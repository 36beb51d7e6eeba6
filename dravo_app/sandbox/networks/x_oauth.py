"""X's consent and tokens: authorization code with PKCE, refresh tokens that rotate, revocation."""

import base64
import binascii
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from sqlite3 import Connection
from urllib.parse import parse_qsl, urlencode, urlsplit

from dravo_app.sandbox import credentials
from dravo_app.sandbox.networks import consent_page
from dravo_app.sandbox.networks import x_problems as problems
from dravo_app.sandbox.wire import Reply, Request, Step, json_reply

ACCESS_SECONDS = 7200.0
REFRESH_SECONDS = 180 * 86_400.0
CODE_SECONDS = 30.0
_SCOPES = "tweet.read tweet.write users.read media.write offline.access"
_ASKED = ("response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")


def _show_consent(_connection: Connection, request: Request) -> Reply:
    why = _refusal(request.query)
    if why:
        return consent_page.refuse("X", why)
    given = {name: request.query[name] for name in _ASKED if name in request.query}
    return consent_page.ask("X", given["client_id"], given["scope"].split(), given)


def _decide(connection: Connection, request: Request) -> Reply:
    form = _form(request)
    why = _refusal(form)
    if why:
        return consent_page.refuse("X", why)
    if form.get("decision") != "allow":
        return _back(form, error="access_denied")
    if not re.fullmatch(r"@?[A-Za-z0-9_.\-]{1,64}", form.get("handle", "")):
        return consent_page.refuse("X", "This is no handle.")
    account = credentials.get_or_make_account(connection, "x", form["handle"])
    details = {name: form.get(name, "") for name in _ASKED}
    code = _new_token()
    credentials.hand_out(
        connection, "x", "code", account.key, credentials.new_grant_id(), code, CODE_SECONDS, details
    )  # fmt: skip
    return _back(form, code=code)


def _refusal(given: Mapping[str, str]) -> str:
    """Why the app's request makes no sense; empty when it does."""
    for name in ("client_id", "redirect_uri", "scope", "state", "code_challenge"):
        if not given.get(name):
            return f"The request lacks {name}."
    if given.get("response_type") != "code":
        return "response_type must be code."
    if given.get("code_challenge_method", "plain") not in ("S256", "plain"):
        return "code_challenge_method must be S256 or plain."
    address = urlsplit(given["redirect_uri"])
    if address.scheme not in ("http", "https") or not address.netloc or address.fragment:
        return "redirect_uri must be an http or https address."
    return ""


def _back(form: Mapping[str, str], **decision: str) -> Reply:
    address = form["redirect_uri"]
    joint = "&" if urlsplit(address).query else "?"
    return consent_page.send_back(address + joint + urlencode({"state": form["state"], **decision}))


def _token(connection: Connection, request: Request) -> Reply:
    form = _form(request)
    client_id = _client_id(request, form)
    if client_id is None:
        return problems.token_error(401, "unauthorized_client", "Missing valid authorization header")
    match form.get("grant_type"):
        case "authorization_code":
            return _exchange(connection, form, client_id)
        case "refresh_token":
            return _refresh(connection, form)
    return problems.token_error(400, "unsupported_grant_type", "The grant type is not supported.")


def _exchange(connection: Connection, form: Mapping[str, str], client_id: str) -> Reply:
    code = form.get("code", "")
    found = credentials.look_at(connection, "x", "code", code)
    details: dict[str, str] = json.loads(found.details)
    is_right = (
        found.state == "live"
        and details["client_id"] == client_id
        and details["redirect_uri"] == form.get("redirect_uri")
        and _proves(form.get("code_verifier", ""), details["code_challenge"], details["code_challenge_method"])
    )
    if not is_right:
        description = "Value passed for the authorization code was invalid."
        return problems.token_error(400, "invalid_request", description)
    credentials.change_state(connection, "x", code, "used")
    return _grant(connection, found.account, found.grant_id, details["scope"])


def _refresh(connection: Connection, form: Mapping[str, str]) -> Reply:
    presented = form.get("refresh_token", "")
    found = credentials.look_at(connection, "x", "refresh", presented)
    if found.state == "used":  # somebody has a copy: nobody keeps the grant
        credentials.end_grant(connection, "x", found.grant_id)
    if found.state != "live":
        return problems.dead_refresh_token()
    credentials.change_state(connection, "x", presented, "used")
    scope = json.loads(found.details).get("scope", _SCOPES)
    return _grant(connection, found.account, found.grant_id, scope)


def _grant(connection: Connection, account: str, grant_id: str, scope: str) -> Reply:
    access = _new_token()
    credentials.hand_out(connection, "x", "access", account, grant_id, access, ACCESS_SECONDS)
    answer: dict[str, object] = {
        "token_type": "bearer", "expires_in": int(ACCESS_SECONDS), "access_token": access, "scope": scope,
    }  # fmt: skip
    if "offline.access" in scope.split():
        refresh = _new_token()
        details = {"scope": scope}
        credentials.hand_out(connection, "x", "refresh", account, grant_id, refresh, REFRESH_SECONDS, details)
        answer["refresh_token"] = refresh
    return json_reply(200, answer, ("cache-control", "no-store"))


def _revoke(connection: Connection, request: Request) -> Reply:
    form = _form(request)
    if _client_id(request, form) is None:
        return problems.token_error(401, "unauthorized_client", "Missing valid authorization header")
    kinds: tuple[credentials.Kind, ...] = ("access", "refresh")
    for kind in kinds:
        found = credentials.look_at(connection, "x", kind, form.get("token", ""))
        if found.state != "unknown":
            credentials.end_grant(connection, "x", found.grant_id)
    return json_reply(200, {"revoked": True})


def _client_id(request: Request, form: Mapping[str, str]) -> str | None:
    """A confidential client names itself by Basic, a public one in the body; any name will do here."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value).decode().partition(":")[0] or None
        except (binascii.Error, ValueError):
            return None
    return form.get("client_id") or None


def _proves(verifier: str, challenge: str, method: str) -> bool:
    if method != "S256":
        return secrets.compare_digest(verifier.encode(), challenge.encode())
    digest = hashlib.sha256(verifier.encode()).digest()
    return secrets.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"="), challenge.rstrip("=").encode())


def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))


def _new_token() -> str:
    return secrets.token_urlsafe(48)


PAGES: dict[tuple[str, str], Callable[[Connection, Request], Step]] = {
    ("GET", "/i/oauth2/authorize"): _show_consent,
    ("POST", "/i/oauth2/authorize"): _decide,
    ("GET", "/2/oauth2/authorize"): _show_consent,
    ("POST", "/2/oauth2/authorize"): _decide,
    ("POST", "/2/oauth2/token"): _token,
    ("POST", "/2/oauth2/revoke"): _revoke,
}
