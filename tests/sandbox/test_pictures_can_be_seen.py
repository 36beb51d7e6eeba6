"""What was uploaded is shown under /sandbox/media/, to nobody's harm, and on the page beside its description."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from dravo_app.sandbox import media, store, view
from dravo_app.sandbox.pictures import Picture
from tests.sandbox.drawn import picture
from tests.sandbox.speakers import BlueskySpeaker, MastodonSpeaker, XSpeaker
from tests.support.chromium import running_chromium
from tests.support.sandbox_server import Sandbox
from tests.ui.axe import expect_accessible


def test_a_picture_is_shown_as_what_its_bytes_say_and_can_do_nothing(
    sandbox: Sandbox, mastodon: MastodonSpeaker
) -> None:
    content = picture("WEBP", colour=33)
    address = post_with(mastodon, content)
    answer = sandbox.call("GET", address)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, content, "image/webp")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers.get_list("content-security-policy") == ["default-src 'none'; sandbox"]
    from_web = view.handle(sandbox.file, "GET", address, "", b"")
    assert (from_web.status, from_web.body) == (200, content)
    assert ("x-content-type-options", "nosniff") in from_web.headers


def test_what_is_no_picture_is_not_served(sandbox: Sandbox, bluesky: BlueskySpeaker) -> None:
    headers = {"authorization": f"Bearer {bluesky.session['accessJwt']}", "content-type": "image/png"}
    script = b"<script>alert(1)</script>"
    bluesky.client.post("com.atproto.repo.uploadBlob", content=script, headers=headers)
    with sqlite3.connect(sandbox.file) as connection:
        row = connection.execute("SELECT digest FROM pictures WHERE content = ?", (script,)).fetchone()
    connection.close()
    for name in (row[0], "0" * 64, "x", row[0].upper()):
        assert sandbox.call("GET", f"/sandbox/media/{name}").status_code == 404


def test_pictures_are_on_disk_before_anybody_hears_of_it(own_sandbox: Sandbox) -> None:
    speaker = MastodonSpeaker(own_sandbox, "ann")
    content = picture(colour=44)
    address = post_with(speaker, content)
    own_sandbox.kill()
    own_sandbox.start()
    assert own_sandbox.call("GET", address).content == content
    assert own_sandbox.log(network="mastodon")[0]["media"][0]["address"] == address
    speaker.close()


def test_beyond_the_cap_the_oldest_bytes_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "MOST_KEPT_BYTES", 250)
    store.prepare(tmp_path / "sandbox.db")
    connection = store.connect(tmp_path / "sandbox.db")
    seen = Picture("image/png", 1, 1)
    kept = [media.keep(connection, "x", str(n), "ann", bytes([n]) * 100, seen) for n in range(3)]
    assert [media.is_kept(connection, medium.digest) for medium in kept] == [False, True, True]
    again = media.keep(connection, "x", "3", "ann", bytes([0]) * 100, seen)
    assert media.read_picture(connection, again.digest) == ("image/png", bytes([0]) * 100)
    assert media.find(connection, "x", "ann", "0") is not None
    connection.close()


def test_the_page_shows_pictures_with_what_describes_them(sandbox: Sandbox, mastodon: MastodonSpeaker) -> None:
    address = post_with(mastodon, picture(colour=55), "a <b>wall</b> & 'more' [[sandbox: slow 0s]]")
    page = sandbox.call("GET", "/sandbox/", params={"network": "mastodon", "account": mastodon.handle}).text
    assert f"<img src='{address}' alt='a &lt;b&gt;wall&lt;/b&gt; &amp; &#x27;more&#x27; [[sandbox: slow 0s]]'" in page
    assert "<b>Alt</b> a &lt;b&gt;wall" in page


def test_mastodons_warning_circle_and_poll_are_shown(sandbox: Sandbox, mastodon: MastodonSpeaker) -> None:
    poll = {"options": ["yes & no", "no"], "expires_in": 7200, "multiple": True}
    mastodon.post(status="hidden", spoiler_text="the <end>", visibility="private", poll=poll)
    page = sandbox.call("GET", "/sandbox/", params={"account": mastodon.handle}).text
    assert "<summary>the &lt;end&gt;</summary><p class=text>hidden</p>" in page
    assert "Followers only" in page
    assert "<li>yes &amp; no</li>" in page
    assert "Several choices · 0 votes · 2 hours left" in page


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])
def test_everybody_can_use_the_page(own_sandbox: Sandbox, chromium: Browser, scheme: str, width: int) -> None:
    x, mastodon = XSpeaker(own_sandbox, "ann"), MastodonSpeaker(own_sandbox, "ann")
    x.publish("hello https://example.com [[sandbox: slow 0s]] #tag")
    post_with(mastodon, picture(width=900, height=600), "a wall")
    mastodon.post(status="a" * 400, spoiler_text="long", poll={"options": ["a", "b"], "expires_in": 600})
    context = chromium.new_context(
        color_scheme="dark" if scheme == "dark" else "light", viewport={"width": width, "height": 800}
    )
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{own_sandbox.url}/sandbox/")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    check(page, width)
    assert said == []
    context.close()
    x.close()
    mastodon.close()


def check(page: Page, width: int) -> None:
    expect_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.images].every(one => one.complete && one.naturalWidth > 0)")


def post_with(mastodon: MastodonSpeaker, content: bytes, alt: str = "") -> str:
    media_id = mastodon.upload(content, alt).json()["id"]
    assert mastodon.post(status="hello", media_ids=[media_id]).status_code == 200
    item = mastodon.sandbox.log(network="mastodon", account=mastodon.handle)[-1]
    return str(item["media"][0]["address"])
