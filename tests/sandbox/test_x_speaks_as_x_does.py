"""X's API v2: shapes, refusals, and the timeline as the real one gives it back."""

import time
from typing import Any

import pytest

from dravo_app.sandbox.networks.x_text import weight
from tests.sandbox.speakers import XSpeaker, outcome
from tests.support.sandbox_server import Sandbox


def test_a_post_is_answered_with_201_and_its_id(x: XSpeaker) -> None:
    answer = x.publish("hello")
    assert answer.status_code == 201
    assert answer.json()["data"]["text"] == "hello"
    assert len(answer.json()["data"]["id"]) == 19
    assert answer.headers["x-rate-limit-limit"] == "100"
    assert int(answer.headers["x-rate-limit-reset"]) > time.time()


def test_an_unknown_token_is_a_401_problem(sandbox: Sandbox, x: XSpeaker) -> None:
    for token in ("nonsense", f"sandbox_refresh_{x.handle}", "sandbox_"):
        x.access = token
        answer = x.publish("hello")
        problem = {"title": "Unauthorized", "detail": "Unauthorized", "type": "about:blank", "status": 401}
        assert (answer.status_code, answer.json()) == (401, problem)


@pytest.mark.parametrize(
    "body",
    [
        {"text": "hello", "media_ids": ["1"]},
        {"text": ""},
        {"text": " \n"},
        {"text": 7},
        {},
        {"text": "hello", "media": {"media_ids": ["1"]}},
    ],
    ids=repr,
)
def test_a_body_that_x_does_not_know_is_a_400(x: XSpeaker, body: dict[str, Any]) -> None:
    answer = x.call("POST", "/2/tweets", json=body)
    assert answer.status_code == 400
    assert answer.json()["type"] == "https://api.twitter.com/2/problems/invalid-request"
    assert answer.json()["errors"][0]["message"]


def test_a_body_that_is_no_json_object_is_a_400(x: XSpeaker) -> None:
    for body in (b"", b"{", b"[]", b'{"text": "\\ud800"}', b"\xff"):
        assert x.call("POST", "/2/tweets", content=body).status_code == 400


def test_281_are_too_long_and_280_are_not(x: XSpeaker) -> None:
    assert x.publish("a" * 281).status_code == 400
    assert "too long" in x.publish("a" * 281).json()["detail"]
    assert outcome(x, "a" * 280) == "published"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello", 5), ("日本", 4), ("é", 1), ("e\u0301", 1), ("👨‍👩‍👧‍👦", 2), ("👍🏽", 2), ("🇫🇷", 2), ("#️⃣", 2),
        ("https://example.com/a/very/long/path/that/goes/on", 23), ("see example.com now", 31), ("readme.md", 23),
        ("test.zip", 23), ("no.thing here", 13), ("end.Next", 8), ("“quoted”", 8), ("a@b.com", 7), ("node.js", 7), ("http://localhost:8000", 21), ("x.com日本", 27),
    ],
)  # fmt: skip
def test_lengths_are_weighed_as_x_does(text: str, expected: int) -> None:
    assert weight(text) == expected


def test_the_same_text_again_is_refused_and_after_a_delete_taken(x: XSpeaker) -> None:
    post_id = x.publish("hello").json()["data"]["id"]
    refusal = x.publish("hello")
    assert refusal.status_code == 403
    assert refusal.json()["detail"] == "You are not allowed to create a Tweet with duplicate content."
    x.call("DELETE", f"/2/tweets/{post_id}")
    assert outcome(x, "hello") == "published"


def test_who_am_i_and_who_is_that(x: XSpeaker) -> None:
    me = {"id": x.handle, "name": x.handle, "username": x.handle}
    assert x.call("GET", "/2/users/me").json() == {"data": me}
    assert x.call("GET", f"/2/users/by/username/{x.handle.upper()}").json() == {"data": me}
    assert x.call("GET", "/2/users/by/username/nobody").json()["errors"][0]["title"] == "Not Found Error"


def test_the_timeline_is_escaped_shortened_and_dated_to_the_second(x: XSpeaker) -> None:
    x.publish("<b> & https://example.com/path?a=1&b=2, ok")
    [post] = x.timeline(**{"tweet.fields": "created_at,entities"})["data"]
    [url] = post["entities"]["urls"]
    assert post["text"] == f"&lt;b&gt; &amp; {url['url']}, ok"
    assert url["url"].startswith("https://t.co/")
    assert len(url["url"]) == len("https://t.co/") + 10
    assert url["expanded_url"] == "https://example.com/path?a=1&b=2"
    assert post["text"][url["start"] : url["end"]] == url["url"]
    assert post["created_at"].endswith(".000Z")


def test_the_timeline_goes_back_page_by_page_newest_first(x: XSpeaker) -> None:
    for number in range(7):
        x.publish(f"post {number}")
    first = x.timeline(max_results=5)
    second = x.timeline(max_results=5, pagination_token=first["meta"]["next_token"])
    texts = [post["text"] for page in (first, second) for post in page["data"]]
    assert texts == [f"post {number}" for number in range(6, -1, -1)]
    assert "next_token" not in second["meta"]


def test_the_timeline_starts_where_it_is_told(x: XSpeaker) -> None:
    x.publish("old")
    time.sleep(1.1)
    start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    x.publish("new")
    assert [post["text"] for post in x.timeline(start_time=start)["data"]] == ["new"]


def test_an_empty_timeline_has_no_data(x: XSpeaker) -> None:
    x.call("GET", "/2/users/me")
    assert x.timeline() == {"meta": {"result_count": 0}}


@pytest.mark.parametrize(
    "query",
    ["max_results=4", "max_results=101", "max_results=x", "start_time=yesterday", "start_time=2026-02-31T00:00:00Z",
     "pagination_token=!", "tweet.fields=colour", "colour=red", "since_id=a"],
)  # fmt: skip
def test_a_timeline_parameter_that_makes_no_sense_is_a_400(x: XSpeaker, query: str) -> None:
    answer = x.call("GET", f"/2/users/{x.handle}/tweets?{query}")
    assert answer.status_code == 400
    assert answer.json()["title"] == "Invalid Request"


def test_one_post_is_read_and_only_its_author_deletes_it(sandbox: Sandbox, x: XSpeaker) -> None:
    post_id = x.publish("mine").json()["data"]["id"]
    other = XSpeaker(sandbox, x.handle + "_other")
    assert other.call("GET", f"/2/tweets/{post_id}").json()["data"]["text"] == "mine"
    assert other.call("DELETE", f"/2/tweets/{post_id}").status_code == 403
    assert x.call("DELETE", f"/2/tweets/{post_id}").json() == {"data": {"deleted": True}}
    assert "errors" in other.call("GET", f"/2/tweets/{post_id}").json()
    other.close()


def test_an_address_that_x_does_not_have_is_a_404_problem(x: XSpeaker) -> None:
    for method, path in (("GET", "/2/tweets"), ("PUT", "/2/tweets"), ("GET", "/3/anything")):
        assert x.call(method, path).json()["status"] == 404
