"""Bluesky: sessions. One login when an account is connected, then refreshes; a login again only where a refresh can't help."""

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime

import httpx

from dravo_app.errors import ReconnectRequired
from dravo_app.providers import http
from dravo_app.providers.address import origin
from dravo_app.providers.bluesky import errors, facts
from dravo_app.providers.http import Answer
from dravo_app.providers.types import Credentials, Identity, Json

PASSWORD_NAMES = ("app_password", "password", "access_token")


def identify(client: httpx.Client, base_url: str, credentials: Credentials, handle: str) -> Identity:
    """Log in. Kept are the password, for the day on which the session is lost, the session and the account's server."""
    password = next((value for name in PASSWORD_NAMES if (value := credentials.get(name))), None)
    name = credentials.get("identifier") or handle
    identifier = name.strip().removeprefix("@") if isinstance(name, str) else ""
    if not isinstance(password, str) or not identifier:
        raise ReconnectRequired("Bluesky needs an app password and a handle.", provider=facts.SLUG)
    service = service_url(credentials) or facts.BASE_URL
    answer = _log_in(client, base_url, identifier, password)
    did = _did(answer)
    kept: dict[str, Json] = {"service": service, "did": did, "identifier": identifier, "app_password": password}
    kept |= _session(answer) | {"pds": _server(answer, did) or service}
    return Identity(did, http.require(answer, "handle", kind=str), kept, _ends_at(kept["access_jwt"]))


def refresh(client: httpx.Client, base_url: str, credentials: Credentials) -> tuple[Credentials, datetime | None]:
    """A new session, by the refresh token, else by the app password. Raises ReconnectRequired where neither works."""
    answer = _refreshed(client, base_url, credentials) or _logged_in_again(client, base_url, credentials)
    if _did(answer) != credentials.get("did", _did(answer)):
        raise http.error(ReconnectRequired, answer, "The server answered with another account's session.")
    fresh = {**credentials, **_session(answer)}
    return fresh, _ends_at(fresh["access_jwt"])


def service_url(credentials: Credentials) -> str | None:
    """The account's own server: what its DID names, else what was typed; None where neither is known."""
    given = credentials.get("pds") or credentials.get("service")
    if not given:
        return None
    address = origin(given if isinstance(given, str) else "")
    if address is None:
        raise ReconnectRequired("`service` is an address such as https://bsky.social.", provider=facts.SLUG)
    return address


def _log_in(client: httpx.Client, base_url: str, identifier: str, password: str) -> Answer:
    answer = http.read(
        client,
        "POST",
        f"{base_url}/xrpc/com.atproto.server.createSession",
        provider=facts.SLUG,
        json={"identifier": identifier, "password": password},
        secrets=[password],
    )
    if answer.is_success:
        return answer
    if errors.name(answer) == "AuthFactorTokenRequired":
        raise http.error(ReconnectRequired, answer, "Bluesky asks for a mailed code; use an app password instead.")
    if answer.status in (400, 401, 403) and errors.name(answer) and errors.name(answer) not in errors.BLOCKED:
        raise http.error(ReconnectRequired, answer, "Bluesky doesn't accept this handle and app password.")
    errors.refuse(answer)


def _refreshed(client: httpx.Client, base_url: str, credentials: Credentials) -> Answer | None:
    """The answer to the refresh token; None where there is none or it has ended, so that a login may follow."""
    if not credentials.get("refresh_jwt"):
        return None
    answer = http.read(
        client,
        "POST",
        f"{base_url}/xrpc/com.atproto.server.refreshSession",
        provider=facts.SLUG,
        headers=http.bearer(credentials["refresh_jwt"], facts.SLUG),
        secrets=http.secrets_of(credentials),
    )
    if answer.is_success:
        return answer
    if answer.status in (400, 401) and errors.name(answer) and errors.name(answer) not in errors.BLOCKED:
        return None
    errors.refuse(answer)


def _logged_in_again(client: httpx.Client, base_url: str, credentials: Credentials) -> Answer:
    identifier, password = credentials.get("did") or credentials.get("identifier"), credentials.get("app_password")
    if not isinstance(identifier, str) or not isinstance(password, str):
        raise ReconnectRequired("The session has ended; connect the account again.", provider=facts.SLUG)
    return _log_in(client, base_url, identifier, password)


def _session(answer: Answer) -> dict[str, Json]:
    return {
        "access_jwt": http.require(answer, "accessJwt", kind=str),
        "refresh_jwt": http.require(answer, "refreshJwt", kind=str),
    }


def _did(answer: Answer) -> str:
    did = http.require(answer, "did", kind=str)
    if not did.startswith("did:") or len(did) > 2048:
        raise http.unreadable(answer, "its `did` is none")
    return did


def _server(answer: Answer, did: str) -> str | None:
    """The personal data server that the account's DID document names."""
    for service in http.find(answer.body, "didDoc", "service", kind=list) or []:
        endpoint = http.find(service, "serviceEndpoint", kind=str)
        if http.find(service, "id", kind=str) in ("#atproto_pds", f"{did}#atproto_pds") and endpoint:
            return origin(endpoint)
    return None


def _ends_at(token: Json) -> datetime | None:
    """When an access token ends, as it says itself; None where it doesn't say."""
    try:
        claims = str(token).split(".")[1]
        ends = json.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
        return datetime.fromtimestamp(float(ends), UTC)
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, OSError, RecursionError):
        return None
