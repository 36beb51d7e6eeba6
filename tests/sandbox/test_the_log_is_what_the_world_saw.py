"""One row per post that became visible, in order, for good; on disk before anybody hears of it."""

import re
import sqlite3
import threading
from pathlib import Path

import httpx
import pytest

from tests.sandbox.speakers import BlueskySpeaker, Speaker, XSpeaker, new_key, outcome, seen
from tests.support.sandbox_server import Sandbox


def test_an_item_has_exactly_the_promised_fields(speaker: Speaker) -> None:
    speaker.publish("hello & <b>")
    [item] = speaker.sandbox.log(network=speaker.network, account=speaker.handle)
    assert list(item) == ["seq", "at", "network", "account", "post_id", "text", "media", "permalink", "request_id"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", item["at"])
    assert (item["network"], item["account"], item["text"]) == (speaker.network, speaker.handle, "hello & <b>")
    assert item["media"] == []
    pages = {"x": "https://x.com/", "bluesky": "https://bsky.app/profile/", "mastodon": "https://mastodon.example/@"}
    assert item["permalink"].startswith(pages[item["network"]])


def test_an_item_names_the_request_that_made_it(speaker: Speaker) -> None:
    answer = speaker.publish("hello")
    [item] = speaker.sandbox.log(network=speaker.network, account=speaker.handle)
    assert item["request_id"] == answer.headers["sandbox-request-id"]
    [request] = [row for row in speaker.sandbox.requests() if row["request_id"] == item["request_id"]]
    assert (request["method"], request["status"]) == ("POST", answer.status_code)


def test_pages_follow_each_other_without_a_gap(own_sandbox: Sandbox) -> None:
    speaker = XSpeaker(own_sandbox, "ann")
    for number in range(5):
        speaker.publish(f"post {number}")
    speaker.close()
    texts, after = [], 0
    while items := (page := get_log(own_sandbox, after=after, limit=2).json())["items"]:
        texts.append([item["text"] for item in items])
        assert page["last_seq"] == items[-1]["seq"]
        after = page["last_seq"]
    assert texts == [["post 0", "post 1"], ["post 2", "post 3"], ["post 4"]]
    assert page == {"items": [], "last_seq": after}


def test_a_page_holds_a_hundred_items_unless_told(own_sandbox: Sandbox) -> None:
    speaker = XSpeaker(own_sandbox, "ann")
    for number in range(101):
        speaker.publish(f"post {number}")
    speaker.close()
    assert len(get_log(own_sandbox).json()["items"]) == 100
    assert len(get_log(own_sandbox, limit=1000).json()["items"]) == 101


def test_items_are_found_by_network_and_handle(own_sandbox: Sandbox) -> None:
    ann, ben = XSpeaker(own_sandbox, "ann"), BlueskySpeaker(own_sandbox, "ben.test")
    ann.publish("from ann")
    ben.publish("from ben")
    assert [item["text"] for item in own_sandbox.log(network="x")] == ["from ann"]
    for spelling in ("ben", "ben.test", "@ben.test"):
        assert [item["account"] for item in own_sandbox.log(account=spelling)] == ["ben.test"]
    assert own_sandbox.log(network="x", account="ben") == []
    ann.close()
    ben.close()


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=ten", "limit=", "limit=1&limit=2", "after=-1", "after=1.5", "after=%D9%A1",
     "after=99999999999999999999", "colour=red", "network=", "=", "a&b"],
)  # fmt: skip
@pytest.mark.parametrize("page", ["log", "requests"])
def test_a_parameter_that_makes_no_sense_is_a_400(sandbox: Sandbox, page: str, query: str) -> None:
    answer = sandbox.call("GET", f"/sandbox/{page}?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


def test_deleting_a_post_leaves_the_log_alone(x: XSpeaker, bluesky: BlueskySpeaker) -> None:
    post_id = x.publish("oops").json()["data"]["id"]
    assert x.call("DELETE", f"/2/tweets/{post_id}").json() == {"data": {"deleted": True}}
    key = new_key()
    bluesky.put(key, "oops")
    bluesky.write("deleteRecord", {"rkey": key})
    assert (seen(x), seen(bluesky)) == (["oops"], ["oops"])


def test_the_log_can_not_be_rewritten(own_sandbox: Sandbox) -> None:
    speaker = XSpeaker(own_sandbox, "ann")
    speaker.publish("hello")
    speaker.close()
    with sqlite3.connect(own_sandbox.file) as connection:
        for statement in ("DELETE FROM log", "UPDATE log SET text = 'x'"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)
    connection.close()


def test_what_was_answered_survives_kill_9(own_sandbox: Sandbox) -> None:
    told: list[str] = []
    publishers = [threading.Thread(target=publish_until_it_breaks, args=(own_sandbox, name, told)) for name in "abcd"]
    for publisher in publishers:
        publisher.start()
    while len(told) < 100:
        pass
    own_sandbox.kill()
    for publisher in publishers:
        publisher.join()
    own_sandbox.start()
    log = own_sandbox.log()
    assert set(told) <= {item["post_id"] for item in log}
    assert [item["seq"] for item in log] == sorted({item["seq"] for item in log})


def test_posts_tokens_and_played_faults_survive_a_restart(own_sandbox: Sandbox) -> None:
    x, bluesky = XSpeaker(own_sandbox, "ann"), BlueskySpeaker(own_sandbox, "ann")
    speakers: tuple[Speaker, ...] = (x, bluesky)
    for speaker in speakers:
        assert outcome(speaker, "a [[sandbox: 500 before]]") == "500"
        own_sandbox.faults(network=speaker.network, account="ann", script=["ok", "rejected"])
    x.refresh()
    own_sandbox.kill()
    own_sandbox.start()
    for speaker in speakers:
        assert outcome(speaker, "a [[sandbox: 500 before]]") == "published"
        assert outcome(speaker, "b") in ("400", "403")
    assert [post["text"] for post in x.timeline()["data"]] == ["a [[sandbox: 500 before]]"]
    x.close()
    bluesky.close()


def publish_until_it_breaks(sandbox: Sandbox, name: str, told: list[str]) -> None:
    speaker = XSpeaker(sandbox, name)
    try:
        for number in range(10_000):
            told.append(speaker.publish(f"post {number}").json()["data"]["id"])
    except httpx.TransportError:
        pass
    finally:
        speaker.close()


def get_log(sandbox: Sandbox, **query: int) -> httpx.Response:
    return sandbox.call("GET", "/sandbox/log", params=query)


def test_a_full_file_is_one_file(own_sandbox: Sandbox) -> None:
    assert own_sandbox.stop() == 0
    beside: list[Path] = [path for path in own_sandbox.file.parent.iterdir() if path.name != "sandbox.db"]
    assert beside == []
