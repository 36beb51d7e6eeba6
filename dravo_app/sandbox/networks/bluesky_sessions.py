"""A PDS's sessions: an app password gives an access and a refresh token; refresh tokens rotate with a grace period."""

import base64
import json
import secrets
import time
from sqlite3 import Connection

from dravo_app.sandbox import credentials
from dravo_app.sandbox.credentials import Account
from dravo_app.sandbox.networks import bluesky_errors as errors
from dravo_app.sandbox.wire import Reply, Request, json_reply, read_json_object

ACCESS_SECONDS = 7200.0
REFRESH_SECONDS = 90 * 86_400.0
GRACE_SECONDS = 7200.0


def who_asks(connection: Connection, request: Request) -> Account | Reply:
    """The account of the access token, or the PDS's refusal."""
    if request.bearer is None:
        return errors.no_token()
    token = credentials.look_at(connection, "bluesky", "access", request.bearer)
    if token.state == "expired":
        return errors.expired()
    return _living(connection, token.account) if token.state == "live" else errors.unverified()


def create(connection: Connection, request: Request) -> Reply:
    """com.atproto.server.createSession."""
    body = read_json_object(request.body) or {}
    identifier, password = body.get("identifier"), body.get("password")
    for name, value in (("identifier", identifier), ("password", password)):
        if not isinstance(value, str):
            return errors.invalid(f'Input must have the property "{name}"')
    account = _account_of(connection, str(identifier), str(password))
    if account is None:
        return errors.wrong_password()
    return errors.taken_down() if account.is_suspended else _open(connection, request, account, None)


def refresh(connection: Connection, request: Request) -> Reply:
    """com.atproto.server.refreshSession, with the refresh token as bearer."""
    found = _refresh_token(connection, request)
    if isinstance(found, Reply):
        return found
    account = _living(connection, found.account)
    if isinstance(account, Reply):
        return account
    credentials.use_with_grace(connection, "bluesky", request.bearer or "", GRACE_SECONDS)
    return _open(connection, request, account, found.grant_id)


def get(connection: Connection, request: Request) -> Reply:
    """com.atproto.server.getSession."""
    account = who_asks(connection, request)
    return account if isinstance(account, Reply) else json_reply(200, _about(request, account))


def delete(connection: Connection, request: Request) -> Reply:
    """com.atproto.server.deleteSession, with the refresh token as bearer."""
    found = _refresh_token(connection, request)
    if isinstance(found, Reply):
        return found
    credentials.end_grant(connection, "bluesky", found.grant_id)
    return Reply(200)


def public_handle(account: Account) -> str:
    """A handle as the protocol wants it, with a domain; `alice` is `alice.test`."""
    return account.key if "." in account.key else f"{account.key}.test"


def did_document(request: Request, account: Account) -> dict[str, object]:
    """Who the account is and where its PDS lives: here."""
    return {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": account.native_id,
        "alsoKnownAs": [f"at://{public_handle(account)}"],
        "verificationMethod": [],
        "service": [
            {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": request.base_url},
        ],
    }


def _account_of(connection: Connection, identifier: str, password: str) -> Account | None:
    handle = credentials.handle_in(password)
    if handle is None:
        return None
    key = credentials.account_key("bluesky", handle)
    if identifier != credentials.native_id("bluesky", key, handle):
        if credentials.account_key("bluesky", identifier) != key:
            return None
        handle = identifier
    account = credentials.get_or_make_account(connection, "bluesky", handle)
    is_good = credentials.look_at(connection, "bluesky", "password", password).state == "live"
    return account if is_good else None


def _refresh_token(connection: Connection, request: Request) -> credentials.Token | Reply:
    if request.bearer is None:
        return errors.no_token()
    found = credentials.look_at(connection, "bluesky", "refresh", request.bearer)
    if found.state in ("live", "used"):
        return found
    answers = {"expired": errors.expired, "revoked": errors.refresh_revoked}
    return answers.get(found.state, errors.unverified)()


def _living(connection: Connection, key: str) -> Account | Reply:
    account = credentials.find_account(connection, "bluesky", key)
    if account is None:
        return errors.unverified()
    return errors.taken_down() if account.is_suspended else account


def _open(connection: Connection, request: Request, account: Account, grant_id: str | None) -> Reply:
    grant_id = grant_id or credentials.new_grant_id()
    access = _token_like_a_jwt("at+jwt", "com.atproto.access", account, ACCESS_SECONDS)
    again = _token_like_a_jwt("refresh+jwt", "com.atproto.refresh", account, REFRESH_SECONDS)
    credentials.hand_out(connection, "bluesky", "access", account.key, grant_id, access, ACCESS_SECONDS)
    credentials.hand_out(connection, "bluesky", "refresh", account.key, grant_id, again, REFRESH_SECONDS)
    return json_reply(200, {"accessJwt": access, "refreshJwt": again, **_about(request, account)})


def _about(request: Request, account: Account) -> dict[str, object]:
    return {
        "handle": public_handle(account),
        "did": account.native_id,
        "didDoc": did_document(request, account),
        "emailConfirmed": True,
        "active": True,
    }


def _token_like_a_jwt(kind: str, scope: str, account: Account, lifetime_seconds: float) -> str:
    """Readable like a PDS's token, and worth only what the sandbox has stored about it."""
    now = int(time.time())
    claims = {
        "scope": scope, "aud": "did:web:localhost", "sub": account.native_id, "iat": now,
        "exp": now + int(lifetime_seconds), "jti": secrets.token_hex(16),
    }  # fmt: skip
    parts = (json.dumps({"typ": kind, "alg": "HS256"}), json.dumps(claims), secrets.token_hex(16))
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)
