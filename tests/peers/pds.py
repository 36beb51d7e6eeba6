"""The real Bluesky server (PDS) and its directory of identities (PLC) on loopback, for tests and for a look by hand.

By hand: `.venv/bin/python -m tests.peers.pds --accounts alice.test,bob.test` runs until Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self, cast

import httpx
import jwt

from tests.peers import child
from tests.peers.node_app import NodeApp, PeerUnavailable, install

PDS_APP = NodeApp(
    name="bluesky-pds-0.5.35",
    packages=("@atproto/pds@0.5.35", "@did-plc/server@0.0.1"),
    as_of="2026-11-20",
    probe="new (require('better-sqlite3'))(':memory:').close()",
)
POSTS = "app.bsky.feed.post"
START_LIMIT_SECONDS = 30.0


@dataclass(frozen=True)
class Account:
    did: str
    handle: str
    password: str


@dataclass(frozen=True)
class Session:
    did: str
    handle: str
    access_token: str
    refresh_token: str


@dataclass(frozen=True)
class Record:
    """One record as the server stores it; `rkey` is the last part of `uri`."""

    uri: str
    cid: str
    value: dict[str, object]

    @property
    def rkey(self) -> str:
        return self.uri.rsplit("/", 1)[1]


class PdsError(Exception):
    """The server said no to one of this module's own calls: its HTTP status and its error's name."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        answer = response.json() if response.content.startswith(b"{") else {}
        self.error = str(answer.get("error", ""))
        super().__init__(f"{response.request.url.path}: {self.status} {response.text[:300]}")


def start_pds(*, rate_limits: bool = False, announce: Callable[[str], None] = print) -> Pds:
    """A server with nothing in it, ready; installed first where it isn't (about a minute, once per machine).

    `rate_limits` turns on the network's own (3000 requests per 5 minutes, 30 logins per 5 minutes and account, …).
    `announce` is told when an install begins. Raises PeerUnavailable where this machine can't have it.
    """
    install(PDS_APP, announce)
    return Pds(rate_limits=rate_limits)


class Pds:
    """A running server. `url` is what a client is given as the account's server; its DIDs and OAuth say `localhost`."""

    def __init__(self, *, rate_limits: bool) -> None:
        # pyjwt wants keys of 32 bytes and more; the server takes any.
        self._jwt_secret = secrets.token_hex(32)
        self._admin_password = secrets.token_hex(16)
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        with _loopback_socket() as pds, _loopback_socket() as plc:
            self.url = f"http://127.0.0.1:{pds.getsockname()[1]}"
            self.plc_url = f"http://127.0.0.1:{plc.getsockname()[1]}"
            self._server = self._launch(pds, plc, rate_limits)
        self._client = httpx.Client(base_url=self.url, trust_env=False, timeout=30.0)
        try:
            self._wait_until_ready()
        except BaseException:  # whatever interrupts the wait, the server must not stay
            self.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._server.pid

    def create_account(self, handle: str, password: str) -> str:
        """The new account's DID. Handles end in `.test`; a handle in use is PdsError 400 HandleNotAvailable."""
        email = handle.replace(".", "-") + "@mail.test"
        answer = self._call(
            "com.atproto.server.createAccount", {"handle": handle, "password": password, "email": email}
        )
        return str(answer["did"])

    def new_account(self) -> Account:
        """An account nobody else has: the server is shared by all tests of a run."""
        handle, password = f"user-{secrets.token_hex(5)}.test", secrets.token_hex(8)
        return Account(self.create_account(handle, password), handle, password)

    def session(self, identifier: str, password: str) -> Session:
        """A new login by handle or DID."""
        answer = self._call("com.atproto.server.createSession", {"identifier": identifier, "password": password})
        return Session(*(str(answer[key]) for key in ("did", "handle", "accessJwt", "refreshJwt")))

    def get_record(self, did: str, rkey: str, collection: str = POSTS) -> Record | None:
        """The stored record, read without a login; None if there is none by that key."""
        query = {"repo": did, "collection": collection, "rkey": rkey}
        response = self._client.get("/xrpc/com.atproto.repo.getRecord", params=query)
        if response.status_code == 400 and response.json().get("error") == "RecordNotFound":
            return None
        return _record(_answer(response))

    def get_blob(self, did: str, cid: str) -> tuple[str, bytes]:
        """A stored file's content type and bytes, as the network's other servers read them."""
        response = self._client.get("/xrpc/com.atproto.sync.getBlob", params={"did": did, "cid": cid})
        if not response.is_success:
            raise PdsError(response)
        return response.headers["content-type"], response.content

    def list_posts(self, did: str) -> list[Record]:
        """Every post the account has now, ordered by record key (for our keys: oldest first)."""
        return list(self._pages(did))

    def expired_access_token(self, did: str) -> str:
        """An access token this server signed that ran out an hour ago."""
        issued_at = int(time.time()) - 3 * 3600
        claims = {"scope": "com.atproto.access", "aud": "did:web:localhost", "sub": did}
        times = {"iat": issued_at, "exp": issued_at + 2 * 3600}
        return jwt.encode(claims | times, self._jwt_secret, algorithm="HS256", headers={"typ": "at+jwt"})

    def take_down(self, did: str, *, applied: bool = True) -> None:
        """Suspend the account as a moderator would, or with `applied=False` lift it."""
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": did}
        body: dict[str, object] = {"subject": subject, "takedown": {"applied": applied, "ref": "test"}}
        self._call("com.atproto.admin.updateSubjectStatus", body, as_admin=True)

    def stop(self) -> None:
        """End the server and forget all it held; a second time does nothing."""
        self._client.close()
        if self._server.poll() is None:
            self._server.send_signal(signal.SIGTERM)  # it removes its folder, then goes
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._server.wait(5)
        child.end_group(self._server)
        self._log.close()
        if self._server.stdin is not None:
            self._server.stdin.close()

    def _launch(self, pds: socket.socket, plc: socket.socket, rate_limits: bool) -> subprocess.Popen[bytes]:
        settings = {
            "app": str(PDS_APP.modules),
            "pdsPort": pds.getsockname()[1],
            "pdsFd": pds.fileno(),
            "plcPort": plc.getsockname()[1],
            "plcFd": plc.fileno(),
            "jwtSecret": self._jwt_secret,
            "dpopSecret": secrets.token_hex(32),
            "adminPassword": self._admin_password,
            "rotationKey": secrets.token_hex(32),
            "rateLimits": rate_limits,
        }
        script = Path(__file__).with_name("pds_server.mjs")
        return subprocess.Popen(
            child.dies_with_us([str(PDS_APP.node), str(script), json.dumps(settings)]),
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(PDS_APP.folder)},
            stdin=subprocess.PIPE,  # never written to: its end tells the server that we are gone
            stdout=self._log,
            stderr=subprocess.STDOUT,
            pass_fds=[pds.fileno(), plc.fileno()],
            start_new_session=True,
        )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while time.monotonic() < deadline and self._server.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if self._client.get("/xrpc/_health", timeout=2.0).is_success:
                    return
            time.sleep(0.05)
        self._log.seek(0)
        raise RuntimeError("the Bluesky server did not start: " + self._log.read()[-2000:].decode(errors="replace"))

    def _pages(self, did: str) -> Iterator[Record]:
        query = {"repo": did, "collection": POSTS, "limit": "100", "reverse": "true"}
        while True:
            answer = _answer(self._client.get("/xrpc/com.atproto.repo.listRecords", params=query))
            yield from map(_record, cast(list[dict[str, object]], answer["records"]))
            if not answer.get("cursor"):
                return
            query["cursor"] = str(answer["cursor"])

    def _call(self, method: str, body: dict[str, object], *, as_admin: bool = False) -> dict[str, object]:
        auth = httpx.BasicAuth("admin", self._admin_password) if as_admin else httpx.USE_CLIENT_DEFAULT
        return _answer(self._client.post(f"/xrpc/{method}", json=body, auth=auth))


