import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Message

from dravo_app.ui.hardened import hardened
from tests.conftest import Settle
from tests.support.api_client import running_client


@pytest.fixture
def client(settle: Settle, tmp_path: Path) -> Iterator[httpx.Client]:
    settle(DRAVO_PUBLIC_URL="https://posts.example.com")
    (tmp_path / "index.html").write_text("<script>one()</script><script src='/assets/a.js'></script>")
    with running_client(hardened(_app(), tmp_path)) as client:
        yield client


def _app() -> Starlette:
    async def html(request: Request) -> Response:
        return HTMLResponse("<p>page</p>")

    async def json(request: Request) -> Response:
        return JSONResponse({})

    async def moved(request: Request) -> Response:
        return RedirectResponse("http://dravo.test/history/?q=a")

    async def elsewhere(request: Request) -> Response:
        return RedirectResponse("https://x.com/")

    paths = {"/": html, "/v1/x": json, "/assets/a-1f2e.js": json, "/history": moved, "/out": elsewhere, "/_event": json}
    return Starlette(routes=[Route(path, answer) for path, answer in paths.items()])


def test_a_page_runs_only_the_scripts_it_was_built_with(client: httpx.Client) -> None:
    policy = client.get("/").headers["content-security-policy"]

    assert policy.count("'sha256-") == 1
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", ["/", "/v1/x", "/out"])
def test_every_answer_is_guarded(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"


def test_hashed_files_are_kept_for_ever_and_pages_never(client: httpx.Client) -> None:
    assert "immutable" in client.get("/assets/a-1f2e.js").headers["cache-control"]
    assert client.get("/").headers["cache-control"] == "no-cache"
    assert client.get("/assets/gone.js").headers.get("cache-control") is None


def test_a_redirect_to_ourselves_names_no_host(client: httpx.Client) -> None:
    assert client.get("/history").headers["location"] == "/history/?q=a"
    assert client.get("/out").headers["location"] == "https://x.com/"


def test_a_foreign_page_opens_no_event_socket(settle: Settle, tmp_path: Path) -> None:
    settle()
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"dravo.test"), (b"origin", b"http://evil.example")]
    scope = {"type": "websocket", "path": "/_event/", "headers": headers}
    guarded = hardened(_app(), tmp_path)

    async def connect() -> None:
        await guarded(scope, receive, send)

    asyncio.run(connect())

    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("http://dravo.test", 200),
        ("https://posts.example.com", 200),
        ("http://evil.example", 403),
        ("null", 403),
    ],
)
def test_events_come_from_our_own_pages_only(client: httpx.Client, origin: str | None, status: int) -> None:
    assert client.get("/_event", headers={"origin": origin} if origin else {}).status_code == status
