"""snac2, a real server that speaks Mastodon's API in its own way, on loopback, for tests and for a look by hand.

By hand: `.venv/bin/python -m tests.peers.snac` prints the address and an account, and runs until Ctrl-C.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import urlsplit

import httpx

from tests.peers import child
from tests.peers.deb_app import DebApp, install
from tests.peers.node_app import PeerUnavailable

SNAC = DebApp(
    package="snac2",
    version="2.75-2~bpo12+1",
    codename="bookworm",
    suite="bookworm-backports",
    program="usr/bin/snac",
    needs="libcurl4 libssl3",
)
START_LIMIT_SECONDS = 15.0
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_HERE = "urn:ietf:wg:oauth:2.0:oob"


@dataclass(frozen=True)
class Account:
    """`handle` is its name on this server; `token` was got by the server's own OAuth. `earlier` are posts to leave out."""

    handle: str
    password: str
    token: str
    id: str
    earlier: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Post:
    """One post as its author sees it, and, where `note` is there, as other servers do."""

    status: dict[str, Any]
    note: dict[str, Any] | None

    @property
    def id(self) -> str:
        return str(self.status["id"])

    @property
    def text(self) -> str:
        return str(self.status["text"])

    @property
    def visibility(self) -> str:
        """As the post's addressees say it: the server's own word for unlisted is `public`."""
        if self.note is None:
            return str(self.status["visibility"])
        return "public" if PUBLIC in self.note["to"] else "unlisted" if PUBLIC in self.note["cc"] else "private"

    @property
    def languages(self) -> list[str]:
        return list((self.note or {}).get("contentMap", {}))


def start_snac(announce: Callable[[str], None] = print) -> Snac:
    """A server with nothing in it, ready; fetched first where it isn't. Raises PeerUnavailable where there can be none."""
    install(SNAC, announce)
    return Snac()


class Snac:
    """A running server. `url` is what a client is given; in its own words it is `localhost`."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="dravo-snac-"))
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.host = f"localhost:{port}"
        self._client = httpx.Client(
            base_url=self.url, trust_env=False, timeout=20.0, headers={"Connection": "close"}, verify=False
        )
        self._run("init", stdin=f"127.0.0.1\n{port}\n{self.host}\n\n\n")
        settings = json.loads(self._settings.read_text())
        # It delivers to itself, too, and with the four threads of a small machine it waits for itself until a timeout.
        ours = {"protocol": "http", "num_threads": 16, "queue_timeout": 1, "queue_timeout_2": 1}
        self._settings.write_text(json.dumps(settings | ours))
        self._server = self._launch()
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

    def new_account(self) -> Account:
        """An account nobody else has, with a token for everything."""
        name = f"user{secrets.token_hex(5)}"
        said = self._run("adduser", name, stdin=f"{name}\n\n")
        password = said.partition("User password is ")[2].split()[0]
        token = self._token(name, password)
        me = self._get(token, "/api/v1/accounts/verify_credentials")
        return Account(name, password, token, str(me["id"]))

    def list_posts(self, account: Account) -> list[Post]:
        """Everything that account has posted, oldest first."""
        posted = [status for status in self._statuses(account) if status["id"] not in account.earlier]
        return [Post(status, self._note(status)) for status in reversed(posted)]

    def post(self, account: Account, text: str) -> str:
        """Post as somebody else's program would; answers the id."""
        headers = {"Authorization": f"Bearer {account.token}"}
        made = self._client.post("/api/v1/statuses", headers=headers, data={"status": text})
        return str(made.raise_for_status().json()["id"])

    def stop(self) -> None:
        """End the server and forget all it held; a second time does nothing."""
        self._client.close()
        child.end_group(self._server)  # asked politely it takes two seconds, and there is nothing to save
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _base(self) -> Path:
        return self._folder / "base"

    @property
    def _settings(self) -> Path:
        return self._base / "server.json"

    def _run(self, command: str, *words: str, stdin: str) -> str:
        done = subprocess.run(
            [str(SNAC.path), command, str(self._base), *words],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=30,
            check=True,
        )
        return done.stdout

    def _launch(self) -> subprocess.Popen[bytes]:
        # The server asks other servers about names and links; here it finds none but itself.
        nobody = "http://127.0.0.1:9"
        return subprocess.Popen(
            child.dies_with_us([str(SNAC.path), "httpd", str(self._base)]),
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "http_proxy": nobody,
                "https_proxy": nobody,
                "no_proxy": "localhost,127.0.0.1",
            },
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while time.monotonic() < deadline and self._server.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if self._client.get("/api/v1/instance", timeout=2.0).is_success:
                    return
            time.sleep(0.02)
        self._log.seek(0)
        raise RuntimeError("snac did not start: " + self._log.read()[-2000:].decode(errors="replace"))

    def _token(self, name: str, password: str) -> str:
        """The server's OAuth, as a browser goes through it."""
        asked = {"client_name": "tests", "redirect_uris": _HERE, "scopes": "read write"}
        app = self._client.post("/api/v1/apps", data=asked).raise_for_status().json()
        login = {"login": name, "passwd": password, "redir": _HERE, "cid": app["client_id"], "state": ""}
        code = self._client.post("/oauth/x-snac-login", data=login).raise_for_status().text.strip()
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": _HERE}
        client = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
        given = self._client.post("/oauth/token", data=grant | client).raise_for_status().json()
        return str(given["access_token"])

    def _statuses(self, account: Account) -> Iterator[dict[str, Any]]:
        """Newest first. The home timeline: the account's own list has only what is public."""
        oldest: str | None = None
        while page := self._get(account.token, "/api/v1/timelines/home", {"max_id": oldest} if oldest else {}):
            yield from (status for status in page if status["account"]["id"] == account.id)
            oldest = page[-1]["id"]

    def _note(self, status: dict[str, Any]) -> dict[str, Any] | None:
        answer = self._client.get(urlsplit(status["url"]).path, headers={"Accept": "application/activity+json"})
        return answer.json() if answer.is_success else None

    def _get(self, token: str, path: str, params: dict[str, str] | None = None) -> Any:
        answer = self._client.get(path, headers={"Authorization": f"Bearer {token}"}, params=params)
        return answer.raise_for_status().json()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def main() -> None:
    """Run a server with one account until Ctrl-C or SIGTERM, and print how to reach it."""
    try:
        snac = start_snac()
    except PeerUnavailable as reason:
        raise SystemExit(f"no snac here: {reason}") from None
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with snac, contextlib.suppress(KeyboardInterrupt):
        account = snac.new_account()
        print(f"server  {snac.url}\naccount {account.handle}  password {account.password}  token {account.token}")
        print("Ctrl-C stops it and forgets everything.", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
