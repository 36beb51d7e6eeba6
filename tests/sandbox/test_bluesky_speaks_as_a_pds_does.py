"""A PDS's XRPC methods: sessions, records under our own keys, limits, and its own words for what is wrong."""

import time
from typing import Any

import httpx
import pytest

from dravo_app.sandbox.graphemes import count_graphemes
from tests.sandbox.speakers import POSTED_AT, BlueskySpeaker, new_key, seen
from tests.support.sandbox_server import Sandbox


def test_a_session_says_who_and_where(sandbox: Sandbox, bluesky: BlueskySpeaker) -> None:
    session = bluesky.session
    assert session["handle"] == f"{bluesky.handle}.test"
    assert session["did"].startswith("did:plc:")
    assert len(session["did"]) == len("did:plc:") + 24
    assert session["active"] is True
    [service] = session["didDoc"]["service"]
    assert (service["id"], service["serviceEndpoint"]) == ("#atproto_pds", sandbox.bluesky)
    about = bluesky.call("GET", "com.atproto.server.getSession").json()
    assert (about["did"], about["handle"]) == (session["did"], session["handle"])


def test_every_spelling_of_a_handle_is_one_account(sandbox: Sandbox, bluesky: BlueskySpeaker) -> None:
    for identifier in (bluesky.handle, f"{bluesky.handle}.test", f"@{bluesky.handle}.test", bluesky.did):
        given = {"identifier": identifier, "password": f"sandbox_{bluesky.handle}"}
        answer = sandbox.call("POST", "/bluesky/xrpc/com.atproto.server.createSession", json=given)
        assert answer.json()["did"] == bluesky.did


@pytest.mark.parametrize("password", ["wrong", "sandbox_somebody_else", "sandbox_refresh_{}", ""])
def test_a_wrong_password_is_a_401(bluesky: BlueskySpeaker, password: str) -> None:
    given = {"identifier": bluesky.handle, "password": password.format(bluesky.handle)}
    answer = bluesky.client.post("com.atproto.server.createSession", json=given)
    assert (answer.status_code, answer.json()["error"]) == (401, "AuthenticationRequired")


def test_no_token_and_a_wrong_token_are_told_apart(bluesky: BlueskySpeaker) -> None:
    answer = bluesky.client.get("com.atproto.server.getSession")
    assert (answer.status_code, answer.json()["error"]) == (401, "AuthMissing")
    for wrong in ("nonsense", bluesky.session["refreshJwt"]):
        bluesky.session["accessJwt"] = wrong
        answer = bluesky.call("GET", "com.atproto.server.getSession")
        assert (answer.status_code, answer.json()["error"]) == (400, "InvalidToken")


def test_a_used_refresh_token_is_good_for_a_while_yet(bluesky: BlueskySpeaker) -> None:
    first = bluesky.session["refreshJwt"]
    assert bluesky.refresh().status_code == 200
    assert bluesky.session["refreshJwt"] != first
    bluesky.session["refreshJwt"] = first
    assert bluesky.refresh().status_code == 200


