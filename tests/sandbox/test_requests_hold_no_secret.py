"""Every request that a network got is listed, and no token, password, cookie or body with it."""

import json
import sqlite3

from tests.sandbox.speakers import BlueskySpeaker, XSpeaker, outcome
from tests.support.sandbox_server import Sandbox

SECRETS = {
    "authorization": "Bearer sandbox_refresh_of_mine",
    "cookie": "session=hush-cookie",
    "dpop": "hush-proof",
    "x-api-key": "hush-key",
    "x-my-secret": "hush-secret",
}


def test_headers_that_carry_secrets_are_left_out(sandbox: Sandbox) -> None:
    query = {"colour": "red", "access_token": "hush-query", "code": "hush-code"}
    sandbox.call("GET", "/x/2/users/me", headers={**SECRETS, "x-trace": "kept"}, params=query)
    request = sandbox.requests(network="x")[-1]
    assert request["headers"]["x-trace"] == "kept"
    assert not set(SECRETS) & set(request["headers"])
    assert request["path"].startswith("/x/2/users/me?colour=red")
    assert "hush" not in json.dumps(request)


def test_a_request_has_exactly_the_promised_fields(sandbox: Sandbox, x: XSpeaker) -> None:
    x.publish("hello")
    request = sandbox.requests(network="x")[-1]
    assert list(request) == [
        "seq", "request_id", "at", "network", "method", "path", "headers", "size", "status", "ending",
    ]  # fmt: skip
    assert (request["method"], request["path"], request["status"]) == ("POST", "/x/2/tweets", 201)
    assert request["size"] == len(b'{"text":"hello"}')


def test_bodies_with_passwords_and_tokens_are_never_listed(
    sandbox: Sandbox, bluesky: BlueskySpeaker, x: XSpeaker
) -> None:
    bluesky.refresh()
    x.refresh()
    listed = json.dumps(sandbox.requests())
    for secret in (f"sandbox_{x.handle}", x.access, x.refresh_token, bluesky.session["accessJwt"]):
        assert secret not in listed


def test_a_request_without_an_answer_has_no_status(sandbox: Sandbox, x: XSpeaker) -> None:
    assert [outcome(x, "a [[sandbox: answer lost]]"), outcome(x, "a [[sandbox: refuse connect]]")] == [
        "closed",
        "reset",
    ]
    assert [(row["status"], row["ending"]) for row in sandbox.requests(network="x")[-2:]] == [
        (None, "close"),
        (None, "reset"),
    ]


def test_bodies_are_not_in_the_requests_table(sandbox: Sandbox, x: XSpeaker) -> None:
    x.publish("a sentence that only the log may know")
    connection = sqlite3.connect(sandbox.file)
    rows = connection.execute("SELECT * FROM requests").fetchall()
    connection.close()
    assert "only the log may know" not in repr(rows)
