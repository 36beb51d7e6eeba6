"""Mastodon's API: shapes, refusals in its words, the key that makes a post once, HTML, and timelines with links."""

from datetime import datetime
from typing import Any

import pytest

from dravo_app.sandbox.networks.mastodon_text import length, render
from tests.sandbox.speakers import MastodonSpeaker, outcome, seen
from tests.support.sandbox_server import Sandbox


def test_a_post_is_answered_with_itself(mastodon: MastodonSpeaker) -> None:
    answer = mastodon.post(status=" hello\n")
    post = answer.json()
    assert (answer.status_code, post["content"], post["visibility"]) == (200, "<p>hello</p>", "public")
    assert post["url"] == f"https://mastodon.example/@{mastodon.handle}/{post['id']}"
    assert (post["account"]["acct"], post["spoiler_text"], post["sensitive"]) == (mastodon.handle, "", False)
    assert post["created_at"].endswith("Z")
    assert mastodon.call("GET", f"/api/v1/statuses/{post['id']}").json() == post


def test_a_form_and_json_say_the_same(mastodon: MastodonSpeaker) -> None:
    form = {"status": "vote", "poll[options][]": ["yes", "no"], "poll[expires_in]": "600", "poll[multiple]": "1"}
    by_form = mastodon.call("POST", "/api/v1/statuses", data=form).json()
    poll = {"options": ["yes", "no"], "expires_in": 600, "multiple": True}
    by_json = mastodon.post(status="vote", poll=poll).json()
    for post in (by_form, by_json):
        assert [option["title"] for option in post["poll"]["options"]] == ["yes", "no"]
        assert (post["poll"]["multiple"], post["poll"]["expired"]) == (True, False)
    assert len(seen(mastodon)) == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "Text can't be blank"),
        ({"status": " \n"}, "Text can't be blank"),
        ({"status": "a" * 501}, "Text character limit of 500 exceeded"),
        ({"status": "a" * 400, "spoiler_text": "b" * 101}, "Text character limit of 500 exceeded"),
        ({"status": "a", "visibility": "loud"}, "Visibility is not included in the list"),
        ({"status": "a", "poll": {"options": ["one"], "expires_in": 600}}, "Choices must have more than one item"),
        ({"status": "a", "poll": {"options": list("abcde"), "expires_in": 600}}, "Choices can't contain more than 4 items"),
        ({"status": "a", "poll": {"options": ["a", "a "], "expires_in": 600}}, "Choices contain duplicate items"),
        ({"status": "a", "poll": {"options": ["a", "b" * 51], "expires_in": 600}}, "Choices cannot be longer than 50 characters each"),
        ({"status": "a", "poll": {"options": ["a", "b"], "expires_in": 299}}, "Deadline is too soon"),
        ({"status": "a", "poll": {"options": ["a", "b"], "expires_in": 2_629_747}}, "Deadline is too far into the future"),
        ({"status": "a", "poll": {"options": ["a", "b"]}}, "Deadline is too far into the future"),
    ],
)  # fmt: skip
def test_what_mastodon_refuses_it_refuses_in_its_words(
    mastodon: MastodonSpeaker, body: dict[str, Any], said: str
) -> None:
    answer = mastodon.post(**body)
    assert (answer.status_code, answer.json()) == (422, {"error": f"Validation failed: {said}"})
    assert seen(mastodon) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello", 5), ("é e\u0301 👨‍👩‍👧‍👦 🇫🇷", 7), ("https://example.com/" + "a" * 80, 23), ("see http://a.de.", 28),
        ("@bob@example.social hi", 7), ("@bob hi", 7), ("example.com", 11), ("http://localhost:8000", 21), ("#tag", 4),
        ("x@example.com", 13), ("(https://en.wikipedia.org/wiki/A_(b))", 25),
    ],
)  # fmt: skip
def test_lengths_are_counted_as_mastodon_does(text: str, expected: int) -> None:
    assert length(text) == expected
    assert length(text, "cw") == expected + 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\n\n\nc & <d>", "<p>a<br />b</p><p>c &amp; &lt;d&gt;</p>"),
        (
            "https://www.example.com/a/very/long/path/that/goes/on?x=1&y=2",
            '<p><a href="https://www.example.com/a/very/long/path/that/goes/on?x=1&amp;y=2" target="_blank"'
            ' rel="nofollow noopener" translate="no"><span class="invisible">https://www.</span><span class="ellipsis">'
            'example.com/a/very/long/path/t</span><span class="invisible">hat/goes/on?x=1&amp;y=2</span></a></p>',
        ),
        (
            "#Tag, @ann @bob@elsewhere.social #1",
            '<p><a href="https://mastodon.example/tags/tag" class="mention hashtag" rel="tag">#<span>Tag</span></a>, '
            '<span class="h-card" translate="no"><a href="https://mastodon.example/@ann" class="u-url mention">@<span>'
            "ann</span></a></span> @bob@elsewhere.social #1</p>",
        ),
    ],
)  # fmt: skip
def test_text_becomes_the_html_that_mastodon_makes(text: str, expected: str) -> None:
    assert render(text, {"ann": "https://mastodon.example/@ann"}.get) == expected


