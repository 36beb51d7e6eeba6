"""X's consent page and token endpoint: PKCE, single use, rotation, replay, revocation."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from tests.sandbox.speakers import XSpeaker, outcome
from tests.support.sandbox_server import Sandbox

VERIFIER = "a-verifier-of-at-least-forty-three-characters-in-length"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
BACK = "http://127.0.0.1:9/callback?kept=1"
ASKED = {
    "response_type": "code", "client_id": "our-app", "redirect_uri": BACK, "state": "s&t",
    "scope": "tweet.read tweet.write users.read offline.access",
    "code_challenge": CHALLENGE, "code_challenge_method": "S256",
}  # fmt: skip


def test_a_person_says_yes_and_the_app_can_post(sandbox: Sandbox, handle: str) -> None:
    tokens = exchange(sandbox, consent(sandbox, handle)).json()
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("bearer", 7200, ASKED["scope"])
    x = XSpeaker(sandbox, handle)
    x.access, x.refresh_token = tokens["access_token"], tokens["refresh_token"]
    assert outcome(x, "hello") == "published"
    assert x.refresh().status_code == 200
    assert outcome(x, "hello again") == "published"
    x.close()


def test_a_person_says_no_and_the_app_hears_so(sandbox: Sandbox, handle: str) -> None:
    answer = decide(sandbox, handle, "deny")
    assert answer == {"kept": "1", "state": "s&t", "error": "access_denied"}


def test_the_consent_page_shows_who_asks_for_what_and_escapes_it(sandbox: Sandbox) -> None:
    page = sandbox.call("GET", "/x/i/oauth2/authorize", params={**ASKED, "client_id": "<i>app"})
    assert page.status_code == 200
    assert "&lt;i&gt;app" in page.text
    assert "<i>app" not in page.text
    assert "tweet.write" in page.text


@pytest.mark.parametrize("change", [{"state": ""}, {"redirect_uri": "javascript:x"}, {"response_type": "token"},
                                    {"code_challenge": ""}, {"code_challenge_method": "S512"}], ids=repr)  # fmt: skip
def test_an_app_that_asks_wrongly_is_told_on_the_page(sandbox: Sandbox, change: dict[str, str]) -> None:
    for method, where in (("GET", "params"), ("POST", "data")):
        given: dict[str, Any] = {where: {**ASKED, **change, "decision": "allow", "handle": "ann"}}
        assert sandbox.call(method, "/x/i/oauth2/authorize", **given).status_code == 400


@pytest.mark.parametrize("change", [{"code_verifier": "wrong"}, {"redirect_uri": "http://127.0.0.1:9/"},
                                    {"client_id": "other"}, {"code": "wrong"}], ids=repr)  # fmt: skip
def test_a_code_is_only_good_for_who_asked_for_it(sandbox: Sandbox, handle: str, change: dict[str, str]) -> None:
    answer = exchange(sandbox, **{"code": consent(sandbox, handle), **change})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_code_is_good_once(sandbox: Sandbox, handle: str) -> None:
    code = consent(sandbox, handle)
    assert [exchange(sandbox, code).status_code for _ in range(2)] == [200, 400]


def test_a_confidential_client_names_itself_by_basic(sandbox: Sandbox, x: XSpeaker) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": x.refresh_token}
    assert sandbox.call("POST", "/x/2/oauth2/token", data=form).status_code == 401
    assert sandbox.call("POST", "/x/2/oauth2/token", data=form, auth=("app", "secret")).status_code == 200


def test_a_refresh_token_rotates_and_its_replay_ends_the_grant(x: XSpeaker) -> None:
    first = x.refresh_token
    assert x.refresh().status_code == 200
    newest = x.refresh_token
    assert outcome(x, "between") == "published"
    x.refresh_token = first
    assert (x.refresh().status_code, x.refresh().json()["error"]) == (400, "invalid_grant")
    x.refresh_token = newest
    assert x.refresh().status_code == 400
    assert outcome(x, "afterwards") == "401"


def test_a_revoked_token_takes_its_grant_along(sandbox: Sandbox, x: XSpeaker) -> None:
    x.refresh()
    form = {"token": x.access, "client_id": "any"}
    assert sandbox.call("POST", "/x/2/oauth2/revoke", data=form).json() == {"revoked": True}
    assert outcome(x, "hello") == "401"
    assert x.refresh().status_code == 400


def test_a_grant_that_is_not_known_is_refused(sandbox: Sandbox) -> None:
    form = {"grant_type": "password", "client_id": "any"}
    assert sandbox.call("POST", "/x/2/oauth2/token", data=form).json()["error"] == "unsupported_grant_type"


def consent(sandbox: Sandbox, handle: str) -> str:
    answer = decide(sandbox, handle, "allow")
    assert answer["state"] == "s&t"
    return answer["code"]


def decide(sandbox: Sandbox, handle: str, decision: str) -> dict[str, str]:
    form = {**ASKED, "handle": handle, "decision": decision}
    answer = sandbox.call("POST", "/x/i/oauth2/authorize", data=form)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("http://127.0.0.1:9/callback?")
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def exchange(sandbox: Sandbox, code: str, **change: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER,
        "client_id": "our-app", **change,
    }  # fmt: skip
    return sandbox.call("POST", "/x/2/oauth2/token", data=form)
