"""Whatever goes wrong is answered as a problem: a code, a sentence, a request id, and nothing of what was sent."""

import json
from collections.abc import Iterator

import httpx
import pytest

from dravo_app import errors
from dravo_app.api import bodies
from dravo_app.services import history
from dravo_app.services.error_help import FIXES
from tests.api.conftest import Api

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

KEYS = {"type", "title", "status", "detail", "instance", "code", "request_id", "who_acts"}
MARK = "s3cret-marker"


def check(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, object] = answer.json()
    assert set(told) >= KEYS
    assert told["status"] == status
    assert told["type"] == f"/v1/errors/{code}"
    assert told["request_id"] == answer.headers["x-request-id"]
    assert str(told["detail"]).endswith((".", "?"))
    return told


def send(api: Api, content: bytes | Iterator[bytes], content_type: str | None = "application/json") -> httpx.Response:
    headers = {"Content-Type": content_type} if content_type else {}
    return api.call("POST", "/publish", content=content, headers=headers)


@pytest.mark.parametrize(
    "path", ["/nothing", "", "/", "/a%0Ab", "/publish/", "/publish/a/b/c/d", "/..%2fpublish", "/docs/", "/%ff", "/%00"]
)
def test_an_unknown_path_is_a_json_404(client: httpx.Client, database: str, path: str) -> None:
    check(client.get(f"/v1{path}"), 404, "not_found")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/publish", "GET, POST"),
        ("/accounts", "GET, POST"),
        ("/accounts/acc_x", "DELETE, GET, PATCH"),
        ("/publish/job_x/cancel", "POST"),
        ("/errors", "GET"),
        ("/openapi.json", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_there_gets_405_with_all_that_are(
    client: httpx.Client, database: str, path: str, allowed: str
) -> None:
    for method in ("PUT", "TRACE", "BREW"):
        answer = client.request(method, f"/v1{path}")
        check(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "json_invalid"),
        (b"", "missing"),
        (b"null", "model_attributes_type"),
        (b"[]", "model_attributes_type"),
        (b'"text"', "model_attributes_type"),
        (b"5", "model_attributes_type"),
        (b'{"text": "a", "text": "b"}', "duplicate_key"),
        (b'{"metadata": {"a": "1", "a": "2"}}', "duplicate_key"),
        (b'{"text": NaN}', "number"),
        (b'{"provider_options": {"x": {"n": -Infinity}}}', "number"),
        (b'{"provider_options": {"x": {"n": 1e999}}}', "number"),
        (b'{"text": "\xff\xfe"}', "encoding"),
        (b'{"text": "\xed\xa0\x80"}', "encoding"),
        (b'{"text": "a\\u0000b"}', "nul_character"),
        (b'{"a\\u0000b": 1}', "nul_character"),
        (b'{"text": "\\ud800"}', "surrogate"),
        (b'{"metadata": {"\\udfff": "x"}}', "surrogate"),
        (b"[" * 40 + b"]" * 40, "too_deep"),
        (b"[" * 400_000, "too_deep"),
        (json.dumps({str(number): 1 for number in range(2000)}).encode(), "too_many_fields"),
        (b'{"a":' * 100_000, "too_deep"),
        (b'{"n": ' + b"9" * 5000 + b"}", "json_invalid"),
        (b"\xef\xbb\xbf{}", "json_invalid"),
        (b'{"text": "a"} trailing', "json_invalid"),
        (b"{'text': 'a'}", "json_invalid"),
    ],
)
def test_a_body_that_is_not_strict_json_is_refused(api: Api, content: bytes, code: str) -> None:
    told = check(send(api, content), 400, "invalid_request")
    assert code in [flaw["code"] for flaw in told["errors"]], told  # type: ignore[attr-defined]


def test_a_pair_of_surrogates_is_a_character(api: Api) -> None:
    told = check(send(api, b'{"text": "\\ud83d\\ude00"}'), 400, "invalid_request")
    assert [flaw["pointer"] for flaw in told["errors"]] == ["/account_ids"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"]
)
def test_another_content_type_is_refused(api: Api, content_type: str | None) -> None:
    told = check(send(api, b'{"text": "a"}', content_type), 400, "invalid_request")
    assert told["errors"][0]["code"] == "content_type"  # type: ignore[index]