def _loopback_socket() -> socket.socket:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


def _answer(response: httpx.Response) -> dict[str, object]:
    if not response.is_success:
        raise PdsError(response)
    return cast(dict[str, object], response.json())


def _record(answer: dict[str, object]) -> Record:
    return Record(str(answer["uri"]), str(answer["cid"]), cast(dict[str, object], answer["value"]))


def main() -> None:
    """Run a server with the named accounts until Ctrl-C or SIGTERM, and print how to reach it."""
    parser = argparse.ArgumentParser(prog="python -m tests.peers.pds", description=__doc__)
    parser.add_argument("--accounts", default="alice.test", help="handles ending in .test, with commas between")
    parser.add_argument("--rate-limits", action="store_true", help="with the network's own limits")
    options = parser.parse_args()
    try:
        pds = start_pds(rate_limits=options.rate_limits)
    except PeerUnavailable as reason:
        raise SystemExit(f"no Bluesky server here: {reason}") from None
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with pds, contextlib.suppress(KeyboardInterrupt):
        print(f"server  {pds.url}\nPLC     {pds.plc_url}")
        for handle in options.accounts.split(","):
            password = secrets.token_hex(8)
            print(f"account {handle}  password {password}  {pds.create_account(handle, password)}", flush=True)
        print("Ctrl-C stops it and forgets everything.", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