def test_the_same_key_within_an_hour_is_the_same_post(mastodon: MastodonSpeaker) -> None:
    posts = [mastodon.publish("hello") for _ in range(2)]
    assert [answer.status_code for answer in posts] == [200, 200]
    assert posts[0].json() == posts[1].json()
    assert seen(mastodon) == ["hello"]
    assert mastodon.post(status="hello").json()["id"] != posts[0].json()["id"]


def test_a_key_belongs_to_an_account_and_outlives_a_restart(own_sandbox: Sandbox) -> None:
    ann, bea = MastodonSpeaker(own_sandbox, "ann"), MastodonSpeaker(own_sandbox, "bea")
    ids = [speaker.publish("hello").json()["id"] for speaker in (ann, bea)]
    own_sandbox.kill()
    own_sandbox.start()
    ann.reconnect()
    assert [speaker.publish("hello").json()["id"] for speaker in (ann, bea)] == ids
    ann.close()
    bea.close()


def test_a_refused_post_uses_no_key_up(mastodon: MastodonSpeaker) -> None:
    key = {"idempotency-key": "mine"}
    assert mastodon.call("POST", "/api/v1/statuses", headers=key, data={"status": ""}).status_code == 422
    assert mastodon.call("POST", "/api/v1/statuses", headers=key, data={"status": "a"}).status_code == 200


def test_where_keys_are_ignored_a_double_post_shows(sandbox: Sandbox, mastodon: MastodonSpeaker) -> None:
    sandbox.faults(network="mastodon", allow_duplicates=True)
    assert [outcome(mastodon, "hello") for _ in range(2)] == ["published", "published"]
    assert seen(mastodon) == ["hello", "hello"]


def test_a_spoiler_makes_a_post_sensitive_and_alone_becomes_its_text(mastodon: MastodonSpeaker) -> None:
    warned = mastodon.post(status="the end", spoiler_text="a film", visibility="unlisted", language="de").json()
    assert (warned["spoiler_text"], warned["sensitive"], warned["language"]) == ("a film", True, "de")
    alone = mastodon.post(status="", spoiler_text="a film").json()
    assert (alone["spoiler_text"], alone["content"]) == ("", "<p>a film</p>")


def test_the_source_is_the_text_as_written(mastodon: MastodonSpeaker) -> None:
    text = "<b> & https://www.example.com/a/very/long/path/that/goes/on\n\n#tag"
    post_id = mastodon.post(status=text).json()["id"]
    source = mastodon.call("GET", f"/api/v1/statuses/{post_id}/source").json()
    assert source == {"id": post_id, "text": text, "spoiler_text": ""}


def test_a_timeline_goes_back_by_max_id_and_on_by_min_id(mastodon: MastodonSpeaker) -> None:
    ids = [mastodon.post(status=f"post {number}").json()["id"] for number in range(5)]
    page = f"/api/v1/accounts/{mastodon.account_id}/statuses"
    first = mastodon.call("GET", page, params={"limit": 2})
    assert [post["id"] for post in first.json()] == [ids[4], ids[3]]
    older = mastodon.client.get(first.links["next"]["url"], headers={"authorization": f"Bearer {mastodon.access}"})
    assert [post["id"] for post in older.json()] == [ids[2], ids[1]]
    after = mastodon.call("GET", page, params={"min_id": ids[0], "limit": 2}).json()
    assert [post["id"] for post in after] == [ids[2], ids[1]]
    assert len(mastodon.call("GET", page, params={"since_id": ids[3]}).json()) == 1


