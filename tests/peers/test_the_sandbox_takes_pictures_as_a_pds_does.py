"""The same uploads and records to the sandbox and to the real server get the same answers, word for word."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.peers.pds import Pds
from tests.sandbox.drawn import picture
from tests.support.sandbox_server import Sandbox, running_sandbox

Change = Callable[[dict[str, Any]], Any]
NOBODYS = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"

EMBEDS: dict[str, Change] = {
    "one image": lambda image: [image],
    "four": lambda image: [image] * 4,
    "five": lambda image: [image] * 5,
    "none": lambda image: [],
    "no list": lambda image: "x",
    "no object": lambda image: ["x"],
    "no alt": lambda image: [{"image": image["image"]}],
    "alt is a number": lambda image: [{**image, "alt": 7}],
    "no image": lambda image: [{"alt": ""}],
    "image is a word": lambda image: [{**image, "image": "x"}],
    "half a blob": lambda image: [{**image, "image": {"$type": "blob"}}],
    "too large": lambda image: [{**image, "image": {**image["image"], "size": 2_000_001}}],
    "no image type": lambda image: [{**image, "image": {**image["image"], "mimeType": "text/plain"}}],
    "another size": lambda image: [{**image, "image": {**image["image"], "size": 7}}],
    "another type": lambda image: [{**image, "image": {**image["image"], "mimeType": "image/gif"}}],
    "nobody's": lambda image: [{**image, "image": {**image["image"], "ref": {"$link": NOBODYS}}}],
    "a ratio": lambda image: [{**image, "aspectRatio": {"width": 3, "height": 2}}],
    "a flat ratio": lambda image: [{**image, "aspectRatio": {"width": 0, "height": 2}}],
    "half a ratio": lambda image: [{**image, "aspectRatio": {"width": 3}}],
    "a broken ratio": lambda image: [{**image, "aspectRatio": {"width": 1.5, "height": 2}}],
    "a ratio in words": lambda image: [{**image, "aspectRatio": "3:2"}],
}


class Server:
    """One account on a server that speaks XRPC."""

    def __init__(self, url: str, handle: str, password: str) -> None:
        self.client = httpx.Client(base_url=f"{url}/xrpc/", timeout=30, trust_env=False)
        answer = self.client.post(
            "com.atproto.server.createSession", json={"identifier": handle, "password": password}
        ).json()
        self.did = answer["did"]
        self.client.headers["authorization"] = f"Bearer {answer['accessJwt']}"

    def upload(self, content: bytes, kind: str) -> httpx.Response:
        headers = {"content-type": kind} if kind else {}
        return self.client.post("com.atproto.repo.uploadBlob", content=content, headers=headers)

    def post(self, images: object) -> tuple[int, str | None, str | None]:
        record = {"text": "hi", "createdAt": "2026-11-01T10:00:00.000Z"}
        embed = {"$type": "app.bsky.embed.images", "images": images}
        body = {"repo": self.did, "collection": "app.bsky.feed.post", "record": {**record, "embed": embed}}
        answer = self.client.post("com.atproto.repo.createRecord", json=body)
        return answer.status_code, answer.json().get("error"), answer.json().get("message")


@pytest.fixture(scope="module")
def own_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder: Path = tmp_path_factory.mktemp("sandbox")
    with running_sandbox(folder) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def both(real_pds: Pds, own_sandbox: Sandbox) -> Iterator[tuple[Server, Server]]:
    account = real_pds.new_account()
    real = Server(real_pds.url, account.handle, account.password)
    ours = Server(own_sandbox.bluesky, "alice", "sandbox_alice")
    yield real, ours
    real.client.close()
    ours.client.close()


@pytest.mark.parametrize("case", EMBEDS)
def test_a_record_is_taken_or_refused_with_the_same_words(both: tuple[Server, Server], case: str) -> None:
    photo = picture(colour=list(EMBEDS).index(case))  # a blob that no record refers to yet
    image = {"image": both[0].upload(photo, "image/png").json()["blob"], "alt": "a"}
    assert both[1].upload(photo, "image/png").json()["blob"] == image["image"]
    real, ours = (server.post(EMBEDS[case](image)) for server in both)
    assert ours == real


@pytest.mark.parametrize(
    ("content", "kind"),
    [(picture(), "image/png"), (b"hello", "image/png"), (b"", "image/png"), (picture(), "text/plain"), (b"x", ""),
     (bytes(5 * 1024 * 1024), "image/png"), (bytes(5 * 1024 * 1024 + 1), "image/png")],
    ids=["a picture", "no picture", "empty", "another type", "no type", "five MiB", "a byte more"],
)  # fmt: skip
def test_an_upload_is_answered_with_the_same_words(both: tuple[Server, Server], content: bytes, kind: str) -> None:
    real, ours = (server.upload(content, kind) for server in both)
    assert (ours.status_code, ours.json()) == (real.status_code, real.json())