def test_a_content_type_may_name_its_charset(api: Api) -> None:
    told = check(send(api, b"{}", "application/json; charset=utf-8"), 400, "invalid_request")
    assert told["errors"][0]["code"] == "missing"  # type: ignore[index]


def test_too_large_a_body_is_refused_whether_announced_or_not(api: Api) -> None:
    big = b'{"text": "' + b"a" * bodies.MAX_BODY_BYTES + b'"}'
    check(send(api, big), 413, "request_too_large")
    check(send(api, iter([big])), 413, "request_too_large")


def test_nothing_that_was_sent_is_repeated(api: Api, client: httpx.Client) -> None:
    login = {"email": [MARK], "password": {"value": MARK}, f"{MARK} with spaces": MARK}
    answers = [
        client.post("/v1/auth/login", json=login),
        client.post("/v1/auth/login", json={"email": MARK, "password": MARK}),
        client.post("/v1/auth/refresh", json={"refresh_token": MARK}),
        api.post("/publish", {"text": {"a": MARK}, "account_ids": [MARK]}),
        api.post("/publish", {"text": "x", "account_ids": ["a"], "scheduled_at": MARK}),
        api.post(
            "/publish", {"text": "x", "account_ids": ["a"], "provider_options": {"x": {"quote_tweet_id": [MARK]}}}
        ),
        api.post("/accounts", {"provider": MARK, "platform_account_id": MARK, "credentials": {"access_token": MARK}}),
        api.get(f"/publish?status={MARK}&cursor={MARK}"),
        api.get(f"/publish?{MARK}=1"),
        api.get(f"/publish/{MARK}"),
        api.get(f"/{MARK}"),
        client.get("/v1/me", headers={"Authorization": f"Bearer {MARK}"}),
        api.get("/me", headers={"Dravo-Environment": MARK}),
        api.post("/publish", {}, headers={"Idempotency-Key": f"{MARK} spaced"}),
    ]
    for answer in answers:
        assert answer.status_code in (400, 401, 404), answer.text
        assert MARK not in answer.text
        assert MARK not in str(answer.headers)


def test_a_mistake_of_ours_is_a_500_without_its_trace(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError(MARK)

    with monkeypatch.context() as patch:
        patch.setattr(history, "list_jobs", fail)  # any fault inside a service
        answer = api.get("/publish")
    told = check(answer, 500, "error")
    assert MARK not in answer.text
    assert "Traceback" not in answer.text
    assert str(told["request_id"]) in caplog.text
    assert MARK in caplog.text


def test_a_database_that_is_away_is_a_503(client: httpx.Client, database: str, api: Api) -> None:
    import os

    from dravo_app import db, settings

    os.environ["DATABASE_URL"] = (
        "sqlite:////nonexistent/folder/dravo.db" if os.geteuid() else "sqlite:////proc/dravo.db"
    )
    settings.get_settings.cache_clear()
    db.dispose()
    answer = api.get("/publish")
    check(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1


def test_every_answer_has_a_request_id_of_its_own(api: Api) -> None:
    ids = {api.get("/me", headers={"X-Request-Id": "mine"}).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3
    assert "mine" not in ids


def test_every_error_is_explained(client: httpx.Client, database: str) -> None:
    told = client.get("/v1/errors").json()
    codes = [one["code"] for one in told["items"]]
    assert sorted(codes) == sorted({error.code for error in errors.error_classes()})
    assert told["total"] == len(codes)
    for error in errors.error_classes():
        one = client.get(f"/v1/errors/{error.code}").json()
        assert one["meaning"] == error.sentence()
        assert one["fix"].endswith(".")
        assert set(one) == {"code", "title", "status", "meaning", "who_acts", "verdict", "fix"}
    check(client.get("/v1/errors/nonsense"), 404, "not_found")


def test_every_error_has_a_fix_of_its_own(database: str) -> None:
    assert set(FIXES) == {error.code for error in errors.error_classes()}


def test_no_answer_of_the_api_is_html_but_the_page(client: httpx.Client, database: str) -> None:
    for path in ("/nothing", "/publish", "/openapi.json", "/errors"):
        assert "html" not in client.get(f"/v1{path}").headers["content-type"]
    assert json.loads(client.get("/v1/openapi.json").content)["openapi"].startswith("3.1")