def test_what_is_not_public_is_its_authors_only(sandbox: Sandbox, mastodon: MastodonSpeaker) -> None:
    visibilities = ("public", "unlisted", "private", "direct")
    ids = [mastodon.post(status="a", visibility=visibility).json()["id"] for visibility in visibilities]
    other = MastodonSpeaker(sandbox, mastodon.handle + "_other")
    assert [other.call("GET", f"/api/v1/statuses/{post_id}").status_code for post_id in ids] == [200, 200, 404, 404]
    page = f"/api/v1/accounts/{mastodon.account_id}/statuses"
    assert [len(who.call("GET", page).json()) for who in (mastodon, other)] == [4, 2]
    assert mastodon.client.get(page).json()[0]["id"] == ids[1]
    other.close()


def test_only_the_author_deletes_and_gets_the_text_back(sandbox: Sandbox, mastodon: MastodonSpeaker) -> None:
    post_id = mastodon.post(status="oops & co").json()["id"]
    other = MastodonSpeaker(sandbox, mastodon.handle + "_other")
    page = f"/api/v1/statuses/{post_id}"
    assert other.call("DELETE", page).json() == {"error": "Record not found"}
    assert mastodon.call("DELETE", page).json()["text"] == "oops & co"
    assert mastodon.call("GET", page).status_code == 404
    other.close()


def test_a_scheduled_post_is_taken_and_not_shown(mastodon: MastodonSpeaker) -> None:
    answer = mastodon.post(status="later", scheduled_at="2099-01-01T00:00:00Z").json()
    assert (answer["scheduled_at"], answer["params"]["text"]) == ("2099-01-01T00:00:00.000Z", "later")
    assert "url" not in answer
    assert seen(mastodon) == []


def test_tokens_are_refused_in_mastodons_words(sandbox: Sandbox, mastodon: MastodonSpeaker) -> None:
    page = "/api/v1/accounts/verify_credentials"
    for headers in ({}, {"authorization": "Bearer nonsense"}):
        answer = mastodon.client.get(page, headers=headers)
        assert (answer.status_code, answer.json()) == (401, {"error": "The access token is invalid"})
    me = mastodon.call("GET", page).json()
    assert (me["username"], me["source"]["privacy"]) == (mastodon.handle, "public")
    assert me["id"].isdecimal()
    assert mastodon.client.get(f"/api/v1/accounts/{me['id']}").json()["acct"] == mastodon.handle


def test_an_instance_tells_its_limits(mastodon: MastodonSpeaker) -> None:
    for version in ("v1", "v2"):
        limits = mastodon.client.get(f"/api/{version}/instance").json()["configuration"]
        assert limits["statuses"] == {
            "max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23,
        }  # fmt: skip
        assert limits["media_attachments"]["image_matrix_limit"] == 33_177_600
        assert limits["polls"]["max_expiration"] == 2_629_746


def test_the_rate_headers_end_at_a_moment_in_iso_8601(mastodon: MastodonSpeaker) -> None:
    headers = mastodon.publish("hello").headers
    assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("300", "299")
    assert datetime.fromisoformat(headers["x-ratelimit-reset"]).tzinfo is not None


def test_consent_gives_a_code_and_the_code_a_token_once(sandbox: Sandbox, mastodon: MastodonSpeaker) -> None:
    back = "http://127.0.0.1:1/back"
    app = mastodon.client.post("/api/v1/apps", data={"client_name": "Dravo", "redirect_uris": back}).json()
    asked = {
        "response_type": "code",
        "client_id": app["client_id"],
        "redirect_uri": back,
        "scope": "write",
        "state": "s",
    }
    assert "Authorize app" in mastodon.client.get("/oauth/authorize", params=asked).text
    decided = mastodon.client.post("/oauth/authorize", data={**asked, "handle": mastodon.handle, "decision": "allow"})
    code = decided.headers["location"].partition("code=")[2]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "client_id": app["client_id"]}
    answers = [mastodon.client.post("/oauth/token", data={**form, "client_secret": "x"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 400]
    mastodon.access = answers[0].json()["access_token"]
    assert mastodon.post(status="hello").status_code == 200
    mastodon.client.post("/oauth/revoke", data={"token": mastodon.access})
    assert mastodon.post(status="hello").json() == {"error": "The access token was revoked"}


def test_an_address_that_mastodon_does_not_have_is_a_404(mastodon: MastodonSpeaker) -> None:
    for method, path in (("GET", "/api/v1/statuses"), ("POST", "/api/v9/statuses"), ("GET", "/")):
        assert mastodon.call(method, path).status_code == 404