def test_a_deleted_session_is_gone(bluesky: BlueskySpeaker) -> None:
    headers = {"authorization": f"Bearer {bluesky.session['refreshJwt']}"}
    answer = bluesky.client.post("com.atproto.server.deleteSession", headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert bluesky.refresh().json() == {"error": "ExpiredToken", "message": "Token has been revoked"}


def test_the_same_record_twice_is_one_post(bluesky: BlueskySpeaker) -> None:
    key = new_key()
    first, second = bluesky.put(key, "hello").json(), bluesky.put(key, "hello").json()
    assert first["uri"] == f"at://{bluesky.did}/app.bsky.feed.post/{key}"
    assert (first["uri"], first["cid"]) == (second["uri"], second["cid"])
    assert "commit" in first
    assert "commit" not in second
    assert seen(bluesky) == ["hello"]


def test_another_record_under_the_key_is_an_edit_and_no_new_post(bluesky: BlueskySpeaker) -> None:
    key = new_key()
    first, second = bluesky.put(key, "hello").json(), bluesky.put(key, "hullo").json()
    assert first["cid"] != second["cid"]
    assert [item["value"]["text"] for item in listed(bluesky)["records"]] == ["hullo"]
    assert seen(bluesky) == ["hello"]


def test_create_under_an_existing_key_is_a_500(bluesky: BlueskySpeaker) -> None:
    key = new_key()
    assert bluesky.put(key, "hello", "createRecord").status_code == 200
    answer = bluesky.put(key, "hello", "createRecord")
    assert (answer.status_code, answer.json()["error"]) == (500, "InternalServerError")
    assert seen(bluesky) == ["hello"]


def test_create_without_a_key_makes_one_each_time(bluesky: BlueskySpeaker) -> None:
    record = {"text": "hello", "createdAt": POSTED_AT}
    uris = {bluesky.write("createRecord", {"record": record}).json()["uri"] for _ in range(2)}
    assert len(uris) == 2
    assert seen(bluesky) == ["hello", "hello"]


def test_a_record_is_read_back_as_it_was_sent(bluesky: BlueskySpeaker) -> None:
    key, facet = new_key(), {"index": {"byteStart": 0, "byteEnd": 99}, "features": [{"$type": "a#link", "uri": "b"}]}
    stored = bluesky.put(key, "héllo & <b>", facets=[facet], langs=["en"]).json()
    for repo in (bluesky.did, bluesky.handle, f"{bluesky.handle}.test"):
        read = get_record(bluesky, key, repo).json()
        assert (read["uri"], read["cid"]) == (stored["uri"], stored["cid"])
        assert read["value"] == {
            "$type": "app.bsky.feed.post", "text": "héllo & <b>", "createdAt": POSTED_AT, "facets": [facet],
            "langs": ["en"],
        }  # fmt: skip


def test_a_record_that_is_not_there_is_a_400(bluesky: BlueskySpeaker) -> None:
    answer = get_record(bluesky, new_key(), bluesky.did)
    assert (answer.status_code, answer.json()["error"]) == (400, "RecordNotFound")


def test_deleting_twice_is_a_success_twice(bluesky: BlueskySpeaker) -> None:
    key = new_key()
    bluesky.put(key, "hello")
    answers = [bluesky.write("deleteRecord", {"rkey": key}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].json() == {}
    assert get_record(bluesky, key, bluesky.did).json()["error"] == "RecordNotFound"


def test_records_are_listed_newest_first_and_page_by_page(bluesky: BlueskySpeaker) -> None:
    for number in range(5):
        bluesky.put(new_key(), f"post {number}")
    texts: list[str] = []
    cursor: dict[str, str] = {}
    while (page := listed(bluesky, limit=2, **cursor))["records"]:
        texts += [item["value"]["text"] for item in page["records"]]
        cursor = {"cursor": page["cursor"]}
    assert texts == [f"post {number}" for number in range(4, -1, -1)]
    assert listed(bluesky, limit=1, reverse="true")["records"][0]["value"]["text"] == "post 0"


def test_names_and_repositories_are_found(bluesky: BlueskySpeaker) -> None:
    bluesky.put(new_key(), "hello")
    found = bluesky.client.get("com.atproto.identity.resolveHandle", params={"handle": f"{bluesky.handle}.test"})
    assert found.json() == {"did": bluesky.did}
    assert bluesky.client.get("com.atproto.identity.resolveHandle", params={"handle": "no.test"}).status_code == 400
    repo = bluesky.client.get("com.atproto.repo.describeRepo", params={"repo": bluesky.did}).json()
    assert (repo["handle"], repo["collections"]) == (f"{bluesky.handle}.test", ["app.bsky.feed.post"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a" * 301, "grapheme too big (maximum 300, got 301)"),
        ("👨‍👩‍👧‍👦" * 121, "string too big (maximum 3000, got 3025)"),
    ],
)
def test_a_post_has_300_graphemes_and_3000_bytes(bluesky: BlueskySpeaker, text: str, words: str) -> None:
    answer = bluesky.put(new_key(), text)
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")
    assert words in answer.json()["message"]
    assert bluesky.put(new_key(), "a" * 300).status_code == 200


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0), ("abc", 3), ("e\u0301", 1), ("👍🏽", 1), ("👨‍👩‍👧‍👦", 1), ("🇫🇷🇩🇪", 2), ("#️⃣", 1), ("❤️‍🔥", 1), ("각", 1),
        ("\u1100\u1161\u11a8", 1), ("\r\n", 1), ("\n\n", 2), ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 1), ("日本語", 3), ("नि", 1),
    ],
)  # fmt: skip
def test_graphemes_are_counted_as_readers_do(text: str, expected: int) -> None:
    assert count_graphemes(text) == expected


