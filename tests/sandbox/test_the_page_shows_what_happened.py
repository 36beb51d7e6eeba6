"""`/sandbox/` for people: posts as the network shows them, the faults that were played, and nothing dangerous."""

import re

import pytest

from dravo_app.sandbox import view
from tests.sandbox.speakers import BlueskySpeaker, XSpeaker, new_key, outcome
from tests.support.sandbox_server import Sandbox


def test_each_network_has_its_timeline(sandbox: Sandbox, x: XSpeaker, bluesky: BlueskySpeaker) -> None:
    x.publish(f"by {x.handle} on one")
    bluesky.publish(f"by {bluesky.handle} on the other")
    page = read(sandbox)
    first, second = page.split("aria-label='Bluesky'")
    assert f"by {x.handle} on one" in first
    assert f"by {bluesky.handle} on the other" in second
    assert f"@{bluesky.handle}.test" in second


def test_x_links_by_itself_and_bluesky_by_facets(sandbox: Sandbox, x: XSpeaker, bluesky: BlueskySpeaker) -> None:
    text = "é https://example.com #tag"
    facet = {"index": {"byteStart": 3, "byteEnd": 22}, "features": [{"$type": "app.bsky.richtext.facet#link"}]}
    x.publish(text)
    bluesky.put(new_key(), text, facets=[facet])
    assert "é <i>example.com</i> <i>#tag</i>" in read(sandbox, network="x", account=x.handle)
    assert "é <i>https://example.com</i> #tag" in read(sandbox, network="bluesky", account=bluesky.handle)


def test_nothing_in_a_post_becomes_part_of_the_page(sandbox: Sandbox, x: XSpeaker, bluesky: BlueskySpeaker) -> None:
    text = '<script>alert(1)</script> [[sandbox: slow 0s]] \'"<img src=x onerror=alert(1)> https://a.com/"onmouseover'
    assert outcome(x, text) == outcome(bluesky, text) == "published"
    page = read(sandbox)
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <mark>sandbox: slow 0s</mark>" in page


def test_a_facet_beyond_the_end_or_across_a_letter_harms_nobody(sandbox: Sandbox, bluesky: BlueskySpeaker) -> None:
    feature = {"$type": "app.bsky.richtext.facet#link"}
    ranges = [(0, 1), (1, 999), (5, 2), (3, 4)]
    facets = [{"index": {"byteStart": start, "byteEnd": end}, "features": [feature]} for start, end in ranges]
    bluesky.put(new_key(), "éé end", facets=facets)
    assert " end" in read(sandbox, account=bluesky.handle)


def test_what_was_deleted_is_marked_and_still_there(sandbox: Sandbox, x: XSpeaker) -> None:
    post_id = x.publish("a mistake").json()["data"]["id"]
    x.call("DELETE", f"/2/tweets/{post_id}")
    page = read(sandbox, account=x.handle)
    assert "a mistake" in page
    assert "deleted since" in page


def test_faults_that_were_played_are_shown(sandbox: Sandbox, x: XSpeaker) -> None:
    outcome(x, "a [[sandbox: 429 retry-after 7]]")
    sandbox.faults(network="x", account=x.handle, script=["answer lost"])
    page = read(sandbox)
    assert "<code>429 retry-after 7</code>" in page
    assert "&quot;answer lost&quot;" in page


def test_older_posts_are_one_link_away(sandbox: Sandbox, x: XSpeaker) -> None:
    for number in range(27):
        x.publish(f"post number {number}.")
    page = read(sandbox, network="x", account=x.handle)
    assert "post number 26." in page
    assert "post number 1." not in page
    link = re.search(r"class=more href='([^']+)'", page)
    assert link is not None
    older = sandbox.call("GET", link[1].replace("&amp;", "&")).text
    assert "post number 1." in older
    assert "post number 2." not in older


def test_the_page_asks_for_nothing_from_elsewhere(sandbox: Sandbox, x: XSpeaker) -> None:
    x.publish("hello https://example.com")
    answer = sandbox.call("GET", "/sandbox/")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert not re.search(r"(?:src|href)=['\"]?(?:https?:)?//", answer.text)
    assert sandbox.call("GET", "/sandbox").text[:15] == "<!doctype html>"


@pytest.mark.parametrize("query", ["network=myspace", "before=0", "before=x", "colour=red"])
def test_a_parameter_that_makes_no_sense_is_a_400(sandbox: Sandbox, query: str) -> None:
    assert sandbox.call("GET", f"/sandbox/?{query}").status_code == 400


def test_web_serves_the_same_from_the_file(sandbox: Sandbox, x: XSpeaker) -> None:
    x.publish("hello")
    answer = view.handle(sandbox.file, "GET", "/sandbox/log", f"account={x.handle}", b"")
    assert answer.status == 200
    assert b'"hello"' in answer.body
    wish = f'{{"network": "x", "account": "{x.handle}", "script": ["500 before"]}}'.encode()
    assert view.handle(sandbox.file, "POST", "/sandbox/faults", "", wish).status == 200
    assert outcome(x, "hello again") == "500"


def read(sandbox: Sandbox, **query: str) -> str:
    answer = sandbox.call("GET", "/sandbox/", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text
