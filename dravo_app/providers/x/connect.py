"""X: whose tokens these are, and the next pair of tokens."""

from base64 import b64encode
from datetime import datetime, timedelta

import httpx

from dravo_app.errors import AppNotApproved, ReconnectRequired
from dravo_app.providers import http
from dravo_app.providers.http import Answer
from dravo_app.providers.types import Credentials, Identity, Json
from dravo_app.providers.x import errors, facts


def identify(client: httpx.Client, base_url: str, credentials: Credentials) -> Identity:
    """The account of the access token. What was given is kept, with the user's id added."""
    answer = http.read(
        client,
        "GET",
        f"{base_url}/2/users/me",
        provider=facts.SLUG,
        headers=http.bearer(credentials.get("access_token"), facts.SLUG),
        secrets=http.secrets_of(credentials),
    )
    if not answer.is_success:
        errors.refuse(answer)
    user_id = http.require(answer, "data", "id", kind=str)
    handle = http.require(answer, "data", "username", kind=str)
    return Identity(user_id, handle, {**credentials, "user_id": user_id})


def refresh(
    client: httpx.Client, base_url: str, credentials: Credentials, now: datetime
) -> tuple[Credentials, datetime | None]:
    """New credentials and when they end. The refresh token is spent by the call; X answers with the next one."""
    form, auth = _form(credentials)
    answer = http.read(
        client,
        "POST",
        f"{base_url}/2/oauth2/token",
        provider=facts.SLUG,
        headers=auth,
        form=form,
        secrets=http.secrets_of(credentials),
    )
    if not answer.is_success:
        _refuse_refresh(answer)
    fresh: dict[str, Json] = {**credentials, "access_token": http.require(answer, "access_token", kind=str)}
    fresh["refresh_token"] = http.find(answer.body, "refresh_token", kind=str) or credentials["refresh_token"]
    seconds = http.find(answer.body, "expires_in", kind=int)
    ends = 0 < (seconds or 0) <= 10**8
    return fresh, now + timedelta(seconds=seconds) if seconds and ends else None


def _form(credentials: Credentials) -> tuple[dict[str, str], dict[str, str]]:
    token, client_id, secret = (credentials.get(name) for name in ("refresh_token", "client_id", "client_secret"))
    if not isinstance(token, str) or not token:
        raise ReconnectRequired(
            "X ended the access and there is no refresh token; connect the account again.", provider=facts.SLUG
        )
    form = {"grant_type": "refresh_token", "refresh_token": token}
    if isinstance(client_id, str) and isinstance(secret, str) and secret:
        return form, {"Authorization": f"Basic {b64encode(f'{client_id}:{secret}'.encode()).decode()}"}
    return form | ({"client_id": client_id} if isinstance(client_id, str) else {}), {}


def _refuse_refresh(answer: Answer) -> None:
    code = http.find(answer.body, "error", kind=str) or ""
    if code in ("invalid_client", "unauthorized_client"):
        raise http.error(AppNotApproved, answer, "X doesn't accept the developer app's id or secret.")
    if answer.status in (400, 401, 403) and isinstance(answer.body, dict):
        raise http.error(ReconnectRequired, answer, "X no longer renews this access; connect the account again.")
    errors.refuse(answer)