@pytest.mark.parametrize(
    "more",
    [
        {"rkey": "not-a-tid"},
        {"rkey": ""},
        {"record": "text"},
        {"record": {"createdAt": POSTED_AT}},
        {"record": {"text": 7, "createdAt": POSTED_AT}},
        {"record": {"text": "hello"}},
        {"record": {"text": "hello", "createdAt": "yesterday"}},
        {"record": {"text": "hello", "createdAt": POSTED_AT, "$type": "app.bsky.feed.like"}},
        {"record": {"text": "hello", "createdAt": POSTED_AT, "langs": ["a", "b", "c", "d"]}},
        {"record": {"text": "hello", "createdAt": POSTED_AT, "facets": [{"index": {}}]}},
        {"collection": "posts"},
    ],
    ids=repr,
)
def test_what_no_pds_takes_is_a_400(bluesky: BlueskySpeaker, more: dict[str, object]) -> None:
    good = {"rkey": new_key(), "record": {"text": "hello", "createdAt": POSTED_AT}}
    answer = bluesky.write("putRecord", {**good, **more})
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")
    assert seen(bluesky) == []


def test_nobody_writes_into_anothers_repository(sandbox: Sandbox, bluesky: BlueskySpeaker) -> None:
    other = BlueskySpeaker(sandbox, bluesky.handle + "o")
    more: dict[str, object] = {
        "repo": other.did,
        "rkey": new_key(),
        "record": {"text": "hello", "createdAt": POSTED_AT},
    }
    assert bluesky.write("putRecord", more).status_code == 401
    assert seen(other) == []
    other.close()


def test_methods_verbs_and_encodings_are_checked(bluesky: BlueskySpeaker) -> None:
    assert bluesky.call("GET", "com.atproto.sync.nothing").json()["error"] == "MethodNotImplemented"
    wrong_verb = bluesky.call("GET", "com.atproto.repo.putRecord")
    assert wrong_verb.json()["message"] == "Incorrect HTTP method (GET) expected POST"
    wrong_type = bluesky.call("POST", "com.atproto.repo.putRecord", content=b"{}", timeout=5)
    assert "Wrong request encoding" in wrong_type.json()["message"]


def test_every_answer_carries_the_rate(bluesky: BlueskySpeaker) -> None:
    headers = bluesky.put(new_key(), "hello").headers
    assert headers["ratelimit-policy"] == "3000;w=300"
    assert int(headers["ratelimit-remaining"]) < int(headers["ratelimit-limit"]) == 3000
    assert int(headers["ratelimit-reset"]) >= int(time.time())


def get_record(speaker: BlueskySpeaker, key: str, repo: str) -> httpx.Response:
    params = {"repo": repo, "collection": "app.bsky.feed.post", "rkey": key}
    return speaker.client.get("com.atproto.repo.getRecord", params=params)


def listed(speaker: BlueskySpeaker, **query: str | int) -> dict[str, Any]:
    params = {"repo": speaker.did, "collection": "app.bsky.feed.post", **query}
    answer = speaker.client.get("com.atproto.repo.listRecords", params=params)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page
