"""Accounts of the tests that speak the networks' protocols by hand, so that no adapter stands between."""

import re
import time
from contextlib import AbstractContextManager
from typing import Any, Protocol

import httpx

from tests.support.sandbox_server import Sandbox

POSTED_AT = "2026-11-01T10:00:00.000Z"
_TID = "234567abcdefghijklmnopqrstuvwxyz"


class Speaker(Protocol):
    """What the fault tests need of any network."""

    network: str
    handle: str
    sandbox: Sandbox

    def publish(self, text: str, timeout: float = 15) -> httpx.Response:
        """One publish conversation; the same text again is the same post again."""

    def open_publish(self, text: str) -> AbstractContextManager[httpx.Response]:
        """One publish conversation whose answer is read piece by piece."""

    def refresh(self) -> httpx.Response:
        """Ask for new tokens and use them from now on if there are any."""

    def reconnect(self) -> None:
        """What a person does after access was taken away: a new credential."""


class XSpeaker:
    network = "x"

    def __init__(self, sandbox: Sandbox, handle: str) -> None:
        self.sandbox = sandbox
        self.handle = handle
        self.access = f"sandbox_{handle}"
        self.refresh_token = f"sandbox_refresh_{handle}"
        self.client = httpx.Client(base_url=sandbox.x, timeout=15, trust_env=False, verify=False)

    def publish(self, text: str, timeout: float = 15) -> httpx.Response:
        return self.call("POST", "/2/tweets", json={"text": text}, timeout=timeout)

    def open_publish(self, text: str) -> AbstractContextManager[httpx.Response]:
        headers = {"authorization": f"Bearer {self.access}"}
        return self.client.stream("POST", "/2/tweets", json={"text": text}, headers=headers)

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.client.request(method, path, headers={"authorization": f"Bearer {self.access}"}, **options)

    def timeline(self, **query: str | int) -> dict[str, Any]:
        answer = self.call("GET", f"/2/users/{self.handle}/tweets", params=query)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    def refresh(self) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": self.refresh_token, "client_id": "any"}
        answer = self.client.post("/2/oauth2/token", data=form)
        if answer.is_success:
            self.access, self.refresh_token = answer.json()["access_token"], answer.json()["refresh_token"]
        return answer

    def reconnect(self) -> None:
        self.access = f"sandbox_{self.handle}~again"

    def close(self) -> None:
        self.client.close()


class BlueskySpeaker:
    network = "bluesky"

    def __init__(self, sandbox: Sandbox, handle: str) -> None:
        self.sandbox = sandbox
        self.handle = handle
        self.client = httpx.Client(base_url=f"{sandbox.bluesky}/xrpc/", timeout=15, trust_env=False, verify=False)
        self.session: dict[str, Any] = {}
        self._keys: dict[str, str] = {}
        self.log_in()

    @property
    def did(self) -> str:
        return str(self.session["did"])

    def log_in(self, password: str | None = None) -> httpx.Response:
        given = {"identifier": self.handle, "password": password or f"sandbox_{self.handle}"}
        answer = self.client.post("com.atproto.server.createSession", json=given)
        if answer.is_success:
            self.session = answer.json()
        return answer

    def publish(self, text: str, timeout: float = 15) -> httpx.Response:
        return self.call("POST", "com.atproto.repo.putRecord", json=self._post(text), timeout=timeout)

    def open_publish(self, text: str) -> AbstractContextManager[httpx.Response]:
        headers = {"authorization": f"Bearer {self.session['accessJwt']}"}
        return self.client.stream("POST", "com.atproto.repo.putRecord", json=self._post(text), headers=headers)

    def put(self, key: str, text: str, method: str = "putRecord", **more: object) -> httpx.Response:
        return self.write(method, {"rkey": key, "record": {"text": text, "createdAt": POSTED_AT, **more}})

    def write(self, method: str, more: dict[str, object]) -> httpx.Response:
        body = {"repo": self.did, "collection": "app.bsky.feed.post", **more}
        return self.call("POST", f"com.atproto.repo.{method}", json=body)

    def call(self, verb: str, method: str, **options: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.session['accessJwt']}"}
        return self.client.request(verb, method, headers=headers, **options)

    def refresh(self) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.session['refreshJwt']}"}
        answer = self.client.post("com.atproto.server.refreshSession", headers=headers)
        if answer.is_success:
            self.session = answer.json()
        return answer

    def reconnect(self) -> None:
        assert self.log_in(f"sandbox_{self.handle}~again").is_success

    def close(self) -> None:
        self.client.close()

    def _post(self, text: str) -> dict[str, object]:
        key = self._keys.setdefault(text, new_key())
        record = {"text": text, "createdAt": POSTED_AT}
        return {"repo": self.did, "collection": "app.bsky.feed.post", "rkey": key, "record": record}


class MastodonSpeaker:
    network = "mastodon"

    def __init__(self, sandbox: Sandbox, handle: str) -> None:
        self.sandbox = sandbox
        self.handle = handle
        self.access = f"sandbox_{handle}"
        self.client = httpx.Client(base_url=sandbox.mastodon, timeout=15, trust_env=False, verify=False)

    @property
    def account_id(self) -> str:
        return str(self.call("GET", "/api/v1/accounts/verify_credentials").json()["id"])

    def publish(self, text: str, timeout: float = 15) -> httpx.Response:
        headers = {"idempotency-key": text.encode().hex()}
        return self.call("POST", "/api/v1/statuses", headers=headers, data={"status": text}, timeout=timeout)

    def open_publish(self, text: str) -> AbstractContextManager[httpx.Response]:
        headers = {"authorization": f"Bearer {self.access}"}
        return self.client.stream("POST", "/api/v1/statuses", json={"status": text}, headers=headers)

    def post(self, **fields: object) -> httpx.Response:
        return self.call("POST", "/api/v1/statuses", json=fields)

    def upload(self, content: bytes, description: str = "", name: str = "a.png") -> httpx.Response:
        form = {"description": description} if description else {}
        return self.call("POST", "/api/v2/media", files={"file": (name, content)}, data=form)

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.access}", **options.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **options)

    def refresh(self) -> httpx.Response:
        """Mastodon has no refresh: what helps against an expired token is a new one."""
        return self.client.post("/oauth/token", data={"grant_type": "refresh_token", "refresh_token": self.access})

    def reconnect(self) -> None:
        self.access = f"sandbox_{self.handle}~again"

    def close(self) -> None:
        self.client.close()


def new_key() -> str:
    """A record key by time, as the network wants it."""
    number = time.time_ns() // 1000 << 10
    return "".join(_TID[number >> shift & 31] for shift in range(60, -1, -5))


def renew(speaker: Speaker) -> None:
    """What helps against an expired token: a refresh, or a new consent where the network knows no refresh."""
    if speaker.network == "mastodon":
        speaker.reconnect()
    else:
        assert speaker.refresh().status_code == 200


def outcome(speaker: Speaker, text: str) -> str:
    """How one publish conversation ended, in one word or status."""
    try:
        answer = speaker.publish(text)
    except httpx.RemoteProtocolError:
        return "closed"
    except httpx.ReadError:
        return "reset"
    if answer.status_code == 403 and "duplicate" in answer.text:
        return "duplicate"
    is_json = re.match("application/json", answer.headers.get("content-type", "")) is not None
    return "published" if answer.is_success and is_json else str(answer.status_code)


def seen(speaker: Speaker) -> list[str]:
    """The texts of this account that became visible."""
    items = speaker.sandbox.log(network=speaker.network, account=speaker.handle)
    return [item["text"] for item in items]
